"""The guess limiter: how long the next password has to wait, after so many wrong ones."""

from __future__ import annotations

import logging
from collections import OrderedDict

from ...runner.timers import Clock

log = logging.getLogger(__name__)

LONGEST_WAIT_SECONDS = 60.0
ADDRESSES_KEPT = 10_000

_MOST_DOUBLINGS = 6  # which is more than the longest wait


class LeakyCount:
    """Counts, and forgets by and by what it counted. One thread.

    Args:
        free: How many are let pass.
        forget_seconds: How long it takes to forget one.
    """

    __slots__ = ("_at", "_count", "_forget_seconds", "_free", "in_burst")

    def __init__(self, free: int, forget_seconds: float) -> None:
        self.in_burst = False
        """True from when there were too many until all is forgotten."""
        self._free = free
        self._forget_seconds = forget_seconds
        self._count = 0.0
        self._at = 0.0

    def add(self, now: float) -> bool:
        """Count one more. True if that is the one too many with which a burst begins."""
        self._forget(now)
        # No more than is worth a difference, so that it is over soon after the last one.
        self._count = min(self._count + 1, self._free + _MOST_DOUBLINGS)
        begins = self._count > self._free and not self.in_burst
        self.in_burst = self.in_burst or begins
        return begins

    def wait_seconds(self, now: float) -> float:
        """Return how long the next one has to wait: nothing at first, then twice as long each time."""
        self._forget(now)
        beyond = self._count - self._free
        return 0.0 if beyond <= 0 else min(2.0**beyond, LONGEST_WAIT_SECONDS)

    def _forget(self, now: float) -> None:
        self._count = max(0.0, self._count - (now - self._at) / self._forget_seconds)
        self._at = now
        self.in_burst = self.in_burst and self._count > 0


class GuessLimiter:
    """Slows down who guesses, by address and over all: a new connection is no new beginning. Runs on the desk.

    Nobody is kept out: whoever has the password gets in after the wait. An address that nobody knows counts over
    all only.

    Args:
        clock: What time it is.
        what: What is guessed, for the log.
    """

    def __init__(self, clock: Clock, what: str = "passwords") -> None:
        self._clock = clock
        self._what = what
        self._all = LeakyCount(free=200, forget_seconds=0.5)
        self._by_address: OrderedDict[str, LeakyCount] = OrderedDict()  # who guessed last is at the end

    def wait_seconds(self, address: str) -> float:
        """Return how long a password from there has to wait before it is looked at."""
        now = self._clock.monotonic()
        count = self._by_address.get(address)
        return self._all.wait_seconds(now) + (0.0 if count is None else count.wait_seconds(now))

    def wrong(self, address: str) -> None:
        """A wrong password came from there."""
        now = self._clock.monotonic()
        if self._all.add(now):
            log.warning("someone guesses %s, from many places: each further one waits", self._what)
        if not address:
            return
        count = self._by_address.setdefault(address, LeakyCount(free=20, forget_seconds=10.0))
        self._by_address.move_to_end(address)
        if len(self._by_address) > ADDRESSES_KEPT:
            self._by_address.popitem(last=False)
        if count.add(now) and not self._all.in_burst:
            log.warning("someone guesses %s, from %s: each further one from there waits", self._what, address)
