"""What a process on a cluster logs is reported to its coordinator."""

from __future__ import annotations

import logging

from ..host_orders import LogReport
from .outbox import Outbox


class ReportingHandler(logging.Handler):
    """Reports warnings and errors. Any thread.

    Args:
        outbox: Takes the reports.
    """

    def __init__(self, outbox: Outbox) -> None:
        super().__init__(logging.WARNING)
        self._outbox = outbox

    def emit(self, record: logging.LogRecord) -> None:
        self._outbox.put(LogReport(record.levelno, record.name, self.format(record)), waits=False)
