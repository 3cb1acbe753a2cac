"""The alert watch: looks at a study now and then, for as long as it runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial

from ...config.watching.watch_settings import AlertsConfig
from ...runner.timers import Timers
from .alert_board import AlertBoard, AlertWatchFacts
from .alert_conditions import AlertConditions
from .alert_notice import AlertWay
from .alert_reading import AlertReading
from .alert_sender import AlertSender, RunAside

log = logging.getLogger(__name__)

LOOK_SECONDS = 15.0
"""How often it looks."""


class AlertWatch:
    """Looks, and has somebody told. `start` and `close` are for one thread.

    Args:
        settings: What is watched.
        study: What the study is called.
        read: Returns what is looked at.
        ways: How somebody is told.
        timers: What time it is, and when to look.
        run: Does what may take some seconds: looking and telling.
    """

    def __init__(
        self,
        settings: AlertsConfig,
        study: str,
        *,
        read: Callable[[], AlertReading],
        ways: Sequence[AlertWay],
        timers: Timers,
        run: RunAside,
    ) -> None:
        self._settings = settings
        self._study = study
        self._read = read
        self._timers = timers
        self._run = run
        self._sender = AlertSender(ways, timers, run)
        self._conditions = AlertConditions(settings, timers.clock.monotonic())
        self._closed = False

    def start(self, board: AlertBoard, put: Callable[..., None]) -> None:
        """Begin.

        Args:
            board: Keeps what is found.
            put: Has something done on the desk.
        """
        facts = AlertWatchFacts(
            study=self._study,
            watched=self._settings.watched,
            ways=tuple(way.name for way in self._sender.ways),
            remind_after=self._settings.remind_after,
            tell=self._sender.send,
        )
        put(board.begin, facts)
        self._run(partial(self._look, board, put))

    def close(self) -> None:
        """Look no more."""
        self._closed = True

    def _look_later(self, board: AlertBoard, put: Callable[..., None]) -> None:
        self._timers.call_later(LOOK_SECONDS, partial(self._run, partial(self._look, board, put)))

    def _look(self, board: AlertBoard, put: Callable[..., None]) -> None:
        if self._closed:
            return
        try:
            reading = self._read()
            known = partial(self._conditions.is_known, now=reading.now)
            put(board.settle, self._conditions.look(reading), known)
        except Exception:  # whatever it is that cannot be read now: the watch must go on
            log.exception("the watch for alerts could not look")
        self._look_later(board, put)
