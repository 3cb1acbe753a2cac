"""Unfinished requests: connections that have not sent a whole request yet, so many and no more."""

from __future__ import annotations

from typing import Protocol


class Unfinished(Protocol):
    """A connection whose request is not whole yet."""

    def give_up(self) -> None:
        """Close it at once."""


class UnfinishedRequests:
    """Keeps connections that say nothing from taking the files of those who have something to say. On the loop.

    Where there are too many, the oldest is closed: whoever has something to say has said it by then.

    Args:
        most: How many there may be; None for any number.
    """

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._waiting: dict[Unfinished, None] = {}  # the oldest first

    def begin(self, connection: Unfinished) -> None:
        """A connection is there, or begins a request."""
        self._waiting[connection] = None
        if self._most is not None and len(self._waiting) > self._most:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            oldest.give_up()

    def end(self, connection: Unfinished) -> None:
        """Its request is whole, or it is gone. Calling it twice is harmless."""
        self._waiting.pop(connection, None)
