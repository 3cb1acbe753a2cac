"""Figures as sums over episodes, of which others can be drawn: what errors and comparisons are made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ...core.metrics.metric_json import metric_from_json
from ...core.metrics.metrics import Metric
from ..log.example_record import ExampleRecord

Sums = tuple[float, ...]
"""What a figure is computed from, added up over examples."""


@dataclass(frozen=True, slots=True)
class FigureSums:
    """One figure of one task.

    Attributes:
        name: What it is called.
        episodes: The sums of each episode, by its number.
        value: Computes the figure of sums; NaN where nothing was measured.
    """

    name: str
    episodes: Mapping[int, Sums]
    value: Callable[[Sums], float]

    def figure(self) -> float:
        """Return the figure of all episodes together."""
        return self.value(added(self.episodes.values()))


def added(parts: Iterable[Sums]) -> Sums:
    """Return the sums of all parts together."""
    return tuple(map(math.fsum, zip(*parts, strict=True)))


def figures_of(records: Iterable[ExampleRecord], task: str) -> dict[str, FigureSums]:
    """Return the figures of a task that are averages of some kind, by name. Totals have no error."""
    episodes: dict[str, dict[int, Sums]] = {}
    kinds: dict[str, str] = {}
    for record in records:
        if record.key.task != task or record.failure is not None:
            continue
        for name, written in record.measured.items():
            sums = _sums(written)
            if sums is None:
                continue
            kinds[name] = written["kind"]
            its = episodes.setdefault(name, {})
            known = its.get(record.key.episode)
            its[record.key.episode] = sums if known is None else added((known, sums))
    return {name: FigureSums(name, its, _VALUES[kinds[name]]) for name, its in episodes.items()}


def ratio_of(name: str, episodes: Mapping[int, Sums]) -> FigureSums:
    """Return a figure that is a sum over episodes, divided by another one."""
    return FigureSums(name, episodes, _ratio)


def _sums(written: Mapping[str, Any]) -> Sums | None:
    kind = written["kind"]
    if kind in ("average", "perplexity"):
        return _number(written["numer"]), _number(written["denom"])
    if kind == "bleu":
        whole = [*written["correct"], *written["total"], written["length"], written["reference_length"]]
        return tuple(map(float, whole))
    if kind == "chrf":
        return tuple(float(count) for counts in written["counts"] for count in counts)
    return None


def _number(written: int | float | str) -> float:
    return float(Fraction(written)) if isinstance(written, str) and "/" in written else float(written)


def _ratio(sums: Sums) -> float:
    return sums[0] / sums[1] if sums[1] else math.nan


def _perplexity(sums: Sums) -> float:
    return math.exp(min(_ratio(sums), 700.0))


def _bleu(sums: Sums) -> float:
    order = (len(sums) - 2) // 2
    counts = [round(each) for each in sums]
    return _value(
        {
            "kind": "bleu",
            "correct": counts[:order],
            "total": counts[order : 2 * order],
            "length": counts[-2],
            "reference_length": counts[-1],
        }
    )


def _chrf(sums: Sums) -> float:
    counts = [round(each) for each in sums]
    return _value({"kind": "chrf", "counts": [counts[start : start + 3] for start in range(0, len(counts), 3)]})


def _value(written: Mapping[str, Any]) -> float:
    metric: Metric = metric_from_json(written)
    return float(metric.value())


_VALUES: Mapping[str, Callable[[Sums], float]] = {
    "average": _ratio,
    "perplexity": _perplexity,
    "bleu": _bleu,
    "chrf": _chrf,
}


Columns = Sequence[tuple[float, ...] | float]
"""The sums of episodes, each kind of sum by itself, in the order of the episodes; one number where all have it."""


def columns_of(episodes: Iterable[Sums]) -> Columns:
    """Return the sums of episodes in columns, of which many draws can be made."""
    return tuple(column if len(set(column)) > 1 else float(column[0]) for column in zip(*episodes, strict=True))


def drawn(columns: Columns, places: Sequence[int]) -> Sums:
    """Return the sums of the episodes at these places, some of them several times."""
    return tuple(
        column * len(places) if isinstance(column, float) else math.fsum(map(column.__getitem__, places))
        for column in columns
    )
