"""A chat-completions server as its conversations see it: retries, limits and counts around each request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from ...core.thinking import UNDISTURBED, Thinking
from ...errors import ModelError, ModelFailure
from ...runner.timers import Timers
from .completion import Completion
from .completion_source import CompletionSource
from .limits.circuit_breaker import CircuitBreaker
from .limits.concurrency_limit import ConcurrencyLimit
from .limits.rate_budget import RateBudget
from .limits.retry_schedule import RetrySchedule


@dataclass(frozen=True, slots=True)
class Answered:
    """A completion, how many requests it took, and how many seconds from the first one to its end."""

    completion: Completion
    tries: int
    seconds: float


class CompletionsServer:
    """One server, shared by all conversations. Any thread.

    Args:
        source: Makes the requests.
        limit: How many are made at the same time.
        budget: How many are made a minute.
        breaker: Leaves the server alone after failures.
        schedule: When a request is made again.
        timers: Give the time, and end waiting.
        random: Spreads retries over time.
    """

    def __init__(
        self,
        source: CompletionSource,
        limit: ConcurrencyLimit,
        budget: RateBudget,
        breaker: CircuitBreaker,
        schedule: RetrySchedule,
        timers: Timers,
        random: Random,
    ) -> None:
        self.source = source
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
        thinking: Thinking = UNDISTURBED,
        broke_off: Callable[[str], None] = lambda received: None,
    ) -> Answered:
        """Have a conversation completed, however many requests that takes. Blocks.

        Args:
            body: The request.
            expected_tokens: What it will cost, for the budget.
            on_text: Told the words so far; they begin anew with every try.
            thinking: Says whether anybody still waits for the answer.
            broke_off: Told of each try that is paid although no answer came of it, with the words that had come.

        Raises:
            ModelError: There is no answer.
        """
        self.breaker.check()
        started = self._timers.clock.monotonic()
        tries = 0
        try:
            while True:
                self._wait(self._budget.take(expected_tokens), thinking)
                tries += 1
                try:
                    completion = self._request(body, on_text, thinking)
                except ModelError as error:
                    if error.received is not None:
                        broke_off(error.received)
                    wait_seconds = (
                        None if thinking.is_over() else self._schedule.wait_seconds(error, tries, self._random)
                    )
                    if wait_seconds is None:
                        raise
                    self._wait(wait_seconds, thinking)
                else:
                    break
        except ModelError as error:
            if thinking.is_over():
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
        self, body: Mapping[str, Any], on_text: Callable[[str], None] | None, thinking: Thinking
    ) -> Completion:
        entered = self.limit.enter(thinking.is_over)
        if entered is None:
            raise _given_up()
        too_much = False
        try:
            return self.source.complete(body, on_text, thinking.is_over)
        except ModelError as error:
            too_much = error.cause is ModelFailure.RATE or error.status in (503, 529)
            raise
        finally:
            self.limit.leave(entered, too_much=too_much)

    def _wait(self, seconds: float, thinking: Thinking) -> None:
        if seconds > 0:
            thinking.wait(seconds, self._timers.call_later)
        if thinking.is_over():
            raise _given_up()


def _given_up() -> ModelError:
    return ModelError("nobody waits for the answer any more", ModelFailure.CUT)
