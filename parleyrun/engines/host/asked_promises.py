"""Promises on a host: what a study may take is promised by the coordinator, which knows of all hosts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

from ...core.bot_seats.promises import Promise, Promises
from ...core.bot_seats.spending import Spending
from ...errors import ModelError, ModelFailure
from ..host_orders import (
    PromiseOrder,
    PromiseOverReport,
    PromiseReport,
    SpendingReport,
    SpentOrder,
    TookReport,
)


class AskedPromises(Promises):
    """Asks the coordinator for what fits here, where it counts for a limit of the study. Any thread.

    Limits of a conversation hold here, as all of it is on this host; where the study has none, nobody is asked.

    Args:
        report: Tells the coordinator.
    """

    def __init__(self, report: Callable[[SpendingReport], None]) -> None:
        super().__init__()
        self._report = report
        self._numbers = count(1)
        self._asked: dict[int, Promise] = {}

    def know(self, order: SpentOrder) -> None:
        """The coordinator says what all models have taken: `study` is never more than that."""
        study = self.study
        study.add(max(0.0, order.cost - study.cost), max(0, order.tokens - study.tokens))

    def answer(self, order: PromiseOrder) -> None:
        """The coordinator has decided; nobody may wait for it any more."""
        promise = self._asked.get(order.number)
        if promise is not None:
            if order.refusal:
                promise.error = ModelError(order.refusal, ModelFailure.LIMIT)
            promise.tell()

    def end(self, promise: Promise) -> None:
        number = promise.number
        if number is not None and self._asked.pop(number, None) is not None and promise.error is None:
            self._report(PromiseOverReport(number, promise.taken_cost, promise.taken_tokens))
        super().end(promise)

    def took(self, spendings: Sequence[Spending], cost: float, tokens: int, promise: Promise | None) -> None:
        super().took(spendings, cost, tokens, promise)
        is_told_later = promise is not None and promise.number is not None
        if (cost or tokens) and not is_told_later and any(spending is self.study for spending in spendings):
            self._report(TookReport(cost, tokens))

    def _decided(self, promise: Promise) -> None:
        counts = any(spending is self.study for limit in promise.limits for spending in limit.of)
        if promise.error is not None or not counts:
            promise.tell()
            return
        number = promise.number = next(self._numbers)
        self._asked[number] = promise
        self._report(PromiseReport(number, promise.cost, promise.tokens, promise.asker))
