"""BLEU, as the package sacrebleu counts it (extra `metrics`)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Self

from ...errors import MissingExtra
from .metrics import Metric

LENGTHS = 4


class BleuMetric(Metric):
    """BLEU of everything that was said, from 0 to 1: counts of word sequences are added, and rated at the end.

    `compute` measures one answer.

    Args:
        correct: How many sequences of one, two, three and four words were right; fewer for BLEU-1 to 3.
        total: How many sequences of these lengths there were.
        length: How many words were said.
        reference_length: How many words the right answers have.
    """

    __slots__ = ("correct", "length", "reference_length", "total")

    is_average = True

    def __init__(self, correct: Sequence[int], total: Sequence[int], length: int, reference_length: int) -> None:
        self.correct = tuple(correct)
        self.total = tuple(total)
        self.length = length
        self.reference_length = reference_length

    @classmethod
    def compute(cls, guess: str, answers: Sequence[str]) -> Self:
        """Count one answer. Raises `MissingExtra` where sacrebleu is not installed."""
        score = _counter().sentence_score(guess, list(answers))
        return cls(score.counts, score.totals, score.sys_len, score.ref_len)

    def value(self) -> float:
        score = _counter().compute_bleu(
            list(self.correct),
            list(self.total),
            self.length,
            self.reference_length,
            smooth_method="exp",
            max_ngram_order=len(self.total),
        )
        return float(score.score) / 100

    def of_order(self, n: int) -> BleuMetric:
        """Return BLEU by sequences of up to `n` words."""
        return BleuMetric(self.correct[:n], self.total[:n], self.length, self.reference_length)

    def __add__(self, other: Any) -> BleuMetric:
        if not isinstance(other, BleuMetric):
            raise self._refuse(other)
        return BleuMetric(
            [mine + its for mine, its in zip(self.correct, other.correct, strict=True)],
            [mine + its for mine, its in zip(self.total, other.total, strict=True)],
            self.length + other.length,
            self.reference_length + other.reference_length,
        )


@cache
def _counter() -> Any:
    try:
        from sacrebleu.metrics.bleu import BLEU  # type: ignore[import-not-found,import-untyped,unused-ignore]  # an extra
    except ImportError as error:
        raise MissingExtra("the metric bleu", "metrics") from error
    return BLEU(max_ngram_order=LENGTHS, effective_order=True)
