"""A tally: what all lanes together have found so far, and whether that is enough."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Protocol

from ...core.metrics.metrics import Report
from ...errors import WorldError
from ..answers_metric import AnswersMetric
from ..log.cost_limit import CostLimit
from ..log.evaluation_log import EvaluationLog
from ..log.example_record import ExampleRecord
from .error_policy import ALL_WRONG, MOST_IN_A_ROW, ErrorPolicy
from .measuring import add_to


class ExampleTally(Protocol):
    """Is told what comes of each example. Any thread."""

    policy: ErrorPolicy

    def take(
        self,
        record: ExampleRecord,
        measured: Mapping[str, Any],
        reported: Mapping[str, Any],
        *,
        is_new: bool,
        error: BaseException | None = None,
    ) -> None:
        """Count an example.

        Args:
            record: What became of it.
            measured: What the teacher measured.
            reported: What the agent measured.
            is_new: Whether it is not on record yet.
            error: What went wrong, if somebody is to be told.

        Raises:
            BaseException: `error`, where all is to end with it.
        """

    def take_rest(self, task: str, measured: Mapping[str, Any], reported: Mapping[str, Any]) -> None:
        """Count what a lane only tells at its end."""


class EndingTally(ExampleTally, Protocol):
    """Knows, too, whether no more is to be asked. Any thread."""

    def has_enough(self) -> bool:
        """Return whether no more is to be asked."""


class Totals:
    """The tally of an evaluation in the process that it was begun in.

    Args:
        policy: What to do about an example that goes wrong.
        log: Where each is written; None for nowhere.
        limit_cost: What may be spent, in the currency of the prices; None for any amount.
        spent: What was spent before.
    """

    def __init__(
        self, policy: ErrorPolicy, log: EvaluationLog | None, limit_cost: float | None = None, spent: float = 0.0
    ) -> None:
        self.policy = policy
        self.log = log
        """Where each is written; to be set before anything is counted."""
        self._lock = threading.Lock()  # guards all below
        self._cost = CostLimit(limit_cost, spent)
        self._first_error: BaseException | None = None
        self.measured: dict[str, Report] = {}
        self.reported: Report = {}
        self.answers = AnswersMetric({})
        self.failures: list[ExampleRecord] = []
        self._in_a_row = 0
        self._enough = ""
        self.done = 0
        """How many examples have come to an end, well or not."""

    def take(
        self,
        record: ExampleRecord,
        measured: Mapping[str, Any],
        reported: Mapping[str, Any],
        *,
        is_new: bool,
        error: BaseException | None = None,
    ) -> None:
        with self._lock:
            if is_new and self.log is not None:
                self.log.add(record)
            self.done += 1
            for answer in record.answers:
                self.answers += AnswersMetric.of(answer)
                if is_new:
                    self._cost.add(answer)
            if record.failure is None:
                self._in_a_row = 0
                add_to(self.measured.setdefault(record.key.task, {}), measured)
                add_to(self.reported, reported)
                return
            self.failures.append(record)
            self._in_a_row += is_new
            self._first_error = self._first_error or error or _told(record)
            if self.policy.stops or len(self.failures) == self.done == ALL_WRONG:
                raise self._first_error

    def take_rest(self, task: str, measured: Mapping[str, Any], reported: Mapping[str, Any]) -> None:
        with self._lock:
            add_to(self.measured.setdefault(task, {}), measured)
            add_to(self.reported, reported)

    def count(self) -> int:
        """Return how many examples have come to an end. Any thread."""
        return self.done

    def has_enough(self) -> bool:
        """Return whether no more is to be asked. Any thread."""
        return bool(self.why_enough())

    def why_enough(self) -> str:
        """Return why no more is to be asked; empty while more is."""
        # Somebody may have stopped with it, so an answer that comes after all does not make it undone.
        self._enough = self._enough or self._reason()
        return self._enough

    def why_stopped(self, examples: int | None) -> str:
        """Return why not all of so many examples were asked; empty where all have come to an end."""
        return "" if self.done == examples else self.why_enough()

    def _reason(self) -> str:
        if why := self._cost.why_enough():
            return why
        if self._in_a_row >= MOST_IN_A_ROW:
            return f"{MOST_IN_A_ROW} in a row went wrong"
        return ""

    def raise_if_all_failed(self) -> None:
        """Raise the first error if no example at all went well."""
        if self._first_error is not None and len(self.failures) == self.done:
            raise self._first_error


def _told(record: ExampleRecord) -> WorldError:
    failure = record.failure
    assert failure is not None
    told = f"{record.key.in_words()}: {failure.kind}: {failure.message}"
    return WorldError(f"{told}\n\nThere:\n{failure.traceback}" if failure.traceback else told)
