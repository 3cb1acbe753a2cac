"""The connection to a host of conversations: the runs that are on it, and their mail on its way there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..runner.timers import Clock
from ..service.operations.reading.host_results import HostFigures, HostState
from .host_connection import HostConnection
from .host_link import HostLink
from .host_orders import MailOrder
from .hosted_run import HostedRun


class RunsConnection(HostConnection):
    """Any thread, but for `start` and `close`. The arguments are those of a `HostConnection`.

    For a busy host one order waits for each thing that was asked of a run, and one mark for each seat with mail,
    however much of it; the mail itself stays in people's mailboxes until it goes out. So what a slow host has to
    catch up with costs nothing but its own conversations' time.
    """

    def __init__(
        self,
        link: HostLink,
        clock: Clock,
        take: Callable[[RunsConnection, Sequence[Any]], None],
        lost: Callable[[RunsConnection, str], None],
    ) -> None:
        super().__init__(link, clock, take, lost)
        self.placed: dict[str, HostedRun] = {}
        """The runs that are on it, by uid. Changed under the lock of whoever places them."""
        self.draining = False
        """Whether it is being emptied, and so takes no new runs."""
        self.late_turns = 0
        """How many of its turns were refused, as their runs had gone on elsewhere."""
        self.recorded = threading.Event()
        """Set once all that it reported before its last batch is on record."""
        self.recorded.set()
        self._marks_lock = threading.Lock()  # guards the one below
        self._marked: set[tuple[str, int, int]] = set()

    def mail_came(self, run: HostedRun, seat: int) -> None:
        """There is mail in that seat's mailbox."""
        epoch = run.begun
        key = run.identity.uid, epoch, seat
        with self._marks_lock:
            if key in self._marked:
                return
            self._marked.add(key)
        self.put_later(partial(self._mail_of, run, epoch, seat))

    @property
    def state(self) -> HostState:
        state = super().state
        return "draining" if self.draining and state == "there" else state

    @property
    def figures(self) -> HostFigures:
        """How it does."""
        return HostFigures(
            name=self.name,
            where=self.offer.where,
            state=self.state,
            runs=len(self.placed),
            ready=self.load.ready,
            blocked=self.load.blocked,
            waiting_orders=self.waiting_orders,
            waiting_reports=self.load.waiting_reports,
            memory_bytes=self.load.memory_bytes,
            silent_seconds=self.silent_seconds,
            late_turns=self.late_turns,
        )

    def _mail_of(self, run: HostedRun, epoch: int, seat: int) -> MailOrder | None:
        """Return what is to go out of a seat's mail; None if it went before, or the run is elsewhere."""
        uid = run.identity.uid
        with self._marks_lock:  # before its mail is looked at: what comes after that is marked again
            self._marked.discard((uid, epoch, seat))
        with run.lock:
            # A mark from before the run came here again is in front of the order to go on with it.
            messages = run.unsent(seat) if run.host is self and run.epoch == epoch else []
        return MailOrder(uid, seat, tuple(messages)) if messages else None
