"""How far a figure may be off: its standard error, and an interval by drawing episodes anew."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from statistics import stdev
from typing import Any

from ..log.example_record import ExampleRecord
from .figure_sums import FigureSums, columns_of, drawn
from .success_figures import all_figures_of

MOST_DRAWS, FEWEST_DRAWS, EPISODES_DRAWN = 1000, 200, 500_000
"""Figures are computed of a thousand draws; where there are many episodes of fewer, as each takes its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureError:
    """A figure with what it may be off by. The examples of an episode are not independent, so episodes are drawn.

    Attributes:
        value: The figure.
        error: Its standard error; None where there are fewer than two episodes.
        low: The lower end of the interval that 95 of 100 such samples have the figure in; None likewise.
        high: The upper end.
        episodes: How many episodes it is of.
    """

    value: float
    error: float | None
    low: float | None
    high: float | None
    episodes: int

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "value": _finite(self.value),
            "error": _finite(self.error),
            "low": _finite(self.low),
            "high": _finite(self.high),
            "episodes": self.episodes,
        }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def errors_of(records: Iterable[ExampleRecord], task: str) -> dict[str, FigureError]:
    """Return each figure of a task with its error, by name. The same each time: what is drawn is seeded."""
    return {name: error_of(figure) for name, figure in all_figures_of(records, task).items()}


def error_of(figure: FigureSums) -> FigureError:
    """Return a figure with its error."""
    episodes = [figure.episodes[number] for number in sorted(figure.episodes)]
    value = figure.figure()
    if len(episodes) < 2 or not math.isfinite(value):
        return FigureError(value=value, error=None, low=None, high=None, episodes=len(episodes))
    columns = columns_of(episodes)
    values = draws(len(episodes), lambda places: figure.value(drawn(columns, places)))
    low, high = percentiles(values)
    error = stdev(values) if len(values) > 1 else None
    return FigureError(value=value, error=error, low=low, high=high, episodes=len(episodes))


def draws(count: int, figure: Callable[[Sequence[int]], float]) -> list[float]:
    """Return what a figure is of each of many draws of `count` places, with putting back."""
    chance = Random(0)  # noqa: S311 - a draw is no secret, and is to be the same each time
    times = max(FEWEST_DRAWS, min(MOST_DRAWS, EPISODES_DRAWN // count))
    values = (figure(chance.choices(range(count), k=count)) for _ in range(times))
    return [value for value in values if math.isfinite(value)]


def percentiles(values: Sequence[float]) -> tuple[float | None, float | None]:
    """Return the ends of the middle 95 per cent."""
    if not values:
        return None, None
    ordered = sorted(values)
    return _quantile(ordered, 0.025), _quantile(ordered, 0.975)


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
