"""A store in a database, read beside whatever process writes to it, and waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any, TypeVar

import psycopg
from psycopg.adapt import Loader

from ..protocol import StoreOutOfReach
from .advisory_lock import name_of_process
from .database_address import DatabaseAddress
from .database_opening import expect_store
from .postgres_connection import PostgresConnection, connect
from .postgres_errors import explain
from .postgres_words import NEWS_CHANNEL

T = TypeVar("T")

LONGEST_WAIT_SECONDS = 5.0
"""How long news are waited for at most before it is looked all the same."""

AGAIN_SECONDS = 1.0
"""How long after a connection that could not be made it is tried again."""


class _JsonAsText(Loader):  # type: ignore[misc, unused-ignore]  # psycopg may not be installed
    """JSON is read by who asks for it, as it is where it comes from a file."""

    def load(self, data: Any) -> str:
        return bytes(data).decode()


class DatabaseReading:
    """Asks a store in a database, and never writes to it. For one thread.

    After a connection that was lost the next question is asked on a new one.

    Args:
        url: Where the database is.

    Raises:
        StoreOutOfReach: The server cannot be reached or used; here and by everything.
        StoreError: There is no store, or it is of another version.
    """

    def __init__(self, url: str) -> None:
        self._address = DatabaseAddress(url)
        self._connection: PostgresConnection | None = None
        self._listening: PostgresConnection | None = None
        self._closed = False
        self.ask(lambda connection: None)

    @property
    def place(self) -> str:
        """What it is called, without user and password."""
        return str(self._address)

    def close(self) -> None:
        """Let go of the database. Calling it twice is harmless."""
        self._closed = True
        self._drop()

    def one(self, query: str, *values: Any) -> Any:
        """Return the first row that a query finds, None if it finds none."""
        return self.ask(lambda connection: connection.execute(query, values).fetchone())

    def all(self, query: str, *values: Any) -> list[Any]:
        """Return all rows that a query finds."""
        return self.ask(lambda connection: connection.execute(query, values).fetchall())

    def each(self, query: str, *values: Any) -> Iterator[Any]:
        """Yield the rows that a query finds."""
        yield from self.all(query, *values)

    def ask(self, read: Callable[[PostgresConnection], T]) -> T:
        """Return what somebody reads who knows the tables."""
        with self._reaching():
            return read(self._connected())

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Read one moment of the record until the end of the block, whatever is written meanwhile."""
        self.ask(lambda connection: connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        try:
            yield
        finally:
            if self._connection is not None and not self._closed:
                with suppress(psycopg.Error):
                    self._connection.execute("ROLLBACK")

    def damage_told(self) -> AbstractContextManager[None]:
        """Errors of the server say themselves what is wrong."""
        return nullcontext()

    def changes(self) -> int:
        """Return a number that is another one once a process has written to the store."""
        return int(self.one("SELECT value FROM meta WHERE key = 'group'")[0])

    def wait_for_news(self) -> None:
        """Return once something was recorded since the last time, or a few seconds are over."""
        try:
            if self._listening is None:
                self._listening = self._connect()
                (channel,) = self._listening.execute(f"SELECT {NEWS_CHANNEL}").fetchone()
                self._listening.execute(f'LISTEN "{channel}"')
                return  # what was recorded before this is told of by nobody
            raw = self._listening.raw
            if next(raw.notifies(timeout=LONGEST_WAIT_SECONDS, stop_after=1), None) is not None:
                for _ in raw.notifies(timeout=0):
                    """One look is enough for all of them."""
        except psycopg.Error:
            # Whether the server can be reached is told by the next question.
            self._drop()
            time.sleep(AGAIN_SECONDS)

    def _connected(self) -> PostgresConnection:
        if self._connection is None:
            connection = self._connect()
            try:
                expect_store(connection, self._address)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _connect(self) -> PostgresConnection:
        connection = connect(self._address.conninfo, name_of_process())
        connection.raw.adapters.register_loader("jsonb", _JsonAsText)
        return connection

    def _drop(self) -> None:
        for connection in (self._connection, self._listening):
            if connection is not None:
                connection.close()
        self._connection = self._listening = None

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            self._drop()
            raise StoreOutOfReach(f"{self._address} cannot be read: {explain(error)}") from error
