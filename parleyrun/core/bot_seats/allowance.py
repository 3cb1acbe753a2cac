"""Allowances: what an answer may take is promised to it before it is asked for, and settled when it is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from ...errors import ModelError, ModelFailure
from ..model_answer import ModelAnswer
from ..thinking import Thinking
from .promises import Asker, Promise, Promises
from .spending import Spending, SpendingLimit, taken_by

if TYPE_CHECKING:
    from types import TracebackType


class Allowance:
    """What one answer may take, with all requests that are made for it. One thread at a time.

    While it is entered, whoever asks a model on this thread finds it in `ALLOWANCE`.

    Args:
        spendings: Where what it takes is counted.
        limits: What that must not go beyond.
        promises: To all others.
        asker: Who asks.
    """

    def __init__(
        self,
        spendings: Sequence[Spending],
        limits: Sequence[SpendingLimit],
        promises: Promises,
        asker: Asker | None = None,
    ) -> None:
        self.spendings = tuple(spendings)
        self.limits = tuple(
            limit for limit in limits if limit.max_cost is not None or limit.max_tokens is not None
        )
        self._promises = promises
        self._asker = asker
        self._promise: Promise | None = None  # of the request that is under way
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
        promise = self._promise = Promise(self.spendings, self.limits, cost, tokens, self._asker)
        self._promises.make(promise)
        try:
            if not promise.is_decided:
                thinking.wait(0.0, promise.call_back)
            if promise.error is not None:
                raise promise.error
            if not (promise.is_decided and promise.is_made):
                raise ModelError("nobody waits for the answer any more", ModelFailure.CUT)
            yield
        finally:
            self._promise = None
            self._promises.end(promise)

    def took(self, cost: float, tokens: int) -> None:
        """Count what a request has taken, within its block."""
        self._cost += cost
        self._tokens += tokens
        self._promises.took(self.spendings, cost, tokens, self._promise)

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
