"""Promises: what requests under way may take, so that together they do not go far beyond a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import ModelError
from .awaited import Awaited
from .spending import Spending, SpendingLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who makes a request: the name of its log in the run of that uid, and its model."""

    run_uid: str
    record_id: str
    model: str


class Promise(Awaited):
    """What one request may take. It is there once it is decided.

    Args:
        spendings: Where it stands as promised.
        limits: What it must not go beyond, together with the others.
        cost: What the request will probably cost.
        tokens: How many tokens it will probably take.
        asker: Who makes it; None where nobody wants to know.
    """

    def __init__(
        self,
        spendings: Sequence[Spending],
        limits: Sequence[SpendingLimit],
        cost: float,
        tokens: int,
        asker: Asker | None = None,
    ) -> None:
        super().__init__()
        self.limits = limits
        self.cost = cost
        self.tokens = max(1, tokens)
        self.asker = asker
        self.taken_cost = 0.0
        """What the request has cost so far."""
        self.taken_tokens = 0
        """How many tokens it has taken so far."""
        self.number: int | None = None
        """What it is called where somebody else promises it."""
        self.is_made = False
        self.error: ModelError | None = None
        """Why it is refused."""
        self._spendings = spendings

    def decide(self) -> bool:
        """Make or refuse it; False while it has to wait. Under the lock of the promises."""
        try:
            for limit in self.limits:
                limit.check()
        except ModelError as error:
            self.error = error
            return True
        if not all(limit.has_room(self.cost, self.tokens) for limit in self.limits):
            return False
        self.change(1)
        return True

    def change(self, sign: int) -> None:
        """Add what is promised, or take it back. Under the lock of the promises."""
        self.is_made = sign > 0
        for spending in self._spendings:
            spending.promised_cost += sign * self.cost
            spending.promised_tokens += sign * self.tokens

    @property
    def is_decided(self) -> bool:
        """Whether it was made or refused."""
        return self.is_there


class Promises:
    """What the requests under way of all bots may take. Any thread.

    A request that does not fit beside the others waits until one of them is there: what was promised to that one
    is then what it took, which may be less.
    """

    def __init__(self) -> None:
        from threading import Lock  # whoever only imports what authors use needs none

        self.study = Spending()
        """What all models have taken, as far as this process knows."""
        self._lock = Lock()  # guards the waiting, and what spendings have promised
        self._waiting: list[Promise] = []

    def make(self, promise: Promise) -> None:
        """Decide about a promise, at once or as soon as it fits."""
        with self._lock:
            decided = promise.decide()
            if not decided:
                self._waiting.append(promise)
        if decided:
            self._decided(promise)

    def end(self, promise: Promise) -> None:
        """A request is over, or nobody waits for it any more."""
        with self._lock:
            if promise.is_made:
                promise.change(-1)
            if promise in self._waiting:
                self._waiting.remove(promise)
            decided = [other for other in self._waiting if other.decide()]
            if decided:
                self._waiting = [other for other in self._waiting if other not in decided]
        for other in decided:
            self._decided(other)

    def took(self, spendings: Sequence[Spending], cost: float, tokens: int, promise: Promise | None) -> None:
        """Count what was taken.

        Args:
            spendings: Where.
            cost: What it cost.
            tokens: How many tokens it was.
            promise: Of the request that took it; None where it was no request.
        """
        if promise is not None:
            promise.taken_cost += cost
            promise.taken_tokens += tokens
        for spending in spendings:
            spending.add(cost, tokens)

    def _decided(self, promise: Promise) -> None:
        """A promise was made or refused; whoever waits for it is told."""
        promise.tell()
