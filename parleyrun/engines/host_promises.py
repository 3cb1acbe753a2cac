"""What requests on hosts may take: promised by the coordinator, beside its own, so that a study's limits hold."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, assert_never

from ..core.bot_seats.bot_desk import BotMeans
from ..core.bot_seats.decision_numbers import late_number
from ..core.bot_seats.promises import Promise, Promises
from ..core.bot_seats.spending import SpendingLimit
from ..core.model_answer import BotDecision, ModelAnswer
from ..errors import ModelError, ModelFailure
from .host_orders import (
    PromiseOrder,
    PromiseOverReport,
    PromiseReport,
    SpendingReport,
    SpentOrder,
    TookReport,
)

if TYPE_CHECKING:
    from .host_connection import HostConnection

log = logging.getLogger(__name__)

HOST_LOST = "its host was lost while it was made"


class HostPromises:
    """Any thread.

    Args:
        limit: What all models together may take.
        promises: To all requests that count towards it, those of this process included.
        record: Puts on record what no turn of a run brings, by the run's uid.
        wall_time: Tells the time, in seconds.
    """

    def __init__(
        self,
        limit: SpendingLimit,
        promises: Promises,
        record: Callable[[str, BotDecision], None],
        wall_time: Callable[[], float],
    ) -> None:
        self._limit = limit
        self._promises = promises
        self._put_on_record = record
        self._wall_time = wall_time
        self._lock = threading.Lock()  # guards the two below
        self._of: dict[HostConnection, dict[int, Promise]] = {}
        self._told: set[HostConnection] = set()

    def host_came(self, host: HostConnection) -> None:
        """A host is there, and may ask."""
        with self._lock:
            self._of[host] = {}
        self.tell_if_reached()

    def take(self, host: HostConnection, report: SpendingReport) -> None:
        """A host says what its models take. One that asks whether a request may be made is told now, or later."""
        match report:
            case PromiseReport():
                self._ask(host, report)
            case PromiseOverReport():
                self._end(host, report)
            case TookReport():
                self._took(host, report)
            case _:
                assert_never(report)

    def _ask(self, host: HostConnection, report: PromiseReport) -> None:
        promise = Promise(self._limit.of, (self._limit,), report.cost, report.tokens, report.asker)
        with self._lock:
            promises = self._of.get(host)
            if promises is None:
                return
            promises[report.number] = promise
        self._promises.make(promise)
        with self._lock:
            is_there = host in self._of
        if not is_there:  # since it asked
            self._promises.end(promise)
        promise.call_back(0.0, partial(self._answer, host, report.number, promise))

    def _end(self, host: HostConnection, report: PromiseOverReport) -> None:
        """A request on a host is over, or nobody waits for it any more."""
        with self._lock:
            promise = self._of.get(host, {}).pop(report.number, None)
        if promise is not None:  # of a host that was given up it is counted by now
            self._count(report.cost, report.tokens, promise)

    def _took(self, host: HostConnection, report: TookReport) -> None:
        """Models on a host have taken something besides what was promised."""
        with self._lock:
            is_there = host in self._of
        if is_there:
            self._count(report.cost, report.tokens, None)

    def host_lost(self, host: HostConnection) -> None:
        """A host is given up: what its requests may have taken counts, and goes on record as an estimate."""
        with self._lock:
            left = self._of.pop(host, {})
            self._told.discard(host)
        for promise in left.values():
            if promise.is_made:
                self._record(promise)
                self._count(promise.cost, promise.tokens, promise)
            else:
                self._count(0.0, 0, promise)

    def tell_if_reached(self) -> None:
        """Tell the hosts that do not know it that a limit is reached, so that nobody there asks any more."""
        try:
            self._limit.check()
        except ModelError:
            with self._lock:
                unaware = [host for host in self._of if host not in self._told]
                self._told.update(unaware)
            for host in unaware:
                host.put(SpentOrder(self._limit.cost, self._limit.tokens))

    def _count(self, cost: float, tokens: int, promise: Promise | None) -> None:
        self._promises.took(self._limit.of, cost, tokens, promise)
        if promise is not None:
            self._promises.end(promise)
        self.tell_if_reached()

    def _answer(self, host: HostConnection, number: int, promise: Promise) -> None:
        if promise.error is not None:
            with self._lock:
                self._of.get(host, {}).pop(number, None)
        host.put(PromiseOrder(number, "" if promise.error is None else str(promise.error)))

    def _record(self, promise: Promise) -> None:
        """Put on record what a request may have taken of which nobody will hear any more."""
        asker = promise.asker
        if asker is None:
            log.warning("%d tokens count as taken, as the host was lost where they were asked for", promise.tokens)
            return
        answer = ModelAnswer(
            model=asker.model,
            prompt_tokens=promise.tokens,
            tokens_estimated=True,
            cost=promise.cost or None,
            failure=ModelFailure.CUT.value,
            error=HOST_LOST,
        )
        decision = BotDecision(
            participant_id=asker.record_id,
            number=late_number(),
            kind="overtaken",
            why=HOST_LOST,
            at=self._wall_time(),
            answer=answer,
        )
        self._put_on_record(asker.run_uid, decision)


def promises_of(means: BotMeans | None, wall_time: Callable[[], float]) -> HostPromises:
    """Return what promises to the hosts of a service, by what its bots have in common; None: it has no models."""
    if means is None:
        no_limit = SpendingLimit(of=(), max_cost=None, max_tokens=None, whose="the study")
        return HostPromises(no_limit, Promises(), lambda uid, decision: None, wall_time)
    return HostPromises(means.limit, means.promises, means.record, wall_time)
