"""Limits: how fast one person may send."""

from __future__ import annotations


class TokenBucket:
    """Allows `rate` messages a second, with bursts of one second's worth (of one message, where that is less);
    says how long to wait beyond that.

    Nobody is refused: a sender who is too fast is slowed down. One thread at a time.
    """

    __slots__ = ("_most", "_rate", "_then", "_tokens")

    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._most = max(rate, 1.0)
        self._tokens = self._most
        self._then = now

    def take(self, now: float, weight: float = 1.0) -> float:
        """Take a message's worth of tokens; return the seconds to wait before the next message is looked at."""
        self._tokens = min(self._most, self._tokens + (now - self._then) * self._rate) - weight
        self._then = now
        return max(0.0, -self._tokens / self._rate)
