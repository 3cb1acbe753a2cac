"""Notices that the server is gone, or no longer answers, when nothing would fail by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from .postgres_connection import PostgresConnection

LOOK_SECONDS = 2.0
"""How long after one look at the connection there is the next."""

NO_ANSWER_SECONDS = 30.0
"""After so long without an answer the connection is given up: a server that stands still says nothing."""


class ServerWatch:
    """Looks at the connection that writes, on a thread of its own.

    Args:
        wake: Called when the connection seems to be over while nothing is written: something is to be recorded, so
            that this is seen, and mended.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self.connection: PostgresConnection | None = None
        """What is looked at. Written by the thread that opens it."""
        self._wake = wake
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="parleyrun-postgres-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def check(self) -> None:
        """Before a transaction, on the writer's thread: see that the connection is still there.

        Raises what the database raises.
        """
        connection = self.connection
        if connection is not None and not connection.raw.closed and connection.is_readable():
            connection.execute("SELECT 1").fetchone()

    def fault(self) -> str | None:
        """Say what is wrong at this moment; None if nothing is. Any thread."""
        connection = self.connection
        if connection is None:
            return None
        since = connection.waits_since
        if since is not None and time.monotonic() - since > LOOK_SECONDS * 2:
            return f"the server has not answered for {time.monotonic() - since:.0f} seconds"
        return "the connection to the server is lost" if connection.is_readable() else None

    def look(self) -> None:
        """Give up a connection that is not answered, and have one that is over noticed."""
        connection = self.connection
        if connection is None:
            return
        since = connection.waits_since
        if since is not None and time.monotonic() - since > NO_ANSWER_SECONDS:
            connection.cut()
        elif connection.is_readable():
            self._wake()

    def _watch(self) -> None:
        while not self._closing.wait(LOOK_SECONDS):
            self.look()
