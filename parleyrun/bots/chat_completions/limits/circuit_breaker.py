"""The circuit breaker: a server that fails again and again is left alone for a while."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ....errors import ModelError, ModelFailure

OPENS_AFTER = 5
"""How many requests in a row have to fail, each after all its retries."""

FIRST_REST_SECONDS = 5.0
LONGEST_REST_SECONDS = 60.0

_OF_THE_SERVER = frozenset(
    {
        ModelFailure.KEY,
        ModelFailure.MONEY,
        ModelFailure.ADDRESS,
        ModelFailure.NO_SUCH_MODEL,
        ModelFailure.TIMEOUT,
        ModelFailure.UNREACHABLE,
        ModelFailure.CUT,
        ModelFailure.SERVER,
    }
)
"""Failures that the next request would have as well, whatever it asks."""


class CircuitBreaker:
    """Closed while all is well; open for a while after failures in a row; then one request tries it out.

    Any thread.
    """

    def __init__(self, name: str, monotonic: Callable[[], float]) -> None:
        self._name = name
        self._monotonic = monotonic
        self._lock = threading.Lock()  # guards all below
        self._failures = 0
        self._opened_at: float | None = None
        self._rest_seconds = FIRST_REST_SECONDS
        self._trying = False
        self._last = ""

    def check(self) -> None:
        """Let a request pass.

        Raises:
            ModelError: The server is left alone for now.
        """
        with self._lock:
            if self._opened_at is None:
                return
            left_seconds = self._opened_at + self._rest_seconds - self._monotonic()
            if left_seconds > 0 or self._trying:
                raise ModelError(
                    f"{self._name} is not asked for {max(left_seconds, 0.1):.1f} s more, as it failed "
                    f"{self._failures} times in a row: {self._last}",
                    ModelFailure.RESTING,
                )
            self._trying = True

    def succeeded(self) -> None:
        """The server answered."""
        with self._lock:
            self._failures = 0
            self._opened_at = None
            self._trying = False
            self._rest_seconds = FIRST_REST_SECONDS

    def failed(self, error: ModelError) -> None:
        """A request failed for good."""
        with self._lock:
            was_trying, self._trying = self._trying, False
            if error.cause not in _OF_THE_SERVER:
                # It did answer, and so is there.
                self._failures, self._opened_at = 0, None
                return
            self._failures += 1
            self._last = str(error)
            if was_trying:
                self._rest_seconds = min(LONGEST_REST_SECONDS, self._rest_seconds * 2)
            if was_trying or self._failures >= OPENS_AFTER:
                self._opened_at = self._monotonic()

    def given_up(self) -> None:
        """A request that was let through was given up before it told anything."""
        with self._lock:
            self._trying = False

    def trouble(self) -> str | None:
        """Say why the server is left alone; None while it is not. Any thread."""
        with self._lock:
            if self._opened_at is None:
                return None
            return f"{self._name} failed {self._failures} times in a row and is left alone: {self._last}"
