"""The rate budget: requests and tokens a minute, as hosted servers count them."""

from __future__ import annotations

import threading
from collections.abc import Callable

MINUTE_SECONDS = 60.0


class RateBudget:
    """Two token buckets that fill within a minute: one of requests, one of tokens. Any thread.

    Args:
        requests: How many a minute; None for as many as one likes.
        tokens: How many a minute, prompt and answer together; None likewise.
        monotonic: Seconds.
    """

    def __init__(self, requests: int | None, tokens: int | None, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()  # guards the buckets
        self._requests = None if requests is None else _Bucket(requests, monotonic())
        self._tokens = None if tokens is None else _Bucket(tokens, monotonic())

    def take(self, tokens: int) -> float:
        """Take what a request is expected to cost; return the seconds to wait before it may be made."""
        with self._lock:
            now = self._monotonic()
            waits = [0.0]
            if self._requests is not None:
                waits.append(self._requests.take(1, now))
            if self._tokens is not None:
                waits.append(self._tokens.take(tokens, now))
            return max(waits)

    def settle(self, expected_tokens: int, tokens: int) -> None:
        """Put right what a request was expected to cost, now that it is known."""
        with self._lock:
            if self._tokens is not None:
                self._tokens.take(tokens - expected_tokens, self._monotonic())


class _Bucket:
    def __init__(self, a_minute: int, now: float) -> None:
        self._most = float(a_minute)
        self._level = self._most
        self._then = now

    def take(self, amount: float, now: float) -> float:
        self._level = min(self._most, self._level + (now - self._then) * self._most / MINUTE_SECONDS) - amount
        self._then = now
        return max(0.0, -self._level * MINUTE_SECONDS / self._most)
