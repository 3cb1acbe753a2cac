"""What models took to answer, as a metric: it adds up over copies, batches and processes as others do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ..core.bot_seats.model_source import ModelFigures
from ..core.message import FrozenDict
from ..core.metrics.metrics import Metric, Report
from ..core.model_answer import ModelAnswer

ANSWERS = "answers of models"
"""What it is called in a report. No teacher may have a metric of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """What one model took. Sums are exact, so that they are the same in whatever order they are added."""

    answers: int = 0
    failures: Mapping[str, int] = field(default_factory=FrozenDict)
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: Fraction = Fraction()
    seconds: Fraction = Fraction()

    def __add__(self, other: _Taken) -> _Taken:
        causes = {*self.failures, *other.failures}
        return _Taken(
            answers=self.answers + other.answers,
            failures={cause: self.failures.get(cause, 0) + other.failures.get(cause, 0) for cause in causes},
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            cost=self.cost + other.cost,
            seconds=self.seconds + other.seconds,
        )


class AnswersMetric(Metric):
    """What models took, each by its name. Its value is how many answers there were.

    Args:
        taken: What each has taken.
    """

    __slots__ = ("taken",)

    def __init__(self, taken: Mapping[str, _Taken]) -> None:
        self.taken = dict(taken)

    @classmethod
    def of(cls, answer: ModelAnswer) -> AnswersMetric:
        """Return what one answer took."""
        failed = bool(answer.failure)
        taken = _Taken(
            answers=int(not failed),
            failures={answer.failure: 1} if failed else FrozenDict(),
            prompt_tokens=answer.prompt_tokens,
            completion_tokens=answer.completion_tokens,
            cost=Fraction(answer.cost or 0),
            seconds=Fraction(answer.seconds),
        )
        return cls({answer.model: taken})

    def value(self) -> int:
        return sum(taken.answers for taken in self.taken.values())

    def __add__(self, other: Any) -> AnswersMetric:
        if not isinstance(other, AnswersMetric):
            raise self._refuse(other)
        nothing = _Taken()
        names = dict.fromkeys([*self.taken, *other.taken])
        return AnswersMetric(
            {name: self.taken.get(name, nothing) + other.taken.get(name, nothing) for name in names}
        )

    def figures(self) -> tuple[ModelFigures, ...]:
        """Return how each model did, in the order of their names."""
        return tuple(
            ModelFigures(
                name=name,
                answers=taken.answers,
                failures=FrozenDict(dict(sorted(taken.failures.items()))),
                prompt_tokens=taken.prompt_tokens,
                completion_tokens=taken.completion_tokens,
                cost=float(taken.cost),
                seconds=float(taken.seconds),
            )
            for name, taken in sorted(self.taken.items())
        )


def figures_in(report: Report) -> tuple[ModelFigures, ...]:
    """Take the figures of models out of a report, and return them."""
    metric = report.pop(ANSWERS, None)
    return metric.figures() if isinstance(metric, AnswersMetric) else ()
