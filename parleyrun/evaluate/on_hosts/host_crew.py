"""The hosts of an evaluation: who is there, what they report, and who takes the place of one that is lost."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...engines.host_connection import HostConnection
from ...engines.host_link import HostLink, HostSource
from ...engines.host_orders import BeatReport, LogReport, RestReport
from ...engines.host_replacement import started_again
from ...engines.host_watch import HostWatch
from ...errors import EngineError
from ...runner.timers import Timers

log = logging.getLogger(__name__)

MOST_WAITING = 100
"""So many batches of reports wait to be looked at; more stay on their hosts meanwhile."""

LOOK_SECONDS = 0.5
TRIES_WITH_NONE = 3
"""How often another host is tried to be started while there is none, before it is over."""


@dataclass(frozen=True, slots=True)
class HostJoined:
    """A host is there, and does nothing yet."""

    host: HostConnection


@dataclass(frozen=True, slots=True)
class HostReported:
    """What a host has reported, oldest first."""

    host: HostConnection
    reports: Sequence[Any]


@dataclass(frozen=True, slots=True)
class HostGone:
    """A host is lost; nothing that it reports is heard any more."""

    host: HostConnection
    why: str


@dataclass(frozen=True, slots=True)
class _NoHostLeft:
    """There is no host, and none can be started."""

    why: str


HostEvent = HostJoined | HostReported | HostGone


class HostCrew:
    """Any thread, but for `start`, `next` and `close` (`WatchedHosts`).

    A host that does not answer for too long is ended, and so never heard of again: whoever does what it was at is
    the only one who tells of it.

    Args:
        source: Where they come from.
        timers: The clock. Whoever gives it starts and closes it.
        lost_after: After how many seconds without an answer a host is lost.
    """

    def __init__(self, source: HostSource, timers: Timers, lost_after: float) -> None:
        self._source = source
        self._timers = timers
        self._watch = HostWatch(self, timers, lost_after)
        self._events: queue.Queue[HostEvent | _NoHostLeft] = queue.Queue(MOST_WAITING)
        self._lock = threading.Lock()  # guards the one below
        self._connections: list[HostConnection] = []
        self._closing = threading.Event()

    def start(self) -> Sequence[HostConnection]:
        """Start all hosts, and return them. Raises `EngineError`."""
        try:
            hosts = [self._connect(link) for link in self._source.open()]
        except BaseException:
            self.close()
            raise
        self._watch.start()
        return hosts

    def next(self) -> HostEvent:
        """Return the next thing that has happened; blocks until there is one.

        Raises:
            EngineError: There is no host, and none can be started.
        """
        event = self._events.get()
        if isinstance(event, _NoHostLeft):
            raise EngineError(f"expected hosts to go on with, but there is none: {event.why}")
        return event

    def close(self) -> None:
        """End all hosts, side by side. Calling it twice is harmless."""
        self._closing.set()
        self._watch.stop()
        endings = [threading.Thread(target=each.close, daemon=True) for each in self.connections]
        for ending in endings:
            ending.start()
        for ending in endings:
            ending.join()
        self._source.close()

    def tell(self, host: HostConnection, order: Any) -> None:
        """Have a host told."""
        host.put(order)

    def tell_all(self, order: Any) -> None:
        """Have all hosts told."""
        for connection in self.connections:
            self.tell(connection, order)

    @property
    def connections(self) -> list[HostConnection]:
        """The hosts there are."""
        with self._lock:
            return [*self._connections]

    def came_back(self, connection: HostConnection) -> None:
        """Do nothing: a host that is lost is ended."""

    def leave(self, connection: HostConnection, why: str) -> None:
        """End a host that does not answer, and start another one."""
        self._lost(connection, why)

    def give_up(self, connection: HostConnection, why: str) -> None:
        """Likewise."""
        self._lost(connection, why)

    def catch_up(self) -> None:
        """Do nothing: there is nothing that hosts are to be told again."""

    def _connect(self, link: HostLink) -> HostConnection:
        connection = HostConnection(link, self._timers.clock, self._take, self._lost)
        with self._lock:
            is_late = self._closing.is_set()
            if not is_late:
                self._connections.append(connection)
        if is_late:  # whoever closes has not seen it
            link.end()
            return connection
        connection.start()
        return connection

    def _take(self, host: HostConnection, reports: Sequence[Any]) -> None:
        """On the thread that fetches from this host."""
        told: list[Any] = []
        for report in reports:
            match report:
                case BeatReport() | RestReport():
                    host.notice(report)
                case LogReport(level, logger, text):
                    logging.getLogger(logger).log(level, "host %s: %s", host.name, text)
                case _:
                    told.append(report)
        if told:
            self._put(HostReported(host, told), host)

    def _put(self, event: HostEvent | _NoHostLeft, host: HostConnection | None = None) -> None:
        """Add an event, as soon as there is room; of a host that is lost meanwhile it is dropped."""
        while not (self._closing.is_set() or (host is not None and host.is_gone)):
            try:
                self._events.put(event, timeout=LOOK_SECONDS)
            except queue.Full:
                continue
            return

    def _lost(self, host: HostConnection, why: str) -> None:
        with self._lock:
            if host not in self._connections or self._closing.is_set():
                return
            self._connections.remove(host)
            host.is_gone = True
        log.warning("host %s is lost (%s): what it was at is done again", host.name, why)
        thread = threading.Thread(
            target=self._begin_again, args=(host, why), name=f"parleyrun-host-{host.name}", daemon=True
        )
        thread.start()

    def _begin_again(self, lost: HostConnection, why: str) -> None:
        """On a thread of its own: let go of a host, and start another one, however long that takes."""
        self._put(HostGone(lost, why))
        lost.close()

        def gives_up(tries: int, told: str) -> bool:
            if tries < TRIES_WITH_NONE or self.connections:
                return False
            self._put(_NoHostLeft(f"{lost.name} was lost ({why}), and no other one can be started: {told}"))
            return True

        link = started_again(self._source, lost.offer, self._closing, gives_up=gives_up)
        if link is not None:
            self._put(HostJoined(self._connect(link)))
