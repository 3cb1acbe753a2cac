"""How far raters agree: per cent, Cohen's kappa, Krippendorff's alpha, with intervals by drawing episodes anew."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .figure_errors import draws, percentiles

RatedValue = Any
"""A number on a scale, or a label."""

Unit = Sequence[RatedValue]
"""What raters said of one thing, those who said anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementFigure:
    """How far raters agree.

    Attributes:
        name: `agreement`, `kappa` or `alpha`.
        value: The figure; None where nobody can say.
        low: The lower end of its interval (95 of 100); None with fewer than two episodes.
        high: The upper end.
        units: Of how many answers it is.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    units: int


def per_cent_agreement(pairs: Sequence[tuple[RatedValue, RatedValue]]) -> float:
    """Return the share of pairs that are the same, 0 to 1; NaN of none."""
    return sum(one == other for one, other in pairs) / len(pairs) if pairs else math.nan


def cohens_kappa(pairs: Sequence[tuple[RatedValue, RatedValue]], *, is_scale: bool = False) -> float:
    """Return Cohen's kappa: agreement beyond what is left to chance.

    Args:
        pairs: What two raters said of each thing.
        is_scale: Whether values are numbers, of which near ones agree nearly: weights are squares of differences.

    Returns:
        At most 1; NaN where there are no pairs, or both always said the same one thing.
    """
    count = len(pairs)
    ones, others = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    apart = _squares if is_scale else _unlike
    seen = math.fsum(apart(one, other) * times for (one, other), times in Counter(pairs).items())
    by_chance = (
        math.fsum(
            apart(one, other) * times * other_times / count
            for one, times in ones.items()
            for other, other_times in others.items()
        )
        if count
        else 0.0
    )
    return 1 - seen / by_chance if by_chance else math.nan


def krippendorffs_alpha(units: Iterable[Unit], *, is_scale: bool = False) -> float:
    """Return Krippendorff's alpha, for any number of raters, of whom some may have said nothing.

    Args:
        units: What raters said of each thing. Things of which one rater or none said anything do not count.
        is_scale: Whether values are numbers on an interval scale; else they are labels.

    Returns:
        At most 1; NaN where no two raters said anything of the same thing, or all said the same one thing.
    """
    paired = [tuple(unit) for unit in units if len(unit) > 1]
    totals: Counter[Hashable] = Counter(value for unit in paired for value in unit)
    count = sum(totals.values())
    apart = _squares if is_scale else _unlike
    seen = math.fsum(
        apart(one, other) * times * other_times * alike / (len(unit) - 1)
        for unit, alike in Counter(paired).items()  # few are unlike all others, and this is drawn a thousand times
        for one, times in Counter(unit).items()
        for other, other_times in Counter(unit).items()
    )
    expected = math.fsum(
        apart(one, other) * times * other_times
        for one, times in totals.items()
        for other, other_times in totals.items()
    )
    return 1 - (count - 1) * seen / expected if expected else math.nan


def agreement_figure(
    name: str, episodes: Sequence[Sequence[Any]], figure: Callable[[Sequence[Any]], float]
) -> AgreementFigure:
    """Return a figure with its interval.

    Args:
        name: What it is called.
        episodes: What was said of the answers of each episode.
        figure: Computes it of all of them together.
    """
    value = figure([each for episode in episodes for each in episode])
    low, high = None, None
    if len(episodes) > 1 and math.isfinite(value):
        [values] = draws(
            len(episodes), lambda places: figure([each for place in places for each in episodes[place]])
        )
        low, high = percentiles(values)
    units = sum(map(len, episodes))
    return AgreementFigure(
        name=name, value=value if math.isfinite(value) else None, low=low, high=high, units=units
    )


def _unlike(one: Any, other: Any) -> float:
    return float(one != other)


def _squares(one: Any, other: Any) -> float:
    return float((one - other) ** 2)
