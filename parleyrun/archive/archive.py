"""A store opened for reading, beside whatever process writes to it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from ..errors import StoreError
from ..store.sqlite.tables import VERSION
from .conversations import Conversation, Entry, Matched, Person, Row, entries
from .safe_unpickling import loads

LIVE = "live"
"""What a selection calls the outcome of conversations that still go on."""

_BATCH = 500
_BUSY_SECONDS = 10.0

# The participant and the number in a line's `message_id`, if it has the form of a line reference.
_DIGITS_FROM = "length(rtrim(l.message_id, '0123456789'))"
_ORIGINAL = f"""
    l.mine = 0
    AND substr(l.message_id, {_DIGITS_FROM}, 1) = '#'
    AND o.participant = (SELECT n FROM participants WHERE id = substr(l.message_id, 1, {_DIGITS_FROM} - 1))
    AND o.seq = CAST(substr(l.message_id, {_DIGITS_FROM} + 1) AS INTEGER)
    AND o.mine = 1 AND o.run = l.run AND o.text = l.text AND o.participant <> l.participant
"""  # noqa: S608  # made of the constant above


def _mark(kind: str) -> str:
    return f"""CASE WHEN l.mine = 0 THEN (
        SELECT m.at FROM marks AS m
        WHERE m.participant_id = p.id AND m.kind = '{kind}' AND m.seq >= l.seq
        ORDER BY m.seq LIMIT 1) END"""  # noqa: S608  # `kind` is one of two words below


_SENDINGS = """CASE WHEN l.mine = 0 THEN (
        SELECT nullif(json_group_array(json_array(s.state, s.channel_id, s.reason, s.pieces)), '[]') FROM (
            SELECT * FROM outbox WHERE participant_id = p.id AND seq = l.seq ORDER BY piece
        ) AS s) END"""

_COLUMNS = f"""
    SELECT l.n, p.id, l.seq, l.mine, l.speaker, l.text, l.more, l.sent, l.at,
        (SELECT uid FROM runs WHERE n = l.run), l.consumed, o.n,
        {_mark("delivered")}, {_mark("read")},
        {_SENDINGS}
"""  # noqa: S608  # made of the constants above

# A run's lines are where its seats say.
LOG_OF_RUN = """
    seats AS s ON s.run_uid = r.uid JOIN participants AS p ON p.id = s.participant_id
    JOIN log AS l ON l.participant = p.n AND l.run = r.n
        AND l.seq BETWEEN s.first_seq AND coalesce(s.last_seq, 9223372036854775807)
"""
_LINES_OF_RUN = f"""
    {_COLUMNS} FROM runs AS r JOIN {LOG_OF_RUN} LEFT JOIN log AS o ON {_ORIGINAL}
    WHERE r.uid = ? ORDER BY coalesce(o.n, l.n), l.n
"""
_SAID_IN_RUN = f"SELECT count(*) FROM runs AS r JOIN {LOG_OF_RUN} WHERE r.uid = ? AND l.mine = 1"  # noqa: S608
_ROW = f"""
    {_COLUMNS} FROM log AS l JOIN participants AS p ON p.n = l.participant LEFT JOIN log AS o ON {_ORIGINAL}
"""
_LINES_OF_LOG = f"{_ROW} WHERE p.id = ? AND l.seq > ? ORDER BY l.seq"
_LINE = f"{_ROW} WHERE p.id = ? AND l.seq = ?"

_RUN = """
    SELECT uid, run_id, grp, world, kind, task, started, ended, outcome, reason, forced, outcome_data
    FROM runs WHERE uid = ?
"""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which conversations to read; what is left empty takes all.

    `outcomes` may hold `LIVE`. `since` is wall time in seconds, compared with when a conversation began.
    `with_words_of` is a role, or another speaker's name, that must have said something.
    """

    kinds: tuple[str, ...] = ("task",)
    tasks: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    since: float | None = None
    with_words_of: str | None = None

    def where(self) -> tuple[str, list[Any]]:
        """Return the SQL condition on `runs`, and its values."""
        parts, values = ["1"], list[Any]()
        for column, wanted in (("kind", self.kinds), ("task", self.tasks)):
            if wanted:
                parts.append(f"{column} IN ({', '.join('?' * len(wanted))})")
                values += wanted
        if self.outcomes:
            ended = [outcome for outcome in self.outcomes if outcome != LIVE]
            live = " OR ended IS NULL" if LIVE in self.outcomes else ""
            parts.append(f"(outcome IN ({', '.join('?' * len(ended))}){live})")
            values += ended
        if self.since is not None:
            parts.append("started >= ?")
            values.append(self.since)
        if self.with_words_of is not None:
            parts.append(_HAS_WORDS_OF)
            values.append(self.with_words_of)
        return " AND ".join(parts), values


_HAS_WORDS_OF = f"""EXISTS (
    SELECT 1 FROM runs AS r JOIN {LOG_OF_RUN} WHERE r.uid = runs.uid
        AND CASE WHEN l.mine THEN coalesce(nullif(s.role, ''), s.participant_id) ELSE l.speaker END = ?)"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class KnownParticipant:
    """A participant as the record knows them. `said` counts their messages, `conversations` their task runs."""

    participant_id: str
    first_seen: float
    place: str | None
    task: str | None
    since: float | None
    said: int
    conversations: int


class Record:
    """Reads a store that another process may be writing to. For one thread; use it as a context manager.

    Nothing is ever written. Raises `StoreError` where there is no store, it cannot be read, or it is of a
    version this code does not know.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._closed = False
        self._connection = open_store(path, "ro")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file. Calling it twice is harmless."""
        self._closed = True
        self._connection.close()

    def count(self, selection: Selection) -> int:
        """Return how many conversations a selection takes."""
        where, values = selection.where()
        return int(self._one(f"SELECT count(*) FROM runs WHERE {where}", values)[0])  # noqa: S608

    def conversations(self, selection: Selection) -> Iterator[Conversation]:
        """Yield the conversations of a selection, in the order in which they began.

        Between one and the next the record stands still, so that `messages` tells of the same moment.
        """
        for uid in self._uids(selection):
            with self.standing_still():
                conversation = self.conversation(uid)
                if conversation is not None:
                    yield conversation

    def conversation(self, uid: str) -> Conversation | None:
        run = self._one(_RUN, [uid])
        if run is None:
            return None
        uid, run_id, group, world, kind, task, started, ended, outcome, reason, forced, data = run
        seats = self._all("SELECT participant_id, role FROM seats WHERE run_uid = ? ORDER BY position", [uid])
        return Conversation(
            uid,
            run_id,
            group,
            world,
            kind,
            task,
            started,
            ended,
            outcome,
            reason or "",
            bool(forced),
            loads(data),
            people=tuple(Person(*seat) for seat in seats),
            matched=self._matched(uid),
        )

    def messages(self, conversation: Conversation) -> Iterator[Entry]:
        """Yield the messages of a conversation, in the order in which they were recorded."""
        with self._reading():
            lines = self._connection.execute(_LINES_OF_RUN, [conversation.uid])
            yield from entries(map(Row._make, lines), conversation.speakers)

    def find(self, name: str) -> list[str]:
        """Return the uids of the runs that a name means: `chat/t_12`, a uid, or the first characters of one."""
        group, _, run_id = name.rpartition("/")
        found = self._all("SELECT uid FROM runs WHERE grp = ? AND run_id = ? LIMIT 10", [group, run_id])
        if not found and name:
            found = self._all("SELECT uid FROM runs WHERE substr(uid, 1, length(?1)) = ?1 LIMIT 10", [name])
        return [uid for (uid,) in found]

    def said(self, uid: str) -> int:
        """Return how many messages people said in a run."""
        return int(self._one(_SAID_IN_RUN, [uid])[0])

    def tasks(self) -> list[str]:
        """Return the keys of the tasks there are conversations of."""
        return [task for (task,) in self._all("SELECT DISTINCT task FROM runs WHERE task IS NOT NULL ORDER BY 1")]

    def speakers(self) -> list[str]:
        """Return the roles, and the names of bots and worlds, that spoke in tasks; twenty at most."""
        names = """
            SELECT role FROM seats WHERE role <> ''
            UNION SELECT speaker FROM log
            WHERE mine = 0 AND speaker <> '' AND run IN (SELECT n FROM runs WHERE kind = 'task')
            LIMIT 20"""
        return [name for (name,) in self._all(names)]

    def participants(self) -> Iterator[KnownParticipant]:
        """Yield everybody the record knows, in the order in which they first came."""
        known = """
            SELECT p.id, p.first_seen, p.place, p.task, p.since,
                (SELECT count(*) FROM log AS l WHERE l.participant = p.n AND l.mine = 1),
                (SELECT count(*) FROM seats AS s JOIN runs AS r ON r.uid = s.run_uid
                 WHERE s.participant_id = p.id AND r.kind = 'task')
            FROM participants AS p ORDER BY p.n"""
        with self._reading():
            yield from (KnownParticipant(*row) for row in self._connection.execute(known))

    def changes(self) -> int:
        """Return a number that is another one once a process has written to the store."""
        return int(self._one("PRAGMA data_version")[0])

    def newest_run(self) -> int:
        """Return the place of the newest run, for `runs_after`."""
        return int(self._one("SELECT coalesce(max(n), 0) FROM runs")[0])

    def runs_after(self, place: int, selection: Selection) -> list[tuple[int, str]]:
        """Return `(place, uid)` of the runs of a selection that began after that one, a batch at most."""
        where, values = selection.where()
        wanted = f"SELECT n, uid FROM runs WHERE n > ? AND {where} ORDER BY n LIMIT {_BATCH}"  # noqa: S608
        return self._all(wanted, [place, *values])

    def lines_after(self, participant_id: str, seq: int) -> list[Row]:
        """Return a participant's lines after that one, oldest first."""
        return [Row._make(row) for row in self._all(_LINES_OF_LOG, [participant_id, seq])]

    def line(self, participant_id: str, seq: int) -> Row | None:
        """Return one line of a participant's log."""
        found = self._one(_LINE, [participant_id, seq])
        return None if found is None else Row._make(found)

    def standing_of(self, participant_id: str) -> tuple[int, list[int]]:
        """Return the newest line of a participant, and which of their own nobody has read yet."""
        newest = self._one("SELECT coalesce(max(seq), 0) FROM lines WHERE participant_id = ?", [participant_id])[0]
        unread = self._all(
            "SELECT seq FROM lines WHERE participant_id = ? AND mine = 1 AND consumed = 0", [participant_id]
        )
        return int(newest), [seq for (seq,) in unread]

    def live(self, selection: Selection) -> list[str]:
        """Return the uids of the runs of a selection that go on."""
        where, values = selection.where()
        return [uid for (uid,) in self._all(f"SELECT uid FROM runs WHERE ended IS NULL AND {where}", values)]  # noqa: S608

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Read one moment of the record until the end of the block, whatever is written meanwhile."""
        with self._reading():
            self._connection.execute("BEGIN")
        try:
            yield
        finally:
            # Whoever stops in the middle of reading may have closed the record by the time they get here.
            if not self._closed:
                self._connection.rollback()

    def _uids(self, selection: Selection) -> Iterator[str]:
        place = 0
        while batch := self.runs_after(place, selection):
            place = batch[-1][0]
            yield from (uid for _, uid in batch)

    def _matched(self, uid: str) -> Matched | None:
        found = self._one(
            "SELECT at, taken, passed_over FROM matches WHERE run_uid = ? ORDER BY id LIMIT 1", [uid]
        )
        if found is None:
            return None
        at, taken, passed_over = found
        return Matched(at, tuple(json.loads(taken)), tuple((who, why) for who, why in json.loads(passed_over)))

    def _one(self, query: str, values: list[Any] | None = None) -> Any:
        with self._reading():
            return self._connection.execute(query, values or []).fetchone()

    def _all(self, query: str, values: list[Any] | None = None) -> list[Any]:
        with self._reading():
            return self._connection.execute(query, values or []).fetchall()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self.path} cannot be read: {error}") from error


def open_store(path: Path, mode: str) -> sqlite3.Connection:
    """Connect to a store that exists, to read ('ro') or to write ('rw') it. Raises `StoreError`."""
    if not path.is_file():
        raise StoreError(f"expected a store at {path}, got {'a folder' if path.is_dir() else 'nothing there'}")
    try:
        return _connect(path, f"mode={mode}")
    except sqlite3.OperationalError as error:
        if mode == "ro" and not path.with_name(path.name + "-wal").exists():
            # In a folder that cannot be written to, SQLite reads only what it may take for unchanging; with no
            # log of changes beside it, nobody is writing to it.
            return _connect_or_refuse(path, "mode=ro&immutable=1")
        raise StoreError(f"{path} cannot be opened: {error}") from error
    except sqlite3.DatabaseError as error:
        raise StoreError(f"expected a store at {path}, got a file of another kind ({error})") from error


def _connect_or_refuse(path: Path, how: str) -> sqlite3.Connection:
    try:
        return _connect(path, how)
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be opened: {error}") from error


def _connect(path: Path, how: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path.resolve()))}?{how}", uri=True, isolation_level=None, timeout=_BUSY_SECONDS
    )
    try:
        _check_version(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").fetchone():
        raise StoreError(f"expected a store at {path}, got a SQLite database of something else")
    found = connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
    version = int(found[0]) if found else 0
    if version > VERSION:
        raise StoreError(
            f"{path} is a store of version {version}, and this parleyrun knows versions up to {VERSION}: "
            f"use the parleyrun that wrote it, or a newer one"
        )
    if version < VERSION:
        raise StoreError(
            f"{path} is a store of version {version}, expected {VERSION}: "
            f"`parleyrun serve` brings it up to date when it opens it"
        )
