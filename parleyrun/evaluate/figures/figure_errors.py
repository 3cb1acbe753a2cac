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
    figures = all_figures_of(records, task)
    of_draws: dict[str, list[float]] = {}
    by_count: dict[int, dict[str, OfDraw]] = {}
    for name, figure in figures.items():
        count = len(figure.episodes)
        if count > 1 and math.isfinite(figure.figure()):
            by_count.setdefault(count, {})[name] = _of_draw(figure)
    for count, its in by_count.items():  # drawn once for all that are of as many episodes
        of_draws |= zip(its, draws(count, *its.values()), strict=True)
    return {name: _error(figure, of_draws.get(name)) for name, figure in figures.items()}


OfDraw = Callable[[Sequence[int]], float]
"""What a figure is of the episodes at these places."""


def _of_draw(figure: FigureSums) -> OfDraw:
    columns = columns_of(figure.episodes[number] for number in sorted(figure.episodes))
    return lambda places: figure.value(drawn(columns, places))


def _error(figure: FigureSums, values: list[float] | None) -> FigureError:
    low, high = percentiles(values or ())
    return FigureError(
        value=figure.figure(),
        error=stdev(values) if values is not None and len(values) > 1 else None,
        low=low,
        high=high,
        episodes=len(figure.episodes),
    )


def draws(count: int, *figures: OfDraw) -> list[list[float]]:
    """Return what each figure is of each of many draws of `count` places, with putting back."""
    chance = Random(0)  # noqa: S311 - a draw is no secret, and is to be the same each time
    times = max(FEWEST_DRAWS, min(MOST_DRAWS, EPISODES_DRAWN // count))
    found: list[list[float]] = [[] for _ in figures]
    for _ in range(times):
        places = chance.choices(range(count), k=count)
        for values, figure in zip(found, figures, strict=True):
            value = figure(places)
            if math.isfinite(value):
                values.append(value)
    return found


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
