"""The probe: whether a page that was stopped is mended."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ...errors import ChannelError
from ...runner.timers import Timers
from .workers import Workers

log = logging.getLogger(__name__)


class Probe:
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
