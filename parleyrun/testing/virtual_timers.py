"""A clock that stands still until it is moved."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from itertools import count

from ..runner.timers import Clock, Timer, fire


class VirtualTimers:
    """A clock that stands still, and timers that are due when it is moved. It is its own `clock`."""

    def __init__(self, start_seconds: float = 1_000_000.0) -> None:
        """Set the clock.

        Args:
            start_seconds: What it says until it is moved, as `time()` and as `monotonic()`.
        """
        self.clock: Clock = self
        self._now = start_seconds
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = count()
        self._lock = threading.Lock()  # guards _heap

    def monotonic(self) -> float:
        """Return the seconds it shows."""
        return self._now

    def time(self) -> float:
        """Return the seconds it shows, here taken as those since the epoch."""
        return self._now

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Have this called once the clock has been moved so far. Any thread."""
        timer = Timer(self._now + seconds, callback)
        with self._lock:
            heapq.heappush(self._heap, (timer.when, next(self._order), timer))
        return timer

    def advance(self, seconds: float, settle: Callable[[], None] = lambda: None) -> None:
        """Move the clock, firing what becomes due on the way, in order.

        Args:
            seconds: How far.
            settle: Called after each moment at which something was due, and at the end: waits for what came of it.
        """
        end = self._now + seconds
        while True:
            with self._lock:
                if not self._heap or self._heap[0][0] > end:
                    break
                self._now = max(self._now, self._heap[0][0])
                due = []
                while self._heap and self._heap[0][0] <= self._now:
                    due.append(heapq.heappop(self._heap)[2])
            for timer in due:
                fire(timer)
            settle()
        self._now = end
        settle()
