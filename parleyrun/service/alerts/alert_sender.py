"""The alert sender: tells of each notice by all ways, and tries again where one fails."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from ...runner.timers import Timers
from .alert_notice import AlertNotice, AlertNotSent, AlertWay

log = logging.getLogger(__name__)

PAUSES_SECONDS = (5.0, 30.0, 120.0, 600.0, 1800.0)
"""After how long it is tried again, time after time. Then it is given up."""

RunAside = Callable[[Callable[[], None]], None]
"""Has something done, on a thread that may be blocked."""


@dataclass(slots=True)
class _Sending:
    """A notice on its way. Of the sender's thread only."""

    notice: AlertNotice
    open_ways: int
    done: Callable[[], None]


class AlertSender:
    """Sends notices. Any thread.

    Args:
        ways: How somebody is told.
        timers: Wait before it is tried again.
        run: Does the sending.
    """

    def __init__(self, ways: Sequence[AlertWay], timers: Timers, run: RunAside) -> None:
        self.ways = tuple(ways)
        self._timers = timers
        self._run = run

    def send(self, notice: AlertNotice, done: Callable[[], None] = lambda: None) -> None:
        """Tell of it; `done` is called once each way has told it, or was given up."""
        sending = _Sending(notice, len(self.ways), done)
        for way in self.ways:
            self._run(partial(self._try, sending, way, 0))

    def _try(self, sending: _Sending, way: AlertWay, attempt: int) -> None:
        notice = sending.notice
        try:
            way.send(notice)
        except AlertNotSent as error:
            if attempt < len(PAUSES_SECONDS):
                pause = PAUSES_SECONDS[attempt]
                log.warning("%s could not tell of %s (%s): again in %d s", way.name, notice.alert, error, pause)
                again = partial(self._try, sending, way, attempt + 1)
                self._timers.call_later(pause, partial(self._run, again))
                return
            log.warning("%s could not tell of %s (%s): given up", way.name, notice.alert, error)
        sending.open_ways -= 1
        if not sending.open_ways:
            sending.done()
