"""The source of completions: what makes one request, whatever it speaks with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from .completion import Completion, TokenUsage


class RepeatedRequest(dict[str, Any]):
    """The body of a request that was made before, and is to be answered anew.

    Attributes:
        repeat: Which time it is, from 0.
    """

    repeat = 0


class CompletionSource(Protocol):
    """Any thread, many at the same time."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What requests are made with, and nobody may read."""

    def complete(
        self,
        body: Mapping[str, Any],
        on_text: Callable[[str], None] | None = None,
        is_over: Callable[[], bool] = lambda: False,
    ) -> Completion:
        """Have a conversation completed by one request. Blocks.

        Args:
            body: The request, as the servers of chat completions take it.
            on_text: Told the words so far, each time there are more; only of an answer that is streamed.
            is_over: Whether nobody waits for the answer any more; asked whenever a part of it comes.

        Raises:
            ModelError: There is no answer. No key is quoted.
        """

    def model_names(self) -> list[str]:
        """Return the models that there are, as far as that is known; raises `ModelError`."""

    def cost_of(self, usage: TokenUsage) -> float | None:
        """Return what it knows that so many tokens cost; None where it knows no price."""

    def described(self) -> str:
        """Say where its model is, in a few words."""

    def close(self) -> None:
        """Let go of what is open. Calling it twice is harmless."""
