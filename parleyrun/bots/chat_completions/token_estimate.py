"""Token estimates: how long a prompt is, without the server's tokenizer."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

BYTES_A_TOKEN = 3.0
"""Holds within a factor of two for most languages and for code."""

TOKENS_A_MESSAGE = 6
TOKENS_AN_IMAGE = 1_000

_LEAST, _MOST = 0.4, 3.0
_WEIGHT = 0.2
_LONG_ANSWER = 1.5
"""By how much an answer may be longer than others were."""


class TokenEstimate:
    """Estimates, and learns from what the server counted. Any thread."""

    def __init__(self) -> None:
        self._factor = 1.0
        self._answer = 0.0
        self._lock = threading.Lock()  # guards the two above

    def of_messages(self, messages: Sequence[Mapping[str, Any]]) -> int:
        """Return about how many tokens these messages are."""
        return int(_plain_estimate(messages) * self._factor)

    def of_text(self, text: str) -> int:
        """Return about how many tokens a text is."""
        return int(len(text.encode(errors="replace")) / BYTES_A_TOKEN * self._factor) + 1

    def of_answer(self, least: int) -> int:
        """Return about how many tokens a long answer is, where nothing limits it: `least` or more."""
        return max(least, int(self._answer * _LONG_ANSWER))

    def learn(self, messages: Sequence[Mapping[str, Any]], counted: int, answered: int) -> None:
        """Take notice of how many tokens the server counted in a prompt, and in its answer."""
        expected = _plain_estimate(messages)
        if counted > 0 and expected > 0:
            with self._lock:
                seen = min(_MOST, max(_LEAST, counted / expected))
                self._factor += (seen - self._factor) * _WEIGHT
                self._answer += (answered - self._answer) * _WEIGHT


def _plain_estimate(messages: Sequence[Mapping[str, Any]]) -> float:
    return sum(TOKENS_A_MESSAGE + _estimate_of(message.get("content")) for message in messages)


def _estimate_of(content: Any) -> float:
    if isinstance(content, str):
        return len(content.encode(errors="replace")) / BYTES_A_TOKEN
    if isinstance(content, list):
        return sum(
            TOKENS_AN_IMAGE if part.get("type") == "image_url" else _estimate_of(part.get("text"))
            for part in content
        )
    return 0.0
