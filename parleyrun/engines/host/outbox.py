"""What a host has to report, until its coordinator fetches it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

from ..host_orders import HostReport

MOST_WAITING = 10_000
"""How many reports may wait; whose world has another one waits then, too."""

AT_ONCE = 1_000


class Outbox:
    """Any thread. `most` is how many reports may wait."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._changed = threading.Condition()  # guards the two below
        self._reports: deque[HostReport] = deque()
        self._closed = False

    def put(self, report: HostReport, *, waits: bool = True) -> None:
        """Add a report. Blocks while too many wait, unless it may not wait itself."""
        with self._changed:
            while waits and len(self._reports) >= self._most and not self._closed:
                self._changed.wait()
            self._reports.append(report)
            if len(self._reports) == 1:
                self._changed.notify_all()

    def take(self, seconds: float) -> Sequence[HostReport]:
        """Return what there is, oldest first; with nothing there wait for it, so long at most."""
        with self._changed:
            if not self._reports and not self._closed:
                self._changed.wait(seconds)
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
