"""The rate budget: requests and tokens a minute, as hosted servers count them."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ....core.token_bucket import TokenBucket

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
        self._requests = None if requests is None else _bucket(requests, monotonic())
        self._tokens = None if tokens is None else _bucket(tokens, monotonic())

    def take(self, tokens: int) -> float:
        """Take what a request is expected to cost; return the seconds to wait before it may be made."""
        with self._lock:
            now = self._monotonic()
            of_requests = 0.0 if self._requests is None else self._requests.take(now)
            of_tokens = 0.0 if self._tokens is None else self._tokens.take(now, tokens)
            return max(of_requests, of_tokens)

    def settle(self, expected_tokens: int, tokens: int) -> None:
        """Put right what a request was expected to cost, now that it is known."""
        with self._lock:
            if self._tokens is not None:
                self._tokens.take(self._monotonic(), tokens - expected_tokens)


def _bucket(a_minute: int, now: float) -> TokenBucket:
    return TokenBucket(a_minute / MINUTE_SECONDS, now, most=a_minute)
