"""The page: whether it can send at all, as far as the answers of Meta tell."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from ....errors import ChannelError
from ....runner.thread_workers import Workers
from ....runner.timers import Timers
from ..graph.error_codes import NOT_REVIEWED, Treatment, advice_on
from ..graph.usage import Usage
from .attempts import Rejected, SendResult, Sent
from .rate_limiter import RateLimiter
from .retry_policy import is_sign_of_life

FIRST_PROBE_SECONDS = 60.0
LONGEST_PROBE_SECONDS = 960.0


@dataclass(frozen=True, slots=True)
class PageStopped:
    """News: the page may send nothing until it is mended."""

    reason: str


@dataclass(frozen=True, slots=True)
class PagePaused:
    """News: Meta throttles the page."""

    seconds: float


PageNews = PageStopped | PagePaused


class PageHealth:
    """Follows what Meta answers, and steers the `rates` by it. Times are monotonic seconds. One thread at a time.

    `usage` returns what Meta said last of the page's limit.
    """

    def __init__(self, rates: RateLimiter, usage: Callable[[], Usage]) -> None:
        self.rates = rates
        self.worked_at = 0.0
        self._usage = usage
        self._setup_trouble: str | None = None
        self._probe_seconds = FIRST_PROBE_SECONDS

    def learn(self, verdict: SendResult, now: float) -> PageNews | None:
        """Take what an attempt has come to; return what is new about the page."""
        if not isinstance(verdict, Sent | Rejected):
            return None
        if is_sign_of_life(verdict):
            self.worked_at = now
            self.rates.worked(now)
            if self.rates.stopped is None:
                self._probe_seconds = FIRST_PROBE_SECONDS
        if isinstance(verdict, Sent):
            self._setup_trouble = None
            paused_seconds = None
        else:
            error, treatment = verdict.error, verdict.treatment
            if treatment is Treatment.STOP_PAGE:
                return PageStopped(advice_on(error)) if self.rates.stop(advice_on(error)) else None
            if treatment is Treatment.SETUP_ERROR and error.subcode != NOT_REVIEWED:
                self._setup_trouble = advice_on(error)
            throttled = treatment is Treatment.THROTTLED
            paused_seconds = self.rates.throttled(now, error.regain_seconds) if throttled else None
        if paused_seconds is None:
            paused_seconds = self.rates.heed(now, self._usage())
        return None if paused_seconds is None else PagePaused(paused_seconds)

    def next_probe_seconds(self) -> float:
        """Return how long to wait before it is tried whether a stopped page is mended: longer each time."""
        seconds = self._probe_seconds
        self._probe_seconds = min(LONGEST_PROBE_SECONDS, 2 * seconds)
        return seconds

    def trouble(self) -> str | None:
        """Say what keeps the page from sending; None while all is well."""
        if self.rates.stopped is not None:
            return f"Messenger: the page may not send anything: {self.rates.stopped}"
        if self._setup_trouble is not None:
            return f"Messenger: the app lacks a permission: {self._setup_trouble}"
        return None


log = logging.getLogger(__name__)


class PageProbe:
    """Looks after a page that was stopped.

    `check_page` raises `ChannelError` as long as the page is not mended; it is called on one of the `workers`, and
    `checked(is_mended)` after it.
    """

    def __init__(
        self,
        timers: Timers,
        workers: Workers,
        check_page: Callable[[], None],
        checked: Callable[[bool], None],
    ) -> None:
        self._timers = timers
        self._workers = workers
        self._check_page = check_page
        self._checked = checked
        self.is_under_way = False
        """Set when a check begins; whoever is told what came of it clears it."""

    def check_in(self, seconds: float) -> None:
        """Check the page in that many seconds, once."""
        self._timers.call_later(seconds, self._begin)

    def _begin(self) -> None:
        self.is_under_way = True
        self._workers.run(self._check)

    def _check(self) -> None:
        is_mended = True
        try:
            self._check_page()
        except ChannelError as error:
            is_mended = False
            log.info("the page still may not send anything: %s", error)
        except Exception:  # whatever it is, the page must be looked after again
            is_mended = False
            log.exception("the page could not be looked after")
        self._checked(is_mended)
