"""Allowances: what an answer may take is promised to it before it is asked for, and settled when it is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from ...errors import ModelError, ModelFailure
from ..model_answer import ModelAnswer
from ..thinking import Thinking
from .spending import Spending, SpendingLimit, taken_by

if TYPE_CHECKING:
    from types import TracebackType


class Promises:
    """What the requests under way of all bots may take, so that together they do not go far beyond a limit.

    A request that does not fit beside the others waits until one of them is there: what was promised to that one
    is then what it took, which may be less. Any thread.
    """

    def __init__(self) -> None:
        from threading import Lock  # whoever only imports what authors use needs none

        self._lock = Lock()  # guards the waiting, and what spendings have promised
        self._waiting: list[_Waiting] = []

    def make(self, waiting: _Waiting) -> None:
        """Promise somebody what they want, at once or as soon as it fits."""
        with self._lock:
            decided = waiting.decide()
            if not decided:
                self._waiting.append(waiting)
        if decided:
            waiting.tell()

    def end(self, waiting: _Waiting) -> None:
        """A request is over, or nobody waits for it any more."""
        with self._lock:
            if waiting.is_promised:
                waiting.change(-1)
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            decided = [other for other in self._waiting if other.decide()]
            if decided:
                self._waiting = [other for other in self._waiting if other not in decided]
        for other in decided:
            other.tell()


class _Waiting:
    """Somebody who wants to make a request, and what it may take."""

    def __init__(self, allowance: Allowance, cost: float, tokens: int) -> None:
        from threading import Lock

        self._allowance = allowance
        self._cost = cost
        self._tokens = max(1, tokens)
        self._lock = Lock()  # guards the two below
        self._told = False
        self._wake: Callable[[], None] | None = None
        self.is_promised = False
        self.error: ModelError | None = None

    def decide(self) -> bool:
        """Promise it, or refuse it; False while it has to wait. Under the lock of the promises."""
        limits = self._allowance.limits
        try:
            for limit in limits:
                limit.check()
        except ModelError as error:
            self.error = error
            return True
        if not all(limit.has_room(self._cost, self._tokens) for limit in limits):
            return False
        self.change(1)
        return True

    def change(self, sign: int) -> None:
        """Add what is promised, or take it back. Under the lock of the promises."""
        self.is_promised = sign > 0
        for spending in self._allowance.spendings:
            spending.promised_cost += sign * self._cost
            spending.promised_tokens += sign * self._tokens

    def tell(self) -> None:
        """It is decided."""
        with self._lock:
            self._told = True
            wake = self._wake
        if wake is not None:
            wake()

    def call_back(self, _seconds: float, wake: Callable[[], None]) -> None:
        """Have it called once it is decided."""
        with self._lock:
            self._wake = wake
            told = self._told
        if told:
            wake()

    @property
    def is_decided(self) -> bool:
        return self._told


class Allowance:
    """What one answer may take, with all requests that are made for it. One thread at a time.

    While it is entered, whoever asks a model on this thread finds it in `ALLOWANCE`.

    Args:
        spendings: Where what it takes is counted.
        limits: What that must not go beyond.
        promises: To all others.
    """

    def __init__(self, spendings: Sequence[Spending], limits: Sequence[SpendingLimit], promises: Promises) -> None:
        self.spendings = tuple(spendings)
        self.limits = tuple(
            limit for limit in limits if limit.max_cost is not None or limit.max_tokens is not None
        )
        self._promises = promises
        self._cost = 0.0
        self._tokens = 0

    def check(self) -> None:
        """Refuse what goes beyond a limit. Raises `ModelError`."""
        for limit in self.limits:
            limit.check()

    @contextmanager
    def request(self, cost: float, tokens: int, thinking: Thinking) -> Iterator[None]:
        """A request is made in this block. Waits until there is room for it.

        Args:
            cost: What it will probably cost.
            tokens: How many tokens it will probably take.
            thinking: Says whether anybody still waits for it.

        Raises:
            ModelError: A limit is reached, or nobody waits for it any more.
        """
        if not self.limits:
            yield
            return
        waiting = _Waiting(self, cost, tokens)
        self._promises.make(waiting)
        try:
            if not waiting.is_decided:
                thinking.wait(0.0, waiting.call_back)
            if waiting.error is not None:
                raise waiting.error
            if not waiting.is_promised:
                raise ModelError("nobody waits for the answer any more", ModelFailure.CUT)
            yield
        finally:
            self._promises.end(waiting)

    def took(self, cost: float, tokens: int) -> None:
        """Count what a request has taken, within its block."""
        self._cost += cost
        self._tokens += tokens
        for spending in self.spendings:
            spending.add(cost, tokens)

    def settle(self, answer: ModelAnswer) -> None:
        """Count what the answer took besides, as of a model that makes no requests."""
        cost, tokens = taken_by(answer)
        self.took(cost - self._cost, tokens - self._tokens)

    def __enter__(self) -> Allowance:
        self._token = ALLOWANCE.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        ALLOWANCE.reset(self._token)


ALLOWANCE: ContextVar[Allowance | None] = ContextVar("parleyrun_allowance", default=None)
"""What the answer that is being made on this thread may take; None where nobody counts."""
