"""What may be asked of the record at any time, on a connection beside the writer's."""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from ...errors import StoreError
from ...events import Delivery
from ..protocol import ReadLine, parse_line_reference
from .columns import delivery_from
from .connection import Connection, explain

T = TypeVar("T")

_LINES_AFTER = (
    "SELECT participant_id, seq, mine, at, speaker, text, more, message_id FROM lines "
    "WHERE participant_id = ? AND seq > ? ORDER BY seq"
)
_CARRIED = (
    "SELECT message_id FROM lines WHERE participant_id = ? AND seq > ? AND seq <= ? "
    "AND mine = 0 AND message_id IS NOT NULL ORDER BY seq"
)
_LAST_LINE = "SELECT max(seq) FROM lines WHERE participant_id = ?"
_READ_TO = "SELECT read_to FROM participants WHERE id = ?"
_DELIVERED_TO = "SELECT max(seq) FROM marks WHERE participant_id = ? AND kind = 'delivered'"
_SECRET = "SELECT value FROM meta WHERE key = ?"  # noqa: S105  # a query, not a password


class Reader:
    """Answers from the last committed state; never waits for the writer. All methods: any thread.

    `connect()` opens a connection, and is called again after one that failed. Everything raises `StoreError`
    when the file cannot be read.
    """

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._connection: Connection | None = None
        self._read_to: dict[str, int] = {}
        self._delivered_to: dict[str, int] = {}
        self._secrets: dict[str, bytes] = {}
        self._closed = False
        self._lock = threading.Lock()  # guards all of these, and each use of the connection

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._drop_connection()

    def lines_after(self, participant_id: str, seq: int) -> list[Delivery]:
        """Return a participant's lines after that one, oldest first."""
        rows = self.ask(lambda connection: connection.execute(_LINES_AFTER, (participant_id, seq)).fetchall())
        return [delivery_from(row) for row in rows]

    def delivered_through(self, participant_id: str, seq: int) -> int:
        """Note that a participant's lines up to that one, or as far as their log goes, have reached their screen.

        Return up to where that is; 0 if it is no news.
        """
        with self._lock:
            if seq <= self._delivered_to.get(participant_id, 0):
                return 0
            return self._ask(lambda connection: self._delivered_through(connection, participant_id, seq))

    def read_through(self, participant_id: str, seq: int) -> tuple[int, list[ReadLine]]:
        """Note that a participant has read up to that line, or as far as their log goes.

        Return up to where that is (0 if it is no news), and whose lines are read now for the first time.
        """
        with self._lock:
            return self._ask(lambda connection: self._read_through(connection, participant_id, seq))

    def ask(self, question: Callable[[Connection], T]) -> T:
        """Return the answer to a question that only reads. It may be put twice."""
        with self._lock:
            return self._ask(question)

    def secret(self, name: str) -> bytes:
        """Return the key of that name, made at the first time and on record before it is returned."""
        with self._lock:
            key = self._secrets.get(name)
            if key is None:
                key = self._secrets[name] = self._ask(lambda connection: _secret(connection, f"secret:{name}"))
            return key

    def forget(self, participant_id: str) -> None:
        """Let go of what is kept in memory of a participant."""
        with self._lock:
            self._read_to.pop(participant_id, None)
            self._delivered_to.pop(participant_id, None)

    def _delivered_through(self, connection: Connection, who: str, seq: int) -> int:
        before = self._delivered_to.get(who)
        if before is None:
            before = connection.execute(_DELIVERED_TO, (who,)).fetchone()[0] or 0
        # What was read was delivered, and needs no other mark to say so.
        before = max(before, self._known_read_to(connection, who))
        until = _cut_to_log(connection, who, seq)
        self._delivered_to[who] = max(before, until)
        return until if until > before else 0

    def _known_read_to(self, connection: Connection, who: str) -> int:
        known = self._read_to.get(who)
        if known is None:
            row = connection.execute(_READ_TO, (who,)).fetchone()
            known = 0 if row is None else int(row[0])
        return known

    def _read_through(self, connection: Connection, who: str, seq: int) -> tuple[int, list[ReadLine]]:
        before = self._known_read_to(connection, who)
        until = _cut_to_log(connection, who, seq)
        self._read_to[who] = max(before, until)
        if until <= before:
            return 0, []
        carried = [parse_line_reference(row[0]) for row in connection.execute(_CARRIED, (who, before, until))]
        return until, [line for line in carried if line is not None and line.participant_id != who]

    def _ask(self, question: Callable[[Connection], T]) -> T:
        """Put the question, once more on a new connection if the first one fails. `_lock` is held."""
        if self._closed:
            raise StoreError("the store is closed: nothing can be read from it")
        for attempt in (1, 2):
            try:
                if self._connection is None:
                    self._connection = self._connect()
                return question(self._connection)
            except sqlite3.Error as error:
                self._drop_connection()
                if attempt == 2:
                    raise StoreError(f"the store cannot be read: {explain(error)}") from error
        raise AssertionError("unreachable")

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _cut_to_log(connection: Connection, who: str, seq: int) -> int:
    """Return the number of a line, or that of a participant's newest one if it is not there yet."""
    last = connection.execute(_LAST_LINE, (who,)).fetchone()[0]
    return min(seq, last or 0)


def _secret(connection: Connection, key: str) -> bytes:
    row: tuple[Any] | None = connection.execute(_SECRET, (key,)).fetchone()
    if row is None:
        value = secrets.token_bytes(32)
        connection.execute("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING", (key, value))
        row = connection.execute(_SECRET, (key,)).fetchone()
        assert row is not None
    return bytes(row[0])
