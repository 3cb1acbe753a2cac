"""Metrics: what was measured, in a form that adds up to the same digit in whatever order it is added.

Sums are kept as exact fractions and rounded once, in `value()`, so that a thousand examples give the same figure
whether one process went through them or ten did. A number that is not finite makes its own figure NaN or infinite,
and no other one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from fractions import Fraction
from functools import total_ordering
from math import fsum, isfinite, nan
from numbers import Integral, Rational, Real
from typing import Any, ClassVar

from ...errors import MetricError

Number = int | float | Fraction

Report = dict[str, "Metric"]


@total_ordering
class Metric(ABC):
    """Something measured. Adding two of a kind gives what would have been measured by one who saw it all.

    Metrics never change; they compare with each other and with numbers by their values. `is_average` tells
    those that are averaged over tasks from those that are added.
    """

    __slots__ = ()

    is_average: ClassVar[bool] = False

    @abstractmethod
    def value(self) -> int | float:
        """Return the figure; NaN where nothing was measured."""

    @abstractmethod
    def __add__(self, other: Any) -> Metric:
        """Return the metric of both; raises `MetricError` if they are not of a kind."""

    def __radd__(self, other: Any) -> Metric:
        if other == 0:  # where sum() begins
            return self
        return NotImplemented

    def __float__(self) -> float:
        return float(self.value())

    def __int__(self) -> int:
        return int(self.value())

    def __round__(self, digits: int | None = None) -> int | float:
        return round(self.value(), digits)

    def __format__(self, spec: str) -> str:
        return format(self.value(), spec) if spec else str(self)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Metric):
            return self.value() == other.value()
        return self.value() == other if isinstance(other, int | float) else NotImplemented

    def __lt__(self, other: Metric | float) -> bool:
        return self.value() < (other.value() if isinstance(other, Metric) else other)

    def __hash__(self) -> int:
        return hash(self.value())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value()})"

    def __str__(self) -> str:
        value = self.value()
        return str(value) if isinstance(value, int) else f"{value:.4g}"

    def _refuse(self, other: object) -> MetricError:
        return MetricError(f"expected {type(self).__name__}s to be added to each other, got {other!r:.80}")


class SumMetric(Metric):
    """A total, such as how many examples there were.

    Args:
        total: What to begin with.

    Raises:
        MetricError: That is no number.
    """

    __slots__ = ("total",)

    def __init__(self, total: Number = 0) -> None:
        self.total = _exact(total)

    def value(self) -> int | float:
        return _plain(self.total)

    def __add__(self, other: Any) -> SumMetric:
        if not isinstance(other, SumMetric):
            raise self._refuse(other)
        return type(self)(self.total + other.total)


class AverageMetric(Metric):
    """A total over how many there were: added up, every one of them weighs the same.

    Args:
        numer: The total.
        denom: Over how many it is.

    Raises:
        MetricError: One of them is no number.
    """

    __slots__ = ("denom", "numer")

    is_average = True

    def __init__(self, numer: Number, denom: Number = 1) -> None:
        self.numer = _exact(numer)
        self.denom = _exact(denom)

    def value(self) -> float:
        return float(self.numer / self.denom) if self.denom else nan

    def __add__(self, other: Any) -> AverageMetric:
        if type(other) is not type(self):
            raise self._refuse(other)
        return type(self)(self.numer + other.numer, self.denom + other.denom)


class FixedMetric(Metric):
    """What is the same wherever it is measured, such as a learning rate.

    Args:
        value: The figure. Adding another one to it raises `MetricError`.
    """

    __slots__ = ("fixed",)

    def __init__(self, value: Number) -> None:
        self.fixed = value if type(value) in (int, float) else _plain(_exact(value))

    def value(self) -> int | float:
        return self.fixed  # type: ignore[return-value]  # one of the two, by the line above

    def __add__(self, other: Any) -> FixedMetric:
        if not isinstance(other, FixedMetric):
            raise self._refuse(other)
        if other.fixed != self.fixed and not (self.fixed != self.fixed and other.fixed != other.fixed):
            raise MetricError(f"expected the same value everywhere, as it is fixed, got {self} and {other}")
        return self


class MacroAverageMetric(Metric):
    """The average of several tasks' metrics, in which each task weighs the same.

    Args:
        parts: Each task's metric, by the task's name.
    """

    __slots__ = ("parts",)

    is_average = True

    def __init__(self, parts: Mapping[str, Metric]) -> None:
        self.parts = dict(parts)

    def value(self) -> float:
        return fsum(part.value() for part in self.parts.values()) / len(self.parts) if self.parts else nan

    def __add__(self, other: Any) -> MacroAverageMetric:
        if not isinstance(other, MacroAverageMetric):
            raise self._refuse(other)
        return MacroAverageMetric(add_reports(self.parts, other.parts))


def _exact(value: Any) -> Fraction | float:
    """Return a number exactly; one that is not finite as it is. Those of numpy and tensors of one are numbers."""
    kind = type(value)
    if kind is Fraction:
        return value  # type: ignore[no-any-return]  # just looked at
    if kind is int:
        return Fraction(value)
    if kind is float:
        return Fraction(value) if isfinite(value) else value
    if isinstance(value, Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    number = value if isinstance(value, Real) else _single(value)
    try:
        number = float(number)
    except (TypeError, ValueError, OverflowError):
        raise _no_number(value) from None
    return Fraction(number) if isfinite(number) else number


def _single(value: Any) -> Any:
    """Return the one number that an array or tensor holds."""
    item = getattr(value, "item", None)
    if isinstance(value, str | bytes) or not callable(item):
        raise _no_number(value)
    try:
        number = item()
    except (TypeError, ValueError, RuntimeError):
        raise _no_number(value) from None
    if not isinstance(number, Real):
        raise _no_number(value)
    return number


def _no_number(value: object) -> MetricError:
    return MetricError(f"expected a number to measure, got {value!r:.60}")


def _plain(number: Fraction | float) -> int | float:
    if isinstance(number, float):
        return number
    return int(number) if number.denominator == 1 else float(number)


def as_metric(value: Any, name: str = "") -> Metric:
    """Return a metric as it is, and a plain number of a report as what it can only be.

    A whole number counts something, so it adds up over copies and processes as a `SumMetric` does. Of any other
    number nobody knows whether it is a total, an average or the same everywhere: it is refused.

    Args:
        value: A metric or a number; one of numpy's is one, too.
        name: What it is called, for the message.

    Returns:
        The metric.

    Raises:
        MetricError: It is neither, or unclear.
    """
    if isinstance(value, Metric):
        return value
    where = f" as '{name}'" if name else ""
    if type(value) is bool:
        raise MetricError(f"expected a Metric or a whole number in a report{where}, got {value!r}")
    if isinstance(value, Integral):
        return SumMetric(int(value))
    if isinstance(value, Real):
        raise MetricError(
            f"expected a Metric in a report{where}, got {value!r:.60}: say SumMetric for a total, AverageMetric "
            "for an average over examples, FixedMetric for what is the same everywhere. Whole numbers are totals"
        )
    raise MetricError(f"expected a Metric or a whole number in a report{where}, got {value!r:.60}")


def add_reports(*reports: Mapping[str, Any]) -> Report:
    """Return one report of all that these copies measured."""
    added: Report = {}
    for report in reports:
        for name, value in report.items():
            known = added.get(name)
            metric = as_metric(value, name)
            added[name] = metric if known is None else known + metric
    return added


def aggregate_named_reports(named: Mapping[str, Mapping[str, Any]], micro_average: bool = False) -> Report:
    """Return one report over several tasks, `named` by the task.

    For each metric there is `TASK/NAME` and, over all tasks, `NAME`. What is added (examples) is their sum. What
    is averaged weighs each task the same as `macro/NAME`, and each example the same as `micro/NAME`; `NAME`
    alone is the macro average, or the micro average if so asked. A single task's report stays as it is.

    Args:
        named: Each task's report, by the task's name.
        micro_average: Whether `NAME` alone weighs each example the same, and not each task.

    Returns:
        Metrics by name; the overall ones come first.

    Raises:
        MetricError: Two tasks measure different kinds of thing under one name.
    """
    if len(named) == 1:
        return add_reports(*named.values())
    overall: Report = {}
    apart: Report = {}
    for name in dict.fromkeys(name for report in named.values() for name in report):
        parts = {task: as_metric(report[name], name) for task, report in named.items() if name in report}
        apart.update({f"{task}/{name}": part for task, part in parts.items()})
        total = _total(parts)
        if total is None:
            continue
        if total.is_average:
            macro = MacroAverageMetric(parts)
            apart |= {f"macro/{name}": macro, f"micro/{name}": total}
            overall[name] = total if micro_average else macro
        else:
            overall[name] = total
    return overall | apart


def _total(parts: Mapping[str, Metric]) -> Metric | None:
    """Add the tasks' metrics; None where each has its own fixed value, which has no meaning for all of them."""
    first, *others = parts.values()
    if isinstance(first, FixedMetric) and any(other != first for other in others):
        return None
    return sum(others, first)


def values_of(report: Mapping[str, Metric]) -> dict[str, int | float]:
    """Return a report as plain numbers, by name.

    Args:
        report: Metrics by name.

    Returns:
        A figure for each; NaN where nothing was measured.
    """
    return {name: metric.value() for name, metric in report.items()}
