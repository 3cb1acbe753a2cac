"""Awaited: something that comes later, for whoever thinks to wait for."""

from __future__ import annotations

from collections.abc import Callable


class Awaited:
    """It comes once; whoever waits is woken then, and not before. Any thread.

    A thought waits for it by `thinking.wait(seconds, awaited.call_back)`.
    """

    def __init__(self) -> None:
        from threading import Lock  # whoever only imports what authors use needs none

        self._lock = Lock()  # guards the two below
        self._is_there = False
        self._wake: Callable[[], None] | None = None

    def tell(self) -> None:
        """It is there."""
        with self._lock:
            self._is_there = True
            wake = self._wake
        if wake is not None:
            wake()

    def call_back(self, _seconds: float, wake: Callable[[], None]) -> None:
        """Have something called once it is there, which may be at once."""
        with self._lock:
            self._wake = wake
            is_there = self._is_there
        if is_there:
            wake()

    @property
    def is_there(self) -> bool:
        """Whether it has come."""
        return self._is_there
