"""How an answer in words compares with the right ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Self

from .metrics import AverageMetric, Metric
from .normal_words import words_of


def is_exact(guess: str, answers: Iterable[str]) -> bool:
    """Return whether the guess has the same words as one of the answers, in the same order."""
    words = words_of(guess)
    return bool(words) and any(words == words_of(answer) for answer in answers)


def f1(guess: str, answers: Iterable[str]) -> float:
    """Return how far the words overlap with the nearest answer's: 2 × common / (of the guess + of the answer)."""
    words = words_of(guess)
    return max((_overlap(words, words_of(answer)) for answer in answers), default=0.0)


def _overlap(guess: Sequence[str], answer: Sequence[str]) -> float:
    common = (Counter(guess) & Counter(answer)).total()
    return 2 * common / (len(guess) + len(answer)) if common else 0.0


def precision_and_recall(guess: str, answers: Iterable[str]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return how many of the guess's words are right, and how many of the answer's are there, each of how many.

    The answer is the one with which most overlaps (by F1); of several the first.
    """
    words = words_of(guess)
    nearest = max((words_of(answer) for answer in answers), key=lambda answer: _overlap(words, answer), default=())
    common = (Counter(words) & Counter(nearest)).total()
    return (common, len(words)), (common, len(nearest))


def rank_of(answers: Iterable[str], ranked: Iterable[str]) -> int | None:
    """Return the place, counted from 1, of the first candidate with an answer's words; None if there is none."""
    right = {words_of(answer) for answer in answers}
    return next((place for place, candidate in enumerate(ranked, 1) if words_of(candidate) in right), None)


class ExactMatchMetric(AverageMetric):
    """How many answers have the same words as a right one.

    `compute` measures one answer.

    Args:
        numer: The total.
        denom: Over how many it is.
    """

    __slots__ = ()

    @classmethod
    def compute(cls, guess: str, answers: Iterable[str]) -> Self:
        return cls(int(is_exact(guess, answers)))


class F1Metric(AverageMetric):
    """How far the words of answers overlap with those of right ones, on average.

    `compute` measures one answer.

    Args:
        numer: The total.
        denom: Over how many it is.
    """

    __slots__ = ()

    @classmethod
    def compute(cls, guess: str, answers: Iterable[str]) -> Self:
        return cls(f1(guess, answers))


class HitsAtMetric(AverageMetric):
    """How many rankings have a right answer among their first few candidates.

    `compute` measures one answer.

    Args:
        numer: The total.
        denom: Over how many it is.
    """

    __slots__ = ()

    @classmethod
    def compute(cls, ranked: Sequence[str], answers: Sequence[str], k: int) -> Self:
        return cls(int(rank_of(answers, ranked[:k]) is not None))


class DistinctMetric(Metric):
    """How many of all sequences of n words, over everything that was said, are different ones.

    `compute` measures one text.

    Args:
        counts: How often each sequence of words was said.
    """

    __slots__ = ("counts",)

    is_average = True

    def __init__(self, counts: Counter[tuple[str, ...]]) -> None:
        self.counts = counts

    @classmethod
    def compute(cls, text: str, n: int) -> Self:
        return cls(Counter(sequences(text.lower().split(), n)))

    def value(self) -> float:
        total = self.counts.total()
        return len(self.counts) / total if total else 0.0

    def __add__(self, other: Any) -> DistinctMetric:
        if not isinstance(other, DistinctMetric):
            raise self._refuse(other)
        return DistinctMetric(self.counts + other.counts)


def sequences(words: Sequence[str], n: int) -> Iterable[tuple[str, ...]]:
    """Return all sequences of n words that follow each other."""
    return zip(*(words[start:] for start in range(n)), strict=False)
