"""What a model itself tells of an answer: how likely it took the right one to be."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Self

from ...errors import MetricError
from .metrics import AverageMetric, Metric

LOGPROBS, TOKENS_RIGHT, METRICS = "label_logprobs", "label_tokens_right", "metrics"
"""Keys of an act: the natural logarithm of how likely each token of the right answer was; whether each was the
likeliest one; and metrics by name."""


class PerplexityMetric(AverageMetric):
    """Perplexity: e to the average loss of a token.

    `compute` measures one answer.

    Args:
        numer: The loss of all tokens together, in nats.
        denom: How many tokens there are.
    """

    __slots__ = ()

    @classmethod
    def compute(cls, logprobs: Sequence[float]) -> Self:
        """Measure one answer, of whose tokens the natural logarithms of how likely they were are given."""
        return cls(-math.fsum(logprobs), len(logprobs))

    def value(self) -> float:
        loss = super().value()
        return math.exp(loss) if loss < 700 else math.inf


def metrics_in(act: Mapping[str, Any]) -> dict[str, Metric]:
    """Return what an act says of itself, by name.

    A metric in `metrics` is taken as it is; a plain number there is the figure of this one answer, and averaged.
    `label_logprobs` gives `ppl`, and `label_tokens_right` gives `token_acc`.

    Args:
        act: An answer.

    Returns:
        The metrics.

    Raises:
        MetricError: One of these holds something else.
    """
    found: dict[str, Metric] = {}
    told = act.get(METRICS) or {}
    if not isinstance(told, Mapping):
        raise MetricError(f"expected metrics by name at {METRICS} of an act, got {told!r:.60}")
    for name, value in told.items():
        found[str(name)] = value if isinstance(value, Metric) else AverageMetric(value)
    try:
        if act.get(LOGPROBS):
            found["ppl"] = PerplexityMetric.compute(act[LOGPROBS])
        if act.get(TOKENS_RIGHT):
            right = [bool(each) for each in act[TOKENS_RIGHT]]
            found["token_acc"] = AverageMetric(sum(right), len(right))
    except (TypeError, ValueError) as error:  # of an array of several nobody can say whether it is true
        raise MetricError(f"expected lists at {LOGPROBS} and {TOKENS_RIGHT} of an act: {error}") from None
    return found
