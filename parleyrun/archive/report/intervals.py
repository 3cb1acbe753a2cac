"""Means and shares, with the interval in which 95 of 100 such studies would have them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from ...errors import MissingExtra

RESAMPLES = 2_000
_AT_ONCE = 100
_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean or a share, of `count` numbers. `low` and `high` are None where there are too few for an interval."""

    count: int
    value: float
    low: float | None
    high: float | None


def share_of(numbers: Sequence[float]) -> Estimate:
    """Return the share of ones among zeros and ones, with Wilson's score interval.

    With n numbers, share p and z = 1.96 that is (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n).
    """
    n = len(numbers)
    p = sum(numbers) / n
    middle = p + _Z**2 / (2 * n)
    half = _Z * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
    whole = 1 + _Z**2 / n
    # Rounding would put an end on the wrong side of the share where all have chosen something, or nobody.
    low, high = min(p, (middle - half) / whole), max(p, (middle + half) / whole)
    return Estimate(count=n, value=p, low=max(0.0, low), high=min(1.0, high))


def mean_of(numbers: Sequence[float]) -> Estimate:
    """Return the mean, with the percentile interval of 2,000 bootstrap resamples, the same ones each time.

    Raises:
        MissingExtra: NumPy, which comes with the extra `report`, is not installed.
    """
    try:
        import numpy
    except ModuleNotFoundError:
        raise MissingExtra("a report", "report") from None
    n = len(numbers)
    value = math.fsum(numbers) / n
    if n < 2:
        return Estimate(count=n, value=value, low=None, high=None)
    # How often each value comes in a resample is all that its mean depends on.
    values, counts = numpy.unique(numpy.asarray(numbers, dtype=float), return_counts=True)
    lots = numpy.random.default_rng(0)
    means = numpy.concatenate(
        [lots.multinomial(n, counts / n, size=_AT_ONCE) @ values / n for _ in range(RESAMPLES // _AT_ONCE)]
    )
    low, high = numpy.percentile(means, [2.5, 97.5])
    # The mean is never outside: neither by rounding, where all are alike, nor where a few are far from the rest.
    return Estimate(count=n, value=value, low=min(value, float(low)), high=max(value, float(high)))
