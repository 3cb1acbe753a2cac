"""The watch for alerts of an app, where its config has one."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from ...config.schema import Config
from ...runner.queue_thread import QueueThread, each
from ...runner.timers import Timers
from ...service.alerts.alert_reading import AlertReading
from ...service.alerts.alert_watch import AlertWatch
from ...service.operations.operators import Operators

log = logging.getLogger(__name__)

CLOSE_WITHIN_SECONDS = 5.0
"""How long a service that ends waits for what is being told: the next start tells what was not."""


class AlertsDoor:
    """Watches a study and tells somebody, on a thread of its own. For one thread.

    Args:
        config: What is watched, and how somebody is told; it has `alerts`.
        operators: Know the study.
        timers: What time it is, and when to look.
        place: Where the record is, on whose disk there should be room.
    """

    def __init__(self, config: Config, operators: Operators, timers: Timers, place: Path) -> None:
        from .alert_ways import alert_ways  # with it comes requests, which takes its time

        assert config.alerts is not None
        self._operators = operators
        self._place = place
        self.queue: QueueThread[Callable[[], None]] = QueueThread("parleyrun-alerts", each(_do))
        """The thread that looks and tells."""
        self._watch = AlertWatch(
            config.alerts,
            config.task_name,
            read=self._read,
            ways=alert_ways(config.alerts),
            timers=timers,
            run=self._put,
        )

    def start(self) -> None:
        """Begin, once the service is open."""
        self.queue.start()
        self._watch.start(self._operators.alerts, self._operators.on_desk)

    def close(self) -> None:
        """Look no more, and tell nothing more. Before the service is closed."""
        self._watch.close()
        self.queue.close(CLOSE_WITHIN_SECONDS)

    def _put(self, work: Callable[[], None]) -> None:
        self.queue.put(work)

    def _read(self) -> AlertReading:
        try:
            free = shutil.disk_usage(self._place).free
        except OSError as error:
            log.warning("it cannot be told how much is free in %s: %s", self._place, error.strerror)
            free = None
        return self._operators.read_for_alerts(free)


def make_alerts_door(config: Config, operators: Operators, timers: Timers, file: Path | None) -> AlertsDoor | None:
    """Return the watch of a config; None where it has no alerts.

    Args:
        config: What says so.
        operators: Know the study.
        timers: What time it is, and when to look.
        file: The file of the record; None where it is in memory, and the folder of the process is looked at.
    """
    if config.alerts is None:
        return None
    return AlertsDoor(config, operators, timers, Path.cwd() if file is None else file.parent)


def _do(work: Callable[[], None]) -> None:
    work()
