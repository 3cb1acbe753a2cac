"""The source of completions: what makes one request, whatever it speaks with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from .completion import Completion


class CompletionSource(Protocol):
    """Any thread, many at the same time."""

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

    def described(self) -> str:
        """Say where its model is, in a few words."""

    def close(self) -> None:
        """Let go of what is open. Calling it twice is harmless."""
