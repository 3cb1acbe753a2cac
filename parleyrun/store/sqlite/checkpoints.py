"""The thread that carries what was written ahead from the log into the file."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable

from ...runner.queue_thread import QueueThread
from .connection import Connection, explain

log = logging.getLogger(__name__)

PAUSE_SECONDS = 2.0
"""How long after something was recorded; what is recorded in between goes with it."""


class Checkpoints:
    """Keeps the write-ahead log short beside the writer, which would otherwise keep everybody waiting for it.

    Nobody waits for this thread either, and it sleeps while nothing is recorded. Where it cannot do its work, the
    writer does it once the log is long, and says what is wrong.

    Args:
        connect: Opens a connection to the file: a new one each time, so that one that knows the file as it no
            longer is does no harm.
        pause_seconds: How long after a record there is a checkpoint.
    """

    def __init__(self, connect: Callable[[], Connection], pause_seconds: float) -> None:
        self._connect = connect
        self._pause_seconds = pause_seconds
        self.is_due = False
        """True while a checkpoint is on its way: there is no need to say that something was recorded."""
        self._closing = threading.Event()
        self._queue: QueueThread[None] = QueueThread("parleyrun-checkpoints", self._wait_and_check)

    def start(self) -> None:
        self._queue.start()

    def recorded(self) -> None:
        """Something was recorded. On the writer's thread; returns at once."""
        if not self.is_due:
            self.is_due = True
            self._queue.put(None)

    def close(self) -> None:
        """Let go of the file. Returns when that is done."""
        self._closing.set()
        self._queue.close()

    def _wait_and_check(self, _due: list[None]) -> None:
        if self._closing.wait(self._pause_seconds):
            return
        # Before the checkpoint: what is recorded from now on may not be in it.
        self.is_due = False
        try:
            connection = self._connect()
            try:
                # Passive: as far as it goes without keeping readers or the writer waiting.
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            finally:
                connection.close()
        except sqlite3.Error as error:
            log.debug("the log could not be carried into the file this time: %s", explain(error))
