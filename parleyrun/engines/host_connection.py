"""The connection to one host, whatever it does: one thread hands over orders, the other one fetches reports."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Any

from ..runner.timers import Clock
from ..service.operations.reading.host_results import HostState
from .host_link import HostLink, HostLost
from .host_orders import (
    BeatOrder,
    BeatReport,
    HostLoad,
    HostOrder,
    RestOrder,
    RestReport,
    packed,
    unpacked,
)

log = logging.getLogger(__name__)

ORDERS_AT_ONCE = 1_000
"""How many orders make up a batch at most."""


class HostConnection:
    """Any thread, but for `start` and `close`.

    Orders wait here while the host is busy.

    Args:
        link: The way to the host.
        clock: Tells when it was heard of.
        take: Called, on the fetching thread, with this and all reports of a batch.
        lost: Called, on either thread, with this and why the host is not there any more. Once.
    """

    def __init__(
        self,
        link: HostLink,
        clock: Clock,
        take: Callable[[Any, Sequence[Any]], None],
        lost: Callable[[Any, str], None],
    ) -> None:
        self.link = link
        self.offer = link.offer
        self.name = link.offer.name
        self.load = HostLoad()
        self.is_silent = False
        """Whether it has not said for a while that it is there."""
        self.is_gone = False
        """Whether its runs go on elsewhere."""
        self.asked_at: float | None = None
        """When it was first asked in vain whether it is there; None while it has answered."""
        self.is_taking = False
        """Whether what it reported is being recorded: it is not asked for more meanwhile."""
        self._clock = clock
        self._heard_at = clock.monotonic()
        self._take = take
        self._lost = lost
        # An order, or what makes one, or None for whoever waits to look whether all is over.
        self._orders: SimpleQueue[HostOrder | Callable[[], HostOrder | None] | None] = SimpleQueue()
        self._lock = threading.Lock()  # guards the two below
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
        """Have the host told, behind all that has come before."""
        self._orders.put(order)

    def put_later(self, make: Callable[[], HostOrder | None]) -> None:
        """Likewise, with an order that is made when it goes out; None for none after all."""
        self._orders.put(make)

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
        return "silent" if self.is_silent else "there"

    @property
    def silent_seconds(self) -> float:
        """How long ago it said last that it is there, or was begun."""
        return self._clock.monotonic() - self._heard_at

    @property
    def waiting_orders(self) -> int:
        """How many orders wait to be handed over."""
        return self._orders.qsize()

    def notice(self, report: BeatReport | RestReport) -> None:
        """It has said that it is there, or that nothing moves on it."""
        if isinstance(report, BeatReport):
            self.asked_at = None
            self._heard_at = self._clock.monotonic()
            self.load = report.load
            return
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
        for entry in entries:
            order = entry() if callable(entry) else entry
            if order is not None:
                batch.append(order)
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
