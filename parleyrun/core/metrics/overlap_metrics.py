"""ROUGE, chrF and the BLEU of sentences: how far sequences of words or letters overlap with the right ones."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any, Self

from .metrics import AverageMetric, Metric
from .normal_words import normal_form, plain_words
from .text_metrics import sequences

_NO_WORD = re.compile(r"[^a-z0-9]+")
_NO_UNICODE_WORD = re.compile(r"[\W_]+")

CHARACTERS = 6
"""How long the sequences of letters are that chrF looks at, at most."""

_BETA = 2
_EPSILON = 1e-12
"""What stands for no sequence at all, as ParlAI has it."""


def rouge_words(text: str) -> list[str]:
    """Return the words as the package rouge-score splits them; letters of all languages are letters here."""
    form = normal_form(text)
    return (_NO_WORD if form.isascii() else _NO_UNICODE_WORD).sub(" ", form).split()


class RougeMetric(AverageMetric):
    """ROUGE-1, ROUGE-2 or ROUGE-L of answers, as F1, on average.

    `compute` measures one answer, by the right one that is nearest to it.

    Args:
        numer: The total.
        denom: Over how many it is.
    """

    __slots__ = ()

    @classmethod
    def compute(cls, guess: str, answers: Iterable[str], kind: int | str) -> Self:
        """Measure one answer; `kind` is how long the sequences of words are, or `L` for the longest in common."""
        words = rouge_words(guess)
        return cls(max((_rouge(words, rouge_words(answer), kind) for answer in answers), default=0.0))


def _rouge(guess: Sequence[str], answer: Sequence[str], kind: int | str) -> float:
    if isinstance(kind, int):
        said, right = Counter(sequences(guess, kind)), Counter(sequences(answer, kind))
        return f_measure((said & right).total(), said.total(), right.total())
    return f_measure(_longest_in_common(guess, answer), len(guess), len(answer))


def f_measure(common: int, said: int, right: int) -> float:
    """Return F1 where so many are in common, of so many that were said and so many that are right."""
    if not common:
        return 0.0
    precision, recall = common / said, common / right
    return 2 * precision * recall / (precision + recall)


def _longest_in_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how long the longest sequence is that both have, with anything between its words."""
    before = [0] * (len(other) + 1)
    for word in one:
        row = [0]
        for place, its in enumerate(other, 1):
            row.append(before[place - 1] + 1 if word == its else max(before[place], row[-1]))
        before = row
    return before[-1]


class SentenceBleuMetric(AverageMetric):
    """The BLEU of each answer by itself, on average, as ParlAI counts it. It is lower than BLEU over everything.

    `compute` measures one answer.

    Args:
        numer: The total.
        denom: Over how many it is.
    """

    __slots__ = ()

    @classmethod
    def compute(cls, guess: str, answers: Iterable[str], k: int = 4) -> Self:
        """Measure one answer, by sequences of up to `k` words."""
        return cls.of_orders(guess, answers, k)[-1]

    @classmethod
    def of_orders(cls, guess: str, answers: Iterable[str], k: int = 4) -> list[Self]:
        """Measure one answer, by sequences of up to 1 word, of up to 2, … of up to `k`: they are counted once."""
        # A text without words is one empty word in ParlAI.
        words = plain_words(guess) or [""]
        return [*map(cls, _sentence_bleus(words, [plain_words(one) or [""] for one in answers], k))]


def _sentence_bleus(guess: Sequence[str], answers: Sequence[Sequence[str]], k: int) -> list[float]:
    logs = []
    for n in range(1, k + 1):
        said = Counter(sequences(guess, n))
        first, *others = [Counter(sequences(answer, n)) for answer in answers] or [Counter()]
        right = (said & reduce(or_, others, first)).total()
        if n == 1 and not right:
            return [0.0] * k
        logs.append(math.log((right or _EPSILON) / max(1, said.total())))
    length = min((len(answer) for answer in answers), key=lambda each: (abs(each - len(guess)), each))
    penalty = 1.0 if len(guess) > length else math.exp(1 - length / len(guess))
    return [penalty * math.exp(math.fsum(each / n for each in logs[:n])) for n in range(1, k + 1)]


class ChrfMetric(Metric):
    """chrF of everything that was said, from 0 to 1: sequences of letters are counted, and rated at the end.

    `compute` measures one answer.

    Args:
        counts: For each length how many sequences were said, how many are right, and how many of both there are.
    """

    __slots__ = ("counts",)

    is_average = True

    def __init__(self, counts: Sequence[Sequence[int]]) -> None:
        self.counts = tuple(tuple(each) for each in counts)

    @classmethod
    def compute(cls, guess: str, answers: Iterable[str]) -> Self:
        """Measure one answer, by the right one that is nearest to it."""
        said = _letters(guess)
        rated = [cls(_matches(said, answer)) for answer in answers]
        return max(rated, key=lambda one: one.value(), default=cls([(0, 0, 0)] * CHARACTERS))

    def value(self) -> float:
        shares = [(common / said, common / right) for said, right, common in self.counts if said and right]
        if not shares:
            return 0.0
        precision = sum(each for each, _ in shares) / len(shares)
        recall = sum(each for _, each in shares) / len(shares)
        weight = _BETA**2
        both = weight * precision + recall
        return (1 + weight) * precision * recall / both if both else 0.0

    def __add__(self, other: Any) -> ChrfMetric:
        if not isinstance(other, ChrfMetric):
            raise self._refuse(other)
        return ChrfMetric(
            [
                [mine + its for mine, its in zip(one, another, strict=True)]
                for one, another in zip(self.counts, other.counts, strict=True)
            ]
        )


def _matches(said: Sequence[Counter[str]], answer: str) -> list[tuple[int, int, int]]:
    counts = []
    for its, right in zip(said, _letters(answer), strict=True):
        # Where the right answer is too short for a sequence, what was said of that length does not count.
        counts.append((its.total() if right else 0, right.total(), (its & right).total()))
    return counts


def _letters(text: str) -> list[Counter[str]]:
    """Return how often each sequence of letters is there, for each length."""
    joined = "".join(text.split())
    return [
        Counter([joined[start : start + n] for start in range(len(joined) - n + 1)])
        for n in range(1, CHARACTERS + 1)
    ]
