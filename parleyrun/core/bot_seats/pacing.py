"""Pacing: how long a bot reads and types, so that it is no faster than a person."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from .bot_settings import Pace

SHORTEST_WORDS = 2
"""Even a word alone takes as long to notice, and to type, as this many."""


class Pacing:
    """The times of one line, all of them by its seed.

    Args:
        pace: How fast the bot is.
        line: Names the line: the same name gives the same times.
    """

    def __init__(self, pace: Pace, line: str) -> None:
        self._pace = pace
        self._random = Random(f"{pace.seed}:{line}")  # noqa: S311  # it spreads times, and guards nothing

    def reading_seconds(self, texts: Iterable[str]) -> float:
        """Return how long it takes to read these."""
        return self._seconds(" ".join(texts), self._pace.reading_words_per_minute)

    def typing_seconds(self, text: str) -> float:
        """Return how long it takes to type this."""
        return self._seconds(text, self._pace.typing_words_per_minute)

    def _seconds(self, text: str, words_per_minute: float) -> float:
        # Five characters are a word to whoever measures typing, whatever the language.
        words = max(SHORTEST_WORDS, len(text) / 5)
        spread = 1 + self._pace.jitter * self._random.uniform(-1, 1)
        return min(self._pace.longest_seconds / 2, 60 * words / words_per_minute * spread)
