"""A wrapped source: another one, of which something is done otherwise."""

from __future__ import annotations

from .completion import TokenUsage
from .completion_source import CompletionSource


class WrappedSource:
    """Passes on what is asked, all but `complete`, which subclasses write (`CompletionSource`). Any thread.

    Args:
        source: The other one.
    """

    def __init__(self, source: CompletionSource) -> None:
        self._source = source

    @property
    def secrets(self) -> tuple[str, ...]:
        return self._source.secrets

    def model_names(self) -> list[str]:
        """Return the models that there are, as far as its server says."""
        return self._source.model_names()

    def cost_of(self, usage: TokenUsage) -> float | None:
        """Return what it knows that so many tokens cost."""
        return self._source.cost_of(usage)

    def described(self) -> str:
        """Say where its model is, in a few words."""
        return self._source.described()

    def close(self) -> None:
        """Let go of what is open."""
        self._source.close()
