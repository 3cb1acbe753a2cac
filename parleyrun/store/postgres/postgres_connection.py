"""Connections to the server, which put the record's statements in its words and can send many at once."""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from psycopg.adapt import Dumper, Loader
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8BinaryDumper, Int8Dumper

from ..record.database import NotForAll, Row
from .postgres_errors import is_trouble
from .postgres_words import in_words_of_postgres

T = TypeVar("T")

LARGEST_BYTES = 500_000_000
"""Of one value. A message to the server of a gigabyte would cost the connection, again at each try."""

_SESSION = """
    SELECT set_config('tcp_keepalives_idle', '5', false), set_config('tcp_keepalives_interval', '2', false),
    set_config('tcp_keepalives_count', '3', false), set_config('tcp_user_timeout', '10000', false),
    set_config('client_min_messages', 'error', false),
    set_config('idle_in_transaction_session_timeout', '0', false),
    set_config('idle_session_timeout', '0', false)"""
# For the server: a client that is gone keeps its lock no longer than this.
_CONNECTING = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "target_session_attrs": "read-write",
}
"""What the client is told unless the URL says otherwise; the times are such that a cut is noticed in 15 s."""


class _FlagDumper(Dumper):  # type: ignore[misc, unused-ignore]  # psycopg may not be installed
    """Flags are numbers on record."""

    oid = 20

    def dump(self, obj: Any) -> bytes:
        return b"1" if obj else b"0"


class _NumericLoader(Loader):  # type: ignore[misc, unused-ignore]
    """Sums of whole numbers come as numbers of any length."""

    def load(self, data: Any) -> int | float:
        text = bytes(data).decode()
        return float(text) if "." in text or not text.lstrip("-").isdigit() else int(text)


class PostgresCursor:
    """What a statement has found or done. Where it is under way with others, asking waits for it."""

    __slots__ = ("_connection", "_cursor")

    def __init__(self, connection: PostgresConnection, cursor: Any) -> None:
        self._connection = connection
        self._cursor = cursor

    @property
    def rowcount(self) -> int:
        return int(self._connection.wait_for(self._rowcount))

    def _rowcount(self) -> int:
        self._connection.arrive()
        return int(self._cursor.rowcount)

    def fetchone(self) -> Any:
        return self._connection.wait_for(self._cursor.fetchone)

    def fetchall(self) -> list[Any]:
        found: list[Any] = self._connection.wait_for(self._cursor.fetchall)
        return found

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchall())


class PostgresConnection:
    """A connection as the record uses it. One thread at a time, but for `is_readable`, `waits_since` and `cut`.

    Transactions that were announced by `queue_up` send their statements without waiting for each: what fails is
    seen at the first answer that somebody asks for, or when the transaction is to be committed. Which statement
    it was is not known then, so what is wrong with a value is raised as `NotForAll`.
    """

    def __init__(self, raw: Any) -> None:
        self.raw = raw
        self.waits_since: float | None = None
        """Since when the server has owed an answer, by the monotonic clock; None while it owes none."""
        self._queue_next = False
        self._pipeline: Any = None
        self._queue: psycopg.Pipeline | None = None

    @property
    def in_transaction(self) -> bool:
        if self.raw.closed:
            return False
        return self._pipeline is not None or self.raw.info.transaction_status != TransactionStatus.IDLE

    def queue_up(self) -> None:
        """Have the next transaction's statements sent without waiting for each."""
        self._queue_next = True

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> PostgresCursor:
        if sql == "ROLLBACK":
            return self._roll_back()
        for value in values:
            if type(value) is bytes and len(value) > LARGEST_BYTES:
                raise ValueError(f"expected at most {LARGEST_BYTES} bytes in one value, got {len(value)}")
        if sql == "BEGIN IMMEDIATE" and self._queue_next:
            self._queue_next = False
            self._enter_pipeline()
        words = in_words_of_postgres(sql)
        cursor = self.wait_for(lambda: self.raw.execute(words, values))
        if sql == "COMMIT" and self._pipeline is not None:
            self.wait_for(self._leave_pipeline)
        return PostgresCursor(self, cursor)

    def copy_in(self, sql: str, rows: Iterable[Row], types: Sequence[str] = ()) -> None:
        """Have the rows added that a `COPY … FROM STDIN` is of, and wait for it.

        Statements that were sent before, without waiting, are done by then: nothing else can be under way.

        Args:
            sql: The statement.
            rows: What is added.
            types: The types of the columns, for a statement in the binary format.
        """
        was_queued = self._pipeline is not None
        if was_queued:
            self.wait_for(self._leave_pipeline)
        self.wait_for(lambda: self._copy(sql, rows, types))
        if was_queued:
            self._enter_pipeline()

    def _copy(self, sql: str, rows: Iterable[Row], types: Sequence[str]) -> None:
        with self.raw.cursor() as cursor, cursor.copy(sql) as copy:
            if types:
                copy.set_types(types)
            for row in rows:
                copy.write_row(row)

    def executemany(self, sql: str, rows: list[Row], /) -> PostgresCursor:
        cursor = self.raw.cursor()
        words = in_words_of_postgres(sql)
        self.wait_for(lambda: cursor.executemany(words, rows))
        return PostgresCursor(self, cursor)

    def arrive(self) -> None:
        """Wait until all that was sent has been done."""
        if self._pipeline is not None and self._queue is not None:
            self._queue.sync()

    def wait_for(self, answer: Callable[[], T]) -> T:
        """Return what the server answers. Raises `NotForAll` of a value among statements that went together."""
        queued = self._pipeline is not None
        self.waits_since = time.monotonic()
        try:
            return answer()
        except psycopg.Error as error:
            if queued and not is_trouble(error):
                raise NotForAll(str(error)) from error
            raise
        finally:
            self.waits_since = None

    def is_readable(self) -> bool:
        """Whether the server has said something that nobody asked for: mostly that the connection is over."""
        try:
            idle = self.waits_since is None and self._pipeline is None
            return idle and bool(select.select([self.raw.fileno()], [], [], 0)[0])
        except (psycopg.Error, OSError, ValueError):
            return True  # closed

    def cut(self) -> None:
        """End a wait for an answer that does not come: it fails at once. Any thread."""
        with (
            suppress(psycopg.Error, OSError),
            socket.socket(fileno=os.dup(self.raw.fileno())) as connected,
        ):
            connected.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with suppress(psycopg.Error):
            self._abandon_pipeline()
        with suppress(psycopg.Error):
            self.raw.close()

    def _enter_pipeline(self) -> None:
        self._pipeline = self.raw.pipeline()
        self._queue = self._pipeline.__enter__()

    def _leave_pipeline(self) -> None:
        try:
            self._pipeline.__exit__(None, None, None)
        finally:
            self._pipeline = None  # not before: what the server answers now was asked for

    def _abandon_pipeline(self) -> None:
        self._queue_next = False
        if self._pipeline is not None:
            with suppress(psycopg.Error):
                self._leave_pipeline()

    def _roll_back(self) -> PostgresCursor:
        self._abandon_pipeline()
        self.wait_for(self.raw.rollback)
        return PostgresCursor(self, self.raw.cursor())


# Statements are planned once, while the tables are still small enough to be read whole, and would go on reading
# them whole when they have grown. What the writer looks up has an index.
_BY_INDEX = """
    SELECT set_config('enable_seqscan', 'off', false), set_config('enable_hashjoin', 'off', false),
    set_config('enable_mergejoin', 'off', false), set_config('jit', 'off', false)"""


def look_up_by_index(connection: PostgresConnection) -> None:
    """Have what the connection looks up from now on found by an index, however small or large the tables are."""
    connection.execute(_BY_INDEX)


def connect(conninfo: str, name: str, *, durable: bool = True) -> PostgresConnection:
    """Connect to the server. Raises `psycopg.Error`.

    Args:
        conninfo: As libpq reads it.
        name: What the server's views call the connection.
        durable: Whether a commit waits until it is on the server's disk.
    """
    known: dict[str, Any] = {**_CONNECTING, "application_name": name}
    known |= psycopg.conninfo.conninfo_to_dict(conninfo)
    raw: Any = psycopg.connect(**known | {"autocommit": True, "client_encoding": "UTF8"})
    raw.adapters.register_dumper(int, Int8Dumper)
    raw.adapters.register_dumper(int, Int8BinaryDumper)
    raw.adapters.register_dumper(bool, _FlagDumper)
    raw.adapters.register_loader("numeric", _NumericLoader)
    try:
        raw.execute(_SESSION)
        with suppress(psycopg.Error):  # servers on some systems cannot look
            raw.execute("SET client_connection_check_interval = 1000")
        if not durable:
            raw.execute("SET synchronous_commit = off")
        elif raw.execute("SHOW synchronous_commit").fetchone()[0] == "off":
            raw.execute("SET synchronous_commit = on")
    except BaseException:
        raw.close()
        raise
    return PostgresConnection(raw)
