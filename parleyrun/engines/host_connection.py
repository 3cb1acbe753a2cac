"""The connection to one host: one thread hands over orders, the other one fetches reports."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Any

from ..runner.timers import Clock
from ..service.operations.reading.host_results import HostFigures, HostState
from .host_link import HostLink, HostLost
from .host_orders import (
    BeatOrder,
    BeatReport,
    HostLoad,
    HostOrder,
    MailOrder,
    RestOrder,
    RestReport,
    packed,
    unpacked,
)
from .hosted_run import HostedRun

log = logging.getLogger(__name__)

ORDERS_AT_ONCE = 1_000
"""How many orders make up a batch at most."""


class HostConnection:
    """Any thread, but for `start` and `close`.

    Orders wait here while the host is busy: one for each thing that was asked of a run, and one mark for each
    seat with mail, however much of it; the mail itself stays in people's mailboxes until it goes out. So what a
    slow host has to catch up with costs nothing but its own conversations' time.

    Args:
        link: The way to the host.
        clock: Tells when it was heard of.
        take: Called, on the fetching thread, with all reports of a batch.
        lost: Called, on either thread, with why the host is not there any more. Once.
    """

    def __init__(
        self,
        link: HostLink,
        clock: Clock,
        take: Callable[[HostConnection, Sequence[Any]], None],
        lost: Callable[[HostConnection, str], None],
    ) -> None:
        self.link = link
        self.offer = link.offer
        self.name = link.offer.name
        self.placed: dict[str, HostedRun] = {}
        """The runs that are on it, by uid. Changed under the lock of whoever places them."""
        self.draining = False
        """Whether it is being emptied, and so takes no new runs."""
        self.load = HostLoad()
        self.steps = 0
        self.messages_out = 0
        self.is_silent = False
        """Whether it has not said for a while that it is there."""
        self.is_gone = False
        """Whether its runs go on elsewhere."""
        self.asked_at: float | None = None
        """When it was first asked in vain whether it is there; None while it has answered."""
        self.is_taking = False
        """Whether what it reported is being recorded: it is not asked for more meanwhile."""
        self.recorded = threading.Event()
        """Set once all that it reported before its last batch is on record."""
        self.recorded.set()
        self._clock = clock
        self._take = take
        self._lost = lost
        # An order, the mark of a seat with mail, or None for whoever waits to look whether all is over.
        self._orders: SimpleQueue[HostOrder | tuple[HostedRun, int] | None] = SimpleQueue()
        self._lock = threading.Lock()  # guards the three below
        self._marked: set[tuple[str, int]] = set()
        self._beats = 0
        self._resting: dict[int, threading.Event] = {}
        self._closed = False
        self._was_lost = False

    def start(self) -> None:
        """Start the two threads."""
        for work, name in ((self._hand_over, "orders"), (self._fetch, "reports")):
            thread = threading.Thread(target=work, name=f"parleyrun-{name}-{self.name}", daemon=True)
            thread.start()

    def close(self) -> None:
        """Let go of the host; nothing more is sent or taken. From any thread, and twice is harmless."""
        self._closed = True
        self._orders.put(None)
        self._answer_resting()
        self.link.end()

    def put(self, order: HostOrder) -> None:
        """Have the host told, behind all mail that has come before."""
        self._orders.put(order)

    def mail_came(self, run: HostedRun, seat: int) -> None:
        """There is mail in that seat's mailbox."""
        key = run.identity.uid, seat
        with self._lock:
            if key in self._marked:
                return
            self._marked.add(key)
        self._orders.put((run, seat))

    def beat(self) -> None:
        """Ask it whether it is there."""
        with self._lock:
            self._beats += 1
            number = self._beats
        if self.asked_at is None:
            self.asked_at = self._clock.monotonic()
        self.put(BeatOrder(number))

    def wait_rest(self, seconds: float | None) -> bool:
        """Wait until nothing moves on it any more, and all that it did is taken. False after so long."""
        over = threading.Event()
        with self._lock:  # whoever closes it, or finds it silent, says so first, and then wakes those who wait
            if self._closed or self.is_silent or self.is_gone:
                return True
            self._beats += 1
            number = self._beats
            self._resting[number] = over
        self.put(RestOrder(number))
        return over.wait(seconds)

    @property
    def is_closed(self) -> bool:
        """Whether nothing is sent to it or taken from it any more."""
        return self._closed

    @property
    def state(self) -> HostState:
        """How it is, in a word."""
        if self.is_gone:
            return "lost"
        return "silent" if self.is_silent else "draining" if self.draining else "there"

    @property
    def waiting_orders(self) -> int:
        """How many orders wait to be handed over."""
        return self._orders.qsize()

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
        )

    def notice(self, report: BeatReport | RestReport) -> None:
        """It has said that it is there, or that nothing moves on it."""
        if isinstance(report, BeatReport):
            self.asked_at = None
            self.load = report.load
            return
        self.steps = report.steps
        with self._lock:
            over = self._resting.pop(report.number, None)
        if over is not None:
            over.set()

    def becomes_silent(self) -> None:
        """It does not answer; whoever waits for it to rest waits no more."""
        self.is_silent = True
        self._answer_resting()

    def _answer_resting(self) -> None:
        with self._lock:
            waiting, self._resting = list(self._resting.values()), {}
        for over in waiting:
            over.set()

    def _hand_over(self) -> None:
        try:
            while not self._closed:
                batch = self._next_batch()
                if batch:
                    self.link.send(packed(batch))
        except HostLost as error:
            self._say_lost(str(error))
        except Exception as error:
            log.exception("orders to host %s cannot be sent", self.name)
            self._say_lost(f"its orders cannot be sent: {type(error).__name__}: {error}")

    def _next_batch(self) -> list[HostOrder]:
        """Wait until there is something, and return all that there is then."""
        entries = [self._orders.get()]
        for _ in range(min(self._orders.qsize(), ORDERS_AT_ONCE)):
            entries.append(self._orders.get())  # noqa: PERF401 - a comprehension would be one call more
        batch: list[HostOrder] = []
        for order in entries:
            if order is None:
                continue
            if not isinstance(order, tuple):
                batch.append(order)
                continue
            run, seat = order
            with self._lock:  # before its mail is looked at: what comes after that is marked again
                self._marked.discard((run.identity.uid, seat))
            with run.lock:
                messages = run.unsent(seat) if run.host is self else []
            if messages:
                self.messages_out += len(messages)
                batch.append(MailOrder(run.identity.uid, seat, tuple(messages)))
        return batch

    def _fetch(self) -> None:
        try:
            while not self._closed:
                batch = self.link.receive()
                if batch and not self._closed:
                    self.is_taking = True
                    try:
                        self._take(self, unpacked(batch))
                    finally:
                        self.is_taking = False
        except HostLost as error:
            self._say_lost(str(error))
        except Exception as error:
            log.exception("what host %s reports cannot be taken", self.name)
            self._say_lost(f"what it reports cannot be taken: {type(error).__name__}: {error}")

    def _say_lost(self, why: str) -> None:
        with self._lock:
            was_lost, self._was_lost = self._was_lost, True
        if not was_lost and not self._closed:
            self._lost(self, why)


def all_rest(connections: Sequence[HostConnection], seconds: float | None) -> bool:
    """Wait until nothing moves on any of these that answers. False after so long in all (real time)."""
    until = None if seconds is None else time.monotonic() + seconds
    return all(
        connection.wait_rest(None if until is None else max(0.0, until - time.monotonic()))
        for connection in connections
    )
