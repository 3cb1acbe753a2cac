"""BM25: how well each of many short texts fits to a question (Robertson and Zaragoza, 2009)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from heapq import nsmallest
from math import log

from ..core.metrics.normal_words import words_of

K1 = 1.5
"""How much it counts that a word is there several times."""

B = 0.75
"""How much longer texts are held against them, from 0 (not) to 1."""


class Index:
    """Texts, prepared for being ranked by words again and again. Never changed."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        counted = [Counter(words_of(text)) for text in texts]
        lengths = [counts.total() for counts in counted]
        mean = sum(lengths) / len(lengths) if any(lengths) else 1.0
        found_in = Counter(word for counts in counted for word in counts)
        # For each word: which texts have it, and what it adds to their score.
        self._weights: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, (counts, length) in enumerate(zip(counted, lengths, strict=True)):
            for word, times in counts.items():
                rarity = log(1 + (len(texts) - found_in[word] + 0.5) / (found_in[word] + 0.5))
                part = times * (K1 + 1) / (times + K1 * (1 - B + B * length / mean))
                self._weights[word].append((number, rarity * part))

    def rank(self, words: Mapping[str, float], most: int) -> list[str]:
        """Return the texts that fit best, at most so many, the best first.

        `words` are those of the question, with how often (or how much) they count. Of texts that fit equally
        well, as all do that have none of the words, the earlier one comes first.
        """
        scores: dict[int, float] = defaultdict(float)
        for word, count in words.items():
            for number, weight in self._weights.get(word, ()):
                scores[number] += count * weight
        best = nsmallest(most, scores, key=lambda number: (-scores[number], number))
        if len(best) < most:
            others = (number for number in range(len(self._texts)) if number not in scores)
            best.extend(number for number, _ in zip(others, range(most - len(best)), strict=False))
        return [self._texts[number] for number in best]
