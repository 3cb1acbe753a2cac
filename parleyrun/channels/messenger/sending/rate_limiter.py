"""Rates: how fast the page may send now, and whether it may at all."""

from __future__ import annotations

from random import Random

from ....core.token_bucket import TokenBucket
from ..graph.usage import Usage

MEDIA_PER_SECOND = 10.0
"""Meta's limit for audio and video."""

SLOWER_FROM_PERCENT = 75.0
SLOWEST = 0.1
"""From that much of Meta's limit on, the page sends less and less, down to this part of its rate at the limit."""

FIRST_PAUSE_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 300.0
LONGEST_TOLD_PAUSE_SECONDS = 3600.0


class RateLimiter:
    """One page's rate. Times are monotonic seconds. One thread at a time.

    After a pause, or a stop, the page is on trial: one send at a time, until one of them has worked.
    """

    def __init__(self, per_second: float, now: float, random: Random) -> None:
        self.stopped: str | None = None
        self._bucket = TokenBucket(per_second, now)
        self._media_bucket = TokenBucket(MEDIA_PER_SECOND, now)
        self._random = random
        self._next_at = self._next_media_at = self._paused_until = now
        self._pauses = 0
        self._on_trial = False
        self._weight = 1.0

    def wait_seconds(self, now: float, in_flight: int) -> float | None:
        """Return 0 if something may be sent now, else in how many seconds; None: not before something changes."""
        if self.stopped is not None or (self._on_trial and in_flight):
            return None
        return max(0.0, self._next_at - now, self._paused_until - now)

    def media_wait_seconds(self, now: float) -> float:
        """Return the same for media, which have a limit of their own beside that."""
        return max(0.0, self._next_media_at - now)

    def take(self, now: float, *, media: bool) -> None:
        """Something is being sent."""
        self._next_at = now + self._bucket.take(now, self._weight)
        if media:
            self._next_media_at = now + self._media_bucket.take(now)

    def pausing(self, now: float) -> bool:
        return now < self._paused_until

    def throttled(self, now: float, regain_seconds: float | None) -> float | None:
        """Meta refused a send for its rate. Return for how long to pause, if that is news.

        What was under way when the pause began is refused too: that says nothing new.
        """
        if self.pausing(now):
            return None
        self._pauses += 1
        seconds = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (self._pauses - 1))
        seconds *= self._random.uniform(0.5, 1.0)
        return self._pause(now, max(seconds, regain_seconds or 0.0))

    def heed(self, now: float, usage: Usage) -> float | None:
        """Follow what an answer said about the limit. Return for how long to pause, if that is news."""
        part = (min(usage.percent, 100.0) - SLOWER_FROM_PERCENT) / (100.0 - SLOWER_FROM_PERCENT)
        self._weight = 1.0 / (1.0 - (1.0 - SLOWEST) * max(0.0, part))
        if usage.regain_seconds and not self.pausing(now):
            return self._pause(now, usage.regain_seconds)
        return None

    def worked(self, now: float) -> None:
        """A send was answered as it should be, or refused for its own sake: the page may send."""
        if self.stopped is None and not self.pausing(now):
            self._on_trial = False
            self._pauses = 0

    def stop(self, reason: str) -> bool:
        """The page may send nothing until it is mended. Return whether that is news."""
        news = self.stopped is None
        self.stopped = reason
        return news

    def resume(self) -> None:
        """What stopped the page seems to be mended."""
        self.stopped = None
        self._on_trial = True

    def _pause(self, now: float, seconds: float) -> float:
        seconds = min(seconds, LONGEST_TOLD_PAUSE_SECONDS)
        self._paused_until = now + seconds
        self._on_trial = True
        return seconds
