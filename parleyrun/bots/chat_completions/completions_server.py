"""A chat-completions server as its conversations see it: retries, limits and counts around each request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from ...errors import ModelError, ModelFailure
from ...runner.timers import Timers
from .circuit_breaker import CircuitBreaker
from .completion import Completion
from .completions_client import CompletionsClient
from .concurrency_limit import ConcurrencyLimit
from .rate_budget import RateBudget
from .retry_schedule import RetrySchedule


@dataclass(frozen=True, slots=True)
class Answered:
    """A completion, how many requests it took, and how many seconds from the first one to its end."""

    completion: Completion
    tries: int
    seconds: float


class CompletionsServer:
    """One server, shared by all conversations. Any thread.

    Args:
        client: Makes the requests.
        limit: How many are made at the same time.
        budget: How many are made a minute.
        breaker: Leaves the server alone after failures.
        schedule: When a request is made again.
        timers: Give the time, and end waiting.
        random: Spreads retries over time.
    """

    def __init__(
        self,
        client: CompletionsClient,
        limit: ConcurrencyLimit,
        budget: RateBudget,
        breaker: CircuitBreaker,
        schedule: RetrySchedule,
        timers: Timers,
        random: Random,
    ) -> None:
        self.client = client
        self.limit = limit
        self.breaker = breaker
        self._budget = budget
        self._schedule = schedule
        self._timers = timers
        self._random = random

    def complete(
        self,
        body: Mapping[str, Any],
        expected_tokens: int,
        on_text: Callable[[str], None] | None = None,
        is_over: Callable[[], bool] = lambda: False,
    ) -> Answered:
        """Have a conversation completed, however many requests that takes. Blocks.

        Args:
            body: The request.
            expected_tokens: What it will cost, for the budget.
            on_text: Told the words so far; they begin anew with every try.
            is_over: Whether nobody waits for the answer any more.

        Raises:
            ModelError: There is no answer.
        """
        self.breaker.check()
        started = self._timers.clock.monotonic()
        tries = 0
        try:
            while True:
                self._wait(self._budget.take(expected_tokens), is_over)
                tries += 1
                try:
                    completion = self._request(body, on_text, is_over)
                except ModelError as error:
                    wait_seconds = None if is_over() else self._schedule.wait_seconds(error, tries, self._random)
                    if wait_seconds is None:
                        raise
                    self._wait(wait_seconds, is_over)
                else:
                    break
        except ModelError as error:
            if is_over():
                self.breaker.given_up()
            else:
                self.breaker.failed(error)
            error.tries = tries
            raise
        except BaseException:
            self.breaker.given_up()
            raise
        self.breaker.succeeded()
        usage = completion.usage
        if usage is not None:
            self._budget.settle(expected_tokens, usage.prompt + usage.completion)
        return Answered(completion, tries, self._timers.clock.monotonic() - started)

    def _request(
        self, body: Mapping[str, Any], on_text: Callable[[str], None] | None, is_over: Callable[[], bool]
    ) -> Completion:
        entered = self.limit.enter(is_over)
        if entered is None:
            raise _given_up()
        too_much = False
        try:
            return self.client.complete(body, on_text, is_over)
        except ModelError as error:
            too_much = error.cause is ModelFailure.RATE or error.status in (503, 529)
            raise
        finally:
            self.limit.leave(entered, too_much=too_much)

    def _wait(self, seconds: float, is_over: Callable[[], bool]) -> None:
        if seconds > 0:
            over = threading.Event()
            self._timers.call_later(seconds, over.set)
            over.wait()
        if is_over():
            raise _given_up()


def _given_up() -> ModelError:
    return ModelError("nobody waits for the answer any more", ModelFailure.CUT)
