"""What a host reports as a stream of batches, which goes ahead of its coordinator by some of them at most."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from ..host_link import HostWork

MOST_AHEAD = 8
"""How many batches may be on their way that the coordinator has not taken; then reports wait on the host."""

TELL_AFTER = 4
"""After how many batches a host is told that they were taken, if no orders have told it."""

BATCHES_A_STREAM = 2_000
"""How many batches one stream has: Ray keeps something of each until the stream is over."""

GIVE_SECONDS = 5.0
"""How long a host waits for reports before it looks again."""


class ReportFlow:
    """The host's side: `batches` on one thread, `taken` on any.

    Args:
        work: What is executed on this host.
    """

    def __init__(self, work: HostWork) -> None:
        self._work = work
        self._changed = threading.Condition()  # guards the two below
        self._given = 0
        self._taken = 0

    def batches(self) -> Iterator[bytes]:
        """Yield what there is to report, as it comes, until it is time for another stream."""
        for _ in range(BATCHES_A_STREAM):
            with self._changed:
                self._changed.wait_for(lambda: self._given - self._taken < MOST_AHEAD)
                self._given += 1
            yield self._next()

    def taken(self, batches: int) -> None:
        """The coordinator has taken so many batches by now."""
        with self._changed:
            self._taken = max(self._taken, batches)
            self._changed.notify_all()

    def _next(self) -> bytes:
        while not (batch := self._work.give(GIVE_SECONDS)):
            pass
        return batch
