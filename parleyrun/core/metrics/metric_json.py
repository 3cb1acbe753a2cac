"""Metrics as JSON and back, to the last digit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from fractions import Fraction
from math import isfinite
from typing import Any

from ...errors import MetricError
from .bleu import BleuMetric
from .metrics import AverageMetric, FixedMetric, Metric, Number, SumMetric
from .model_metrics import PerplexityMetric
from .overlap_metrics import ChrfMetric
from .text_metrics import DistinctMetric

_KIND = "kind"


def metric_to_json(metric: Metric) -> dict[str, Any]:
    """Return a metric as plain values, of which `metric_from_json` makes one that adds up as this one does.

    Args:
        metric: A sum, an average, a fixed value, perplexity, BLEU, chrF or distinct; subclasses of the first
            three become one of those.

    Returns:
        A mapping with `kind`, and what that kind is made of.

    Raises:
        MetricError: It is of another class.
    """
    if isinstance(metric, AverageMetric):
        kind = "perplexity" if isinstance(metric, PerplexityMetric) else "average"
        return {_KIND: kind, "numer": _written(metric.numer), "denom": _written(metric.denom)}
    if isinstance(metric, SumMetric):
        return {_KIND: "sum", "total": _written(metric.total)}
    if isinstance(metric, FixedMetric):
        return {_KIND: "fixed", "value": _written(metric.fixed)}
    if type(metric) is BleuMetric:
        return {
            _KIND: "bleu",
            "correct": list(metric.correct),
            "total": list(metric.total),
            "length": metric.length,
            "reference_length": metric.reference_length,
        }
    if type(metric) is ChrfMetric:
        return {_KIND: "chrf", "counts": [list(each) for each in metric.counts]}
    if type(metric) is DistinctMetric:
        return {_KIND: "distinct", "counts": [[list(words), times] for words, times in metric.counts.items()]}
    raise MetricError(
        f"expected a metric that can be written as JSON (a SumMetric, AverageMetric, FixedMetric, or one of them "
        f"with a name of its own), got a {type(metric).__name__}"
    )


def metric_from_json(value: Mapping[str, Any]) -> Metric:
    """Return the metric that `metric_to_json` gave this of.

    Args:
        value: A mapping with `kind`.

    Returns:
        The metric.

    Raises:
        MetricError: It is no such mapping.
    """
    try:
        return _MAKERS[value[_KIND]](value)
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise MetricError(f"expected a metric as JSON, got {value!r:.80}") from error


def _written(number: Number) -> int | float | str:
    """Return a whole number as it is, and any other so that no digit is lost: JSON has no word for NaN."""
    if isinstance(number, Fraction):
        return number.numerator if number.denominator == 1 else str(number)
    if isinstance(number, int):
        return number
    return number if isfinite(number) else str(number)


def _read(written: int | float | str) -> Number:
    if isinstance(written, str):
        return Fraction(written) if "/" in written else float(written)
    return written


_MAKERS: dict[str, Callable[[Mapping[str, Any]], Metric]] = {
    "average": lambda value: AverageMetric(_read(value["numer"]), _read(value["denom"])),
    "perplexity": lambda value: PerplexityMetric(_read(value["numer"]), _read(value["denom"])),
    "chrf": lambda value: ChrfMetric(value["counts"]),
    "sum": lambda value: SumMetric(_read(value["total"])),
    "fixed": lambda value: FixedMetric(_read(value["value"])),
    "bleu": lambda value: BleuMetric(value["correct"], value["total"], value["length"], value["reference_length"]),
    "distinct": lambda value: DistinctMetric(Counter({tuple(words): times for words, times in value["counts"]})),
}
