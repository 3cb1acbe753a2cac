"""What is asked on hosts of models that live on the cluster: the coordinator asks, and hands the answers back."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from .replica_ask import ReplicaAsk
from .replica_orders import AnsweredOrder, AskOverReport, AskReport, GrownOrder

if TYPE_CHECKING:
    from ..host_connection import HostConnection
    from .replicas import Replicas

MOST_WAITING_ORDERS = 500
"""With so many orders that wait for a host it is not told how answers grow."""


class HostQuestions:
    """Any thread.

    Args:
        replicas: Whom to ask.
    """

    def __init__(self, replicas: Replicas) -> None:
        self._replicas = replicas
        self._lock = threading.Lock()  # guards the one below
        self._of: dict[HostConnection, dict[int, ReplicaAsk | None]] = {}

    def host_came(self, host: HostConnection) -> None:
        """A host is there, and may ask."""
        with self._lock:
            self._of[host] = {}

    def ask(self, host: HostConnection, report: AskReport) -> None:
        """Somebody on a host asks; one that was given up is not heard any more."""
        number, question = report.number, report.question
        with self._lock:
            if host not in self._of:
                return
            self._of[host][number] = None
        grown = partial(self._grown, host, number) if question.streams else None
        asked = self._replicas.model(question.model).ask(question, partial(self._answered, host, number), grown)
        with self._lock:
            waiting = self._of.get(host)
            if waiting is not None and number in waiting:  # it may be answered by now
                waiting[number] = asked
        if waiting is None:  # given up since it asked
            self._cancel(asked)

    def over(self, host: HostConnection, report: AskOverReport) -> None:
        """Nobody on that host waits any more."""
        with self._lock:
            asked = self._of.get(host, {}).pop(report.number, None)
        self._cancel(asked)

    def host_lost(self, host: HostConnection) -> None:
        """A host is given up, and with it whoever waited there."""
        with self._lock:
            waiting = self._of.pop(host, {})
        for asked in waiting.values():
            self._cancel(asked)

    def _cancel(self, asked: ReplicaAsk | None) -> None:
        if asked is not None:
            self._replicas.model(asked.question.model).cancel(asked)

    def _answered(self, host: HostConnection, number: int, reply: bytes, lost: int) -> None:
        with self._lock:
            waits = self._of.get(host, {}).pop(number, self) is not self
        if waits:
            host.put(AnsweredOrder(number, reply, lost))

    def _grown(self, host: HostConnection, number: int, text: str) -> None:
        with self._lock:
            waits = number in self._of.get(host, {})
        if waits and host.waiting_orders < MOST_WAITING_ORDERS:  # a slow host is spared what nobody misses
            host.put(GrownOrder(number, text))
