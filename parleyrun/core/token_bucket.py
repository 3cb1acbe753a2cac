"""Limits: how fast one person may send."""

from __future__ import annotations


class TokenBucket:
    """Allows `rate` messages a second, with bursts of one second's worth (of one message, where that is less);
    says how long to wait beyond that.

    Nobody is refused by `take`: a sender who is too fast is slowed down. With `most`, bursts of that much are
    allowed. One thread at a time.
    """

    __slots__ = ("_most", "_rate", "_then", "_tokens")

    def __init__(self, rate: float, now: float, most: float = 1.0) -> None:
        self._rate = rate
        self._most = max(rate, most)
        self._tokens = self._most
        self._then = now

    def try_take(self, now: float, weight: float) -> bool:
        """Take so many tokens if they are there; return whether they were."""
        self._tokens = min(self._most, self._tokens + (now - self._then) * self._rate)
        self._then = now
        if self._tokens < weight:
            return False
        self._tokens -= weight
        return True

    def give_back(self, weight: float) -> None:
        """Put back so many tokens, which were not needed."""
        self._tokens = min(self._most, self._tokens + weight)

    def take(self, now: float, weight: float = 1.0) -> float:
        """Take a message's worth of tokens; return the seconds to wait before the next message is looked at."""
        # What has come in since, as above: every message passes here, a method of its own would be a call more.
        self._tokens = min(self._most, self._tokens + (now - self._then) * self._rate) - weight
        self._then = now
        return max(0.0, -self._tokens / self._rate)
