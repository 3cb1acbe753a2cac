"""The thread that carries what was written ahead from the log into the file."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable

from .connection import Connection, explain

log = logging.getLogger(__name__)

PAUSE_SECONDS = 2.0
"""How long after something was recorded; what is recorded in between goes with it."""


class Checkpoints:
    """Keeps the write-ahead log short beside the writer, which would otherwise keep everybody waiting for it.

    Nobody waits for this thread either, and it sleeps while nothing is recorded. Where it cannot do its work, the
    writer does it once the log is long, and says what is wrong. `connect()` opens a connection to the file: a
    new one each time, so that one that knows the file as it no longer is does no harm.
    """

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._recorded = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="parleyrun-checkpoints", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def recorded(self) -> None:
        """Something was recorded. Any thread; returns at once."""
        if not self._recorded.is_set():
            self._recorded.set()

    def close(self) -> None:
        """Let go of the file. Returns when that is done."""
        self._closing.set()
        self._recorded.set()
        if self._thread.is_alive():
            self._thread.join()

    def _loop(self) -> None:
        while self._recorded.wait() and not self._closing.wait(PAUSE_SECONDS):
            self._recorded.clear()
            try:
                connection = self._connect()
                try:
                    # Passive: as far as it goes without keeping readers or the writer waiting.
                    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                finally:
                    connection.close()
            except sqlite3.Error as error:
                log.debug("the log could not be carried into the file this time: %s", explain(error))
