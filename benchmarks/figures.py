"""Figures: what a measurement found, what was promised, and the table of both."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. `at_most` or `at_least` is the target; a number without either only explains others."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One figure over all repetitions: the median is what counts."""

    measurement: str
    name: str
    unit: str
    at_most: float | None
    at_least: float | None
    values: tuple[float, ...]

    @property
    def value(self) -> float:
        return median(self.values)

    @property
    def verdict(self) -> str:
        if self.at_most is None and self.at_least is None:
            return ""
        low_enough = self.at_most is None or self.value <= self.at_most
        high_enough = self.at_least is None or self.value >= self.at_least
        return "pass" if low_enough and high_enough else "MISS"

    @property
    def target(self) -> str:
        if self.at_most is not None:
            return f"<= {_number(self.at_most)} {self.unit}"
        return "" if self.at_least is None else f">= {_number(self.at_least)} {self.unit}"


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that so many percent of all values do not exceed; NaN if there are none."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def rows_of(measurement: str, repetitions: Iterable[Sequence[Figure]]) -> list[Row]:
    """Put the same figure of every repetition into one row, in the order of the first."""
    found: dict[str, list[Figure]] = {}
    for figures in repetitions:
        for figure in figures:
            found.setdefault(figure.name, []).append(figure)
    return [
        Row(
            measurement,
            name,
            same[0].unit,
            same[0].at_most,
            same[0].at_least,
            tuple(figure.value for figure in same),
        )
        for name, same in found.items()
    ]


def table(rows: Sequence[Row]) -> str:
    """Lay the rows out as plain text: the median, then lowest to highest, then the target."""
    head = ("measurement", "figure", "median", "lowest - highest", "target", "")
    cells = [head]
    for row in rows:
        spread = f"{_number(min(row.values))} - {_number(max(row.values))}" if len(row.values) > 1 else ""
        value = f"{_number(row.value)} {row.unit}"
        cells.append((row.measurement, row.name, value, spread, row.target, row.verdict))
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths).rstrip())
    return "\n".join(lines)


def _number(value: float) -> str:
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
