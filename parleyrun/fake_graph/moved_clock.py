"""A clock that runs like another one and can be moved ahead."""

from __future__ import annotations

from ..runner.timers import Clock

HOUR_SECONDS = 3600.0


class MovedClock:
    """Another clock's time, and what it was moved by."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead_seconds = 0.0
        self._last_stamp = 0

    def monotonic(self) -> float:
        return self._clock.monotonic() + self._ahead_seconds

    def time(self) -> float:
        return self._clock.time() + self._ahead_seconds

    def move(self, seconds: float) -> None:
        """Move it ahead. Time that has passed cannot be taken back: raises `ValueError` below 0."""
        if seconds < 0:
            raise ValueError(f"expected to move the clock ahead, got {seconds:g} s")
        self._ahead_seconds += seconds

    def stamp(self) -> int:
        """Return the time in milliseconds, later than the last stamp even where the clock stands still.

        One thread at a time.
        """
        self._last_stamp = max(round(self.time() * 1000), self._last_stamp + 1)
        return self._last_stamp
