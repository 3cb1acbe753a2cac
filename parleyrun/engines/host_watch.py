"""The watch over hosts: a heartbeat of our own, as a process that is stopped is noticed by nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from ..runner.timers import Timer, Timers
from .host_connection import HostConnection

LOOK_SECONDS = 1.0
"""How often each host is asked whether it is there."""

SILENT_SECONDS = 1.5
"""After so long without an answer a host is given no new runs."""

C = TypeVar("C", bound=HostConnection)


class WatchedHosts(Protocol[C]):
    """Who is told what became of hosts. On the timers' thread."""

    @property
    def connections(self) -> Sequence[C]:
        """The hosts there are."""

    def came_back(self, connection: C) -> None:
        """A host that was left answers again."""

    def leave(self, connection: C, why: str) -> None:
        """What is on a host goes on elsewhere. Told again as long as it is silent."""

    def give_up(self, connection: C, why: str) -> None:
        """A host is waited for no longer."""

    def catch_up(self) -> None:
        """All were looked at."""


class HostWatch(Generic[C]):
    """Looks on the timers' thread.

    Args:
        hosts: Whom it watches over.
        timers: The clock.
        lost_after: After how many seconds without an answer a host's runs go on elsewhere; after twice as many it
            is given up.
    """

    def __init__(self, hosts: WatchedHosts[C], timers: Timers, lost_after: float) -> None:
        self._hosts = hosts
        self._timers = timers
        self._lost_after = lost_after
        self._last_look = 0.0
        self._timer: Timer | None = None
        self._stopped = False

    def start(self) -> None:
        """Begin to look."""
        self._last_look = self._timers.clock.monotonic()
        self._timer = self._timers.call_later(LOOK_SECONDS, self._look)

    def stop(self) -> None:
        """Look no more."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        if self._stopped:
            return
        now = self._timers.clock.monotonic()
        away = now - self._last_look - LOOK_SECONDS
        self._last_look = now
        for connection in self._hosts.connections:
            if away > LOOK_SECONDS and connection.asked_at is not None:
                connection.asked_at += away  # it was this process that did nothing for so long
            self._judge(connection, now)
            connection.beat()
        self._hosts.catch_up()
        self._timer = self._timers.call_later(LOOK_SECONDS, self._look)

    def _judge(self, connection: C, now: float) -> None:
        asked_at = connection.asked_at
        if asked_at is None:
            if connection.is_gone:
                self._hosts.came_back(connection)
            connection.is_silent = False
            return
        silence = 0.0 if connection.is_taking else now - asked_at
        if silence > 2 * self._lost_after:
            self._hosts.give_up(connection, f"it has not answered for {silence:.0f} s")
        elif silence > self._lost_after:
            self._hosts.leave(connection, f"it has not answered for {silence:.0f} s")
        elif silence > SILENT_SECONDS:
            connection.becomes_silent()
