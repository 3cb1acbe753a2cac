"""Watched state: one lock for all that the fake knows, and a way to wait until something about it is true."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

WITHIN_SECONDS = 10.0
"""How long anything here is waited for, of real time, unless it is said otherwise."""


class WatchedState:
    """A lock; whoever waits looks again each time somebody lets go of it. Use it as a context manager."""

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.RLock())
        # How often the thread that has the lock has taken it. Those who wait look with the lock taken, and that
        # must not wake others who wait, or they would keep each other awake.
        self._depth = 0

    def __enter__(self) -> Self:
        self._changed.acquire()
        self._depth += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._changed.notify_all()
        self._changed.release()

    def until(self, holds: Callable[[], bool], within_seconds: float = WITHIN_SECONDS) -> bool:
        """Wait until `holds()`, which is called with the lock held. False if that took too long.

        Not for a thread that has the lock.
        """
        end = time.monotonic() + within_seconds
        with self._changed:
            while not self._look(holds):
                left = end - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(left)
            return True

    def _look(self, holds: Callable[[], bool]) -> bool:
        self._depth += 1
        try:
            return holds()
        finally:
            self._depth -= 1
