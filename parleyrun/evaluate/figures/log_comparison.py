"""Two evaluations of the same examples side by side: how their figures differ, and in which examples."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import getitem
from random import Random
from typing import Any

from ...core.metrics.metric_json import metric_from_json
from ...errors import TaskError
from ..log.evaluation_log import LogContent
from ..log.example_record import ExampleKey, ExampleRecord
from ..log.judge_verdict import FIGURE
from ..scores_by_task import in_order
from .figure_errors import draws, percentiles
from .figure_sums import FigureSums, Sums, added, columns_of, drawn
from .success_figures import all_figures_of

SWAPS = 2000


ACCURACY = "accuracy"
_COUNTS = ("exs", "turns")
"""They say how much there was, not how good it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureDifference:
    """One figure in two evaluations, over the examples that both have.

    Attributes:
        task: Whose figure it is.
        name: What it is called.
        first: The figure in the first one.
        second: The figure in the second one.
        low: The lower end of the interval of the difference (95 of 100); None with fewer than two episodes.
        high: The upper end.
        p: How often a difference so large comes about where there is none: of random swaps of whole episodes.
        episodes: How many episodes both have.
    """

    task: str
    name: str
    first: float
    second: float
    low: float | None
    high: float | None
    p: float | None
    episodes: int

    @property
    def difference(self) -> float:
        """The second less the first."""
        return self.second - self.first


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedExample:
    """An example whose figure differs, with what both answered.

    Attributes:
        first: The record of the first evaluation.
        second: That of the second one.
        before: The figure of this example in the first one.
        after: That in the second one.
    """

    first: ExampleRecord
    second: ExampleRecord
    before: float
    after: float

    @property
    def key(self) -> ExampleKey:
        """Which example it is."""
        return self.first.key


class LogComparison:
    """Compares two logs by the examples that both have, and that went well in both.

    Args:
        first: One of them.
        second: The other one.

    Raises:
        TaskError: They have no example in common, or not the same words where they have the same number.
    """

    def __init__(self, first: LogContent, second: LogContent) -> None:
        self._pairs: dict[ExampleKey, tuple[ExampleRecord, ExampleRecord]] = {}
        for record in first.in_order():
            other = second.records.get(record.key)
            if other is None or record.failure is not None or other.failure is not None:
                continue
            if other.asked != record.asked:
                raise TaskError(
                    f"expected the same examples in both logs, got other words in {record.key.in_words()}"
                )
            self._pairs[record.key] = (record, other)
        if not self._pairs:
            raise TaskError(f"expected examples that both logs have, got none in {first.path} and {second.path}")
        self.tasks = tuple(dict.fromkeys(key.task for key in self._pairs))

    @property
    def examples(self) -> int:
        """How many examples both have."""
        return len(self._pairs)

    def differences(self) -> list[FigureDifference]:
        """Return how each figure differs, task by task."""
        return [each for task in self.tasks for each in self._of_task(task)]

    def figures_of_examples(self) -> list[str]:
        """Return the names of the figures that examples have in both, first what says most of an answer."""
        names: set[str] = set()
        for first, second in self._pairs.values():
            names |= first.measured.keys() & second.measured.keys()
        return sorted(
            in_order(names), key=lambda name: (name != ACCURACY, name in _COUNTS, name.startswith(FIGURE))
        )

    def changed(self, name: str) -> Iterator[ChangedExample]:
        """Yield the examples for which a figure of this name differs, in the order of the data."""
        for first, second in self._pairs.values():
            before, after = _figure(first, name), _figure(second, name)
            if before is not None and after is not None and before != after:
                yield ChangedExample(first=first, second=second, before=before, after=after)

    def _of_task(self, task: str) -> Iterator[FigureDifference]:
        firsts = all_figures_of((first for first, _ in self._pairs.values()), task)
        seconds = all_figures_of((second for _, second in self._pairs.values()), task)
        for name in in_order(firsts.keys() & seconds.keys()):
            found = _difference(task, firsts[name], seconds[name])
            if found is not None:
                yield found


def _difference(task: str, first: FigureSums, second: FigureSums) -> FigureDifference | None:
    """Return how a figure differs; None if no episode has it in both."""
    numbers = sorted(first.episodes.keys() & second.episodes.keys())
    if not numbers:
        return None
    mine, its = [first.episodes[n] for n in numbers], [second.episodes[n] for n in numbers]
    low, high, p = None, None, None
    if len(numbers) > 1:
        columns, its_columns = columns_of(mine), columns_of(its)
        [values] = draws(
            len(numbers),
            lambda places: second.value(drawn(its_columns, places)) - first.value(drawn(columns, places)),
        )
        low, high = percentiles(values)
        p = _chance_of(mine, its, first.value)
    return FigureDifference(
        task=task,
        name=first.name,
        first=first.value(added(mine)),
        second=second.value(added(its)),
        low=low,
        high=high,
        p=p,
        episodes=len(numbers),
    )


def _chance_of(mine: Sequence[Sums], its: Sequence[Sums], value: Any) -> float:
    """Return how often a difference is as large when it is left to chance whose each episode is."""
    found = abs(value(added(its)) - value(added(mine)))
    chance = Random(0)  # noqa: S311 - as for draws
    differing = [place for place, (one, other) in enumerate(zip(mine, its, strict=True)) if one != other]
    if not differing:
        return 1.0
    times = max(200, min(SWAPS, 1_000_000 // len(differing)))
    same_mine = [one for place, one in enumerate(mine) if one == its[place]]
    rest = added(same_mine) if same_mine else tuple(0.0 for _ in mine[0])
    pairs = [(mine[place], its[place]) for place in differing]
    turned = [(other, one) for one, other in pairs]
    as_large = 0
    for _ in range(times):
        lots = chance.getrandbits(len(differing))
        swapped = [*map(int, reversed(f"{lots:0{len(differing)}b}"))]
        left = added((rest, *map(getitem, pairs, swapped)))
        right = added((rest, *map(getitem, turned, swapped)))
        difference = abs(value(right) - value(left))
        as_large += not difference < found - 1e-12
    return (as_large + 1) / (times + 1)


def _figure(record: ExampleRecord, name: str) -> float | None:
    written: Mapping[str, Any] | None = record.measured.get(name)
    if written is None:
        return None
    value = float(metric_from_json(written).value())
    return None if math.isnan(value) else value
