"""The concurrency limit: how many requests one server gets at the same time, found out by trying.

Additive increase, multiplicative decrease: it falls when the server says that it is too much, and rises again with
every answer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

LEAST = 1.0
FALL = 0.7


class ConcurrencyLimit:
    """Any thread.

    Args:
        most: The limit at the beginning, which is never exceeded.
        monotonic: Seconds, for falling once for all answers that were under way together.
    """

    def __init__(self, most: int, monotonic: Callable[[], float]) -> None:
        self._most = float(most)
        self._monotonic = monotonic
        self._limit = self._most
        self._running = 0
        self._fell_at = float("-inf")
        self._free = threading.Condition()  # guards all above

    @property
    def limit(self) -> int:
        """How many may run now."""
        return int(self._limit)

    @property
    def running(self) -> int:
        return self._running

    def enter(self, is_over: Callable[[], bool]) -> float | None:
        """Wait for a place, and take it.

        Args:
            is_over: Whether it is no use any more; asked whenever somebody leaves, and after `wake()`.

        Returns:
            When the place was taken, to be given to `leave`; None if it is no use any more.
        """
        with self._free:
            while self._running >= int(self._limit):
                if is_over():
                    return None
                self._free.wait()
            if is_over():
                return None
            self._running += 1
            return self._monotonic()

    def leave(self, entered: float, *, too_much: bool) -> None:
        """Give the place back. `too_much`: the server refused the request because of all the others."""
        with self._free:
            self._running -= 1
            if not too_much:
                self._limit = min(self._most, self._limit + 1 / self._limit)
            elif entered > self._fell_at:
                # Those that were under way when it fell tell of the same moment.
                self._limit = max(LEAST, min(self._limit, self._running + 1.0) * FALL)
                self._fell_at = self._monotonic()
            self._free.notify(2)

    def wake(self) -> None:
        """Have those who wait ask again whether it is still of use."""
        with self._free:
            self._free.notify_all()
