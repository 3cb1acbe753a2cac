"""What a host has to report, until its coordinator fetches it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from ..host_orders import HostReport

MOST_WAITING = 10_000
"""How many reports may wait; whose world has another one waits then, too."""

AT_ONCE = 1_000

TICK_SECONDS = 0.01
"""While runs execute, or models think, one batch is taken in this time at most: each costs as much as many
reports do."""


class Outbox:
    """Any thread. `most` is how many reports may wait."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._changed = threading.Condition()  # guards the two below
        self._reports: deque[HostReport] = deque()
        self._closed = False
        self._taken_at = -TICK_SECONDS

    def put(self, report: HostReport, *, waits: bool = True) -> None:
        """Add a report. Blocks while too many wait, unless it may not wait itself."""
        with self._changed:
            while waits and len(self._reports) >= self._most and not self._closed:
                self._changed.wait()
            self._reports.append(report)
            if len(self._reports) == 1:
                self._changed.notify_all()

    def take(self, seconds: float, at_rest: Callable[[float], object] | None = None) -> Sequence[HostReport]:
        """Return what there is, oldest first; with nothing there wait for it, so long at most.

        Args:
            seconds: How long.
            at_rest: Waits until nothing is executed that may have more to report, so many seconds at most. With
                None nothing is waited for that is not there.
        """
        with self._changed:
            if not self._reports and not self._closed:
                self._changed.wait(seconds)
            early_seconds = self._taken_at + TICK_SECONDS - time.monotonic()
            if at_rest is not None and early_seconds > 0 and self._reports and not self._closed:
                self._changed.release()
                try:
                    at_rest(early_seconds)
                finally:
                    self._changed.acquire()
            self._taken_at = time.monotonic()
            was_full = len(self._reports) >= self._most
            taken = [self._reports.popleft() for _ in range(min(len(self._reports), AT_ONCE))]
            if was_full:
                self._changed.notify_all()
            return taken

    def close(self) -> None:
        """Keep nobody waiting any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def __len__(self) -> int:
        return len(self._reports)
