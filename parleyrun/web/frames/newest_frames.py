"""Newest frames: those of which only the last one counts, for a socket that takes them at its own pace."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

PACE_SECONDS = 0.1
"""How soon one may follow another: the eye takes more of them for the same."""

CHARACTERS_PER_SECOND = 20_000
LONGEST_PAUSE_SECONDS = 1.0
"""As each frame has all that the one before had, long ones follow more slowly."""


class NewestFrames:
    """Keeps the newest frame under each name until it is time to send it; they take turns.

    `put` and `withhold` are for any thread, the rest is for the loop.
    """

    __slots__ = ("_lock", "_next_at", "_timer", "frames")

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the frames
        self.frames: dict[str, Callable[[], str]] = {}
        """What waits; whether there is any may be looked at by any thread, without the lock."""
        self._next_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def put(self, name: str, frame: Callable[[], str]) -> bool:
        """Have a frame sent in the place of what waits under its name; return whether the loop must be woken."""
        with self._lock:
            # As long as anything waits, the loop knows of it, and looks again by itself.
            first = not self.frames
            self.frames[name] = frame
        return first

    def withhold(self, name: str) -> None:
        """What waits under that name is not sent, as its line is there; the next one may come at once."""
        self._next_at = 0.0
        if self.frames:
            with self._lock:
                self.frames.pop(name, None)

    def take(self, loop: asyncio.AbstractEventLoop, look_again: Callable[[], None]) -> str | None:
        """Return the frame whose turn it is; None before its time, when `look_again` is called."""
        now = loop.time()
        if now < self._next_at:
            if self._timer is None:
                self._timer = loop.call_later(self._next_at - now, self._time_has_come, look_again)
            return None
        with self._lock:
            if not self.frames:
                return None
            frame = self.frames.pop(next(iter(self.frames)))
        text = frame()
        pause_seconds = min(max(PACE_SECONDS, len(text) / CHARACTERS_PER_SECOND), LONGEST_PAUSE_SECONDS)
        self._next_at = now + pause_seconds
        return text

    def close(self) -> None:
        """Nothing more is sent."""
        with self._lock:
            self.frames.clear()
        if self._timer is not None:
            self._timer.cancel()

    def _time_has_come(self, look_again: Callable[[], None]) -> None:
        self._timer = None
        look_again()
