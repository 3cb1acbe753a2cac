"""Families of metrics: what Prometheus reads of one name, by the values of its labels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeVar

from ...errors import MissingExtra
from ...service.measures.distribution import Spread

try:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
    from prometheus_client.metrics_core import Metric
except ImportError as error:
    raise MissingExtra("metrics: true", "metrics") from error

L = TypeVar("L", bound=tuple[str, ...])

_PREFIX = "parleyrun_"


def counter(name: str, text: str, labels: tuple[str, ...], values: Mapping[L, float]) -> Metric:
    """Return what only grows, by the values of labels."""
    family = CounterMetricFamily(_PREFIX + name, text, labels=labels)
    for at, value in values.items():
        family.add_metric(at, value)
    return family


def gauge(name: str, text: str, labels: tuple[str, ...], values: Mapping[L, float]) -> Metric:
    """Return what is so now, by the values of labels."""
    family = GaugeMetricFamily(_PREFIX + name, text, labels=labels)
    for at, value in values.items():
        family.add_metric(at, value)
    return family


def one(name: str, text: str, value: float) -> Metric:
    """Return what is so now, without labels."""
    return GaugeMetricFamily(_PREFIX + name, text, value=value)


def histogram(name: str, text: str, spreads: Mapping[L, Spread], *labels: str) -> Metric:
    """Return how many were how large, by the values of labels."""
    family = HistogramMetricFamily(_PREFIX + name, text, labels=labels)
    for at, spread in spreads.items():
        buckets = [("+Inf" if math.isinf(bound) else repr(bound), float(count)) for bound, count in spread.up_to]
        family.add_metric(at, buckets, spread.total)
    return family
