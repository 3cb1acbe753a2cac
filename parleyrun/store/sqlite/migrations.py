"""Bringing a store's file to the version this code speaks."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Sequence

from ...errors import StoreError
from ..pickling import unpickle
from ..plain_json import plain_json
from ..record.operators.acts_migration import add_operators
from ..record.reactions.reactions_migration import add_reactions
from ..record.single_statements import statements
from .connection import DAMAGED, Connection
from .tables import STUDY_VIEWS, TABLES, VERSION

Migration = Callable[[Connection], None]


def _number(connection: Connection) -> None:
    """From version 1, where the log named participants and runs in full, and not when a line was said."""
    for statement in statements(_TO_VERSION_2):
        connection.execute(statement)


_TO_VERSION_2 = """
CREATE TABLE new_participants (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    first_seen REAL NOT NULL,
    place TEXT,
    task TEXT,
    since REAL,
    run_uid TEXT,
    overworld_uid TEXT,
    admitted INTEGER NOT NULL DEFAULT 0,
    at_gate INTEGER NOT NULL DEFAULT 0,
    wrong_passwords INTEGER NOT NULL DEFAULT 0,
    read_to INTEGER NOT NULL DEFAULT 0,
    data BLOB,
    onboard_data BLOB
);
INSERT INTO new_participants SELECT rowid, * FROM participants ORDER BY rowid;
CREATE TABLE new_runs (
    n INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    run_id TEXT NOT NULL,
    grp TEXT NOT NULL,
    world TEXT NOT NULL,
    kind TEXT NOT NULL,
    task TEXT,
    epoch INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    started REAL NOT NULL,
    ended REAL,
    outcome TEXT,
    reason TEXT,
    forced INTEGER,
    outcome_data BLOB,
    value BLOB,
    answered INTEGER NOT NULL DEFAULT 0,
    asleep INTEGER NOT NULL DEFAULT 0,
    snapshot BLOB
);
INSERT INTO new_runs SELECT rowid, * FROM runs ORDER BY rowid;
CREATE TABLE log (
    n INTEGER PRIMARY KEY,
    participant INTEGER NOT NULL REFERENCES participants (n),
    seq INTEGER NOT NULL,
    mine INTEGER NOT NULL,
    consumed INTEGER NOT NULL DEFAULT 0,
    run INTEGER REFERENCES runs (n),
    speaker TEXT NOT NULL,
    text TEXT NOT NULL,
    more BLOB,
    message_id TEXT,
    at REAL NOT NULL,
    sent REAL
);
INSERT INTO log
    SELECT l.n, p.n, l.seq, l.mine, l.consumed, (SELECT r.n FROM new_runs AS r WHERE r.uid = l.run_uid),
        l.speaker, l.text, l.more, l.message_id, l.at, NULL
    FROM lines AS l JOIN new_participants AS p ON p.id = l.participant_id ORDER BY l.n;
ALTER TABLE seats ADD COLUMN first_seq INTEGER NOT NULL DEFAULT 1;
ALTER TABLE seats ADD COLUMN last_seq INTEGER;
-- A run that goes on may yet read what its person wrote before its first line: it has their whole log.
UPDATE seats SET first_seq = coalesce(
    (SELECT min(seq) FROM lines AS l WHERE l.run_uid = seats.run_uid AND l.participant_id = seats.participant_id),
    first_seq) WHERE run_uid IN (SELECT uid FROM runs WHERE ended IS NOT NULL);
UPDATE seats SET last_seq =
    (SELECT max(seq) FROM lines AS l WHERE l.run_uid = seats.run_uid AND l.participant_id = seats.participant_id)
    WHERE run_uid IN (SELECT uid FROM runs WHERE ended IS NOT NULL);
DROP TABLE lines;
DROP TABLE participants;
DROP TABLE runs;
ALTER TABLE new_participants RENAME TO participants;
ALTER TABLE new_runs RENAME TO runs;
CREATE INDEX open_runs ON runs (uid) WHERE ended IS NULL OR answered = 0;
CREATE INDEX runs_of_group ON runs (grp, run_id);
CREATE UNIQUE INDEX log_lines ON log (participant, seq);
CREATE UNIQUE INDEX journal ON log (participant, message_id) WHERE mine = 1;
CREATE INDEX unread ON log (participant, seq) WHERE mine = 1 AND consumed = 0;
CREATE VIEW lines AS
    SELECT log.n, participants.id AS participant_id, seq, mine, consumed,
        (SELECT uid FROM runs WHERE runs.n = log.run) AS run_uid, speaker, text, more, message_id, at, sent
    FROM log JOIN participants ON participants.n = log.participant;
"""


def _add_outbox(connection: Connection) -> None:
    """From version 2, which knew of no channel that sends by itself."""
    added = """
        ALTER TABLE participants ADD COLUMN sent_to INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE outbox (
            participant_id TEXT NOT NULL REFERENCES participants (id),
            seq INTEGER NOT NULL,
            piece INTEGER NOT NULL,
            pieces INTEGER NOT NULL,
            state TEXT NOT NULL,
            at REAL NOT NULL,
            channel_id TEXT,
            reason TEXT NOT NULL,
            PRIMARY KEY (participant_id, seq, piece)
        ) WITHOUT ROWID;
        CREATE INDEX sendings_by_channel_id ON outbox (channel_id) WHERE channel_id IS NOT NULL;
        CREATE TABLE notes (
            channel TEXT NOT NULL,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (channel, key)
        ) WITHOUT ROWID"""
    for statement in statements(added):
        connection.execute(statement)


def _add_starts(connection: Connection) -> None:
    """From version 3, which did not tell the starts of a service apart."""
    added = """
        CREATE TABLE starts (
            n INTEGER PRIMARY KEY,
            run_id TEXT NOT NULL UNIQUE,
            at REAL NOT NULL,
            version TEXT NOT NULL,
            config_hash TEXT NOT NULL,
            host TEXT NOT NULL,
            pid INTEGER NOT NULL
        );
        DROP INDEX runs_of_group;
        ALTER TABLE runs RENAME COLUMN run_id TO task_id;
        CREATE INDEX runs_of_group ON runs (grp, task_id);
        ALTER TABLE runs ADD COLUMN start INTEGER REFERENCES starts (n)"""
    for statement in statements(added):
        connection.execute(statement)


def _part_carried_line(connection: Connection) -> None:
    """From version 4, whose `message_id` was the channel's of what people said, else the line that it carries."""
    for statement in statements(_TO_VERSION_5):
        connection.execute(statement)
    for table in ("inside", "said_inside"):
        for run_uid, n, message in connection.execute(f"SELECT run_uid, n, message FROM {table}").fetchall():  # noqa: S608
            renamed = _with_carried_line(message)
            if renamed is not None:
                connection.execute(
                    f"UPDATE {table} SET message = ? WHERE run_uid = ? AND n = ?",  # noqa: S608  # one of two names
                    (renamed, run_uid, n),
                )
    # What is no valid Unicode is spelled out with backslashes in its column, and has its exact self in `more`.
    exact = connection.execute(
        r"SELECT n, more FROM log WHERE carried_line LIKE '%\u%' AND more IS NOT NULL"
    ).fetchall()
    for n, more in exact:
        renamed = _with_carried_line(more)
        if renamed is not None:
            connection.execute("UPDATE log SET more = ? WHERE n = ?", (renamed, n))


def _with_carried_line(packed: bytes) -> bytes | None:
    """Return the pickle of a message's fields with the new name of one; None if it does not have that one."""
    fields = unpickle(packed, "part of a recorded message")
    if not isinstance(fields, dict) or "message_id" not in fields:
        return None
    fields["carried_line"] = fields.pop("message_id")
    return pickle.dumps(fields, 5)


_TO_VERSION_5 = """
DROP VIEW lines;
ALTER TABLE log ADD COLUMN carried_line TEXT;
UPDATE log SET carried_line = message_id, message_id = NULL WHERE mine = 0 AND message_id IS NOT NULL;
CREATE VIEW lines AS
    SELECT log.n, participants.id AS participant_id, seq, mine, consumed,
        (SELECT uid FROM runs WHERE runs.n = log.run) AS run_uid, speaker, text, more, message_id,
        carried_line, at, sent
    FROM log JOIN participants ON participants.n = log.participant;
"""


def _add_plain_values(connection: Connection) -> None:
    """From version 5, which had authors' values as pickles only. The views to study it by come with version 7."""
    for statement in statements(_TO_VERSION_6):
        connection.execute(statement)
    for table, column in (("participants", "data"), ("participants", "onboard_data"), ("runs", "outcome_data")):
        n = 0
        # One at a time, as each may be large.
        while True:
            row = connection.execute(
                f"SELECT n, {column} FROM {table} WHERE n > ? AND {column} IS NOT NULL ORDER BY n LIMIT 1",  # noqa: S608
                (n,),
            ).fetchone()
            if row is None:
                break
            n, pickled = row
            connection.execute(f"UPDATE {table} SET {column}_json = ? WHERE n = ?", (plain_json(pickled), n))  # noqa: S608


# How often somebody came is not on record; who was in an overworld came once at least.
_TO_VERSION_6 = """
ALTER TABLE participants ADD COLUMN data_json TEXT;
ALTER TABLE participants ADD COLUMN onboard_data_json TEXT;
ALTER TABLE participants ADD COLUMN visits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE participants ADD COLUMN waited_seconds REAL NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN outcome_data_json TEXT;
UPDATE participants SET visits = 1 WHERE EXISTS (
    SELECT 1 FROM seats AS s JOIN runs AS r ON r.uid = s.run_uid AND r.kind = 'overworld'
    WHERE s.participant_id = participants.id);
"""


def _add_bots(connection: Connection) -> None:
    """From version 6, where bots had neither seats nor logs, and what they said was a world's word."""
    for statement in statements(_TO_VERSION_7 + STUDY_VIEWS):
        connection.execute(statement)


_TO_VERSION_7 = """
DROP VIEW IF EXISTS study_people;
DROP VIEW IF EXISTS study_runs;
DROP VIEW IF EXISTS study_lines;
ALTER TABLE participants ADD COLUMN is_bot INTEGER NOT NULL DEFAULT 0;
ALTER TABLE seats ADD COLUMN model TEXT;
ALTER TABLE seats ADD COLUMN disclosed INTEGER;
CREATE TABLE decisions (
    n INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (n),
    participant INTEGER NOT NULL REFERENCES participants (n),
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    why TEXT NOT NULL,
    seq INTEGER,
    at REAL NOT NULL,
    model TEXT,
    served_by TEXT,
    text TEXT,
    parameters TEXT,
    prompt_hash TEXT,
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    tokens_estimated INTEGER,
    cost REAL,
    seconds REAL,
    tries INTEGER,
    finish_reason TEXT,
    calls TEXT,
    failure TEXT,
    error TEXT,
    prompt TEXT
);
CREATE UNIQUE INDEX decisions_of_bot ON decisions (participant, number);
CREATE INDEX decisions_of_line ON decisions (participant, seq) WHERE seq IS NOT NULL;
CREATE TABLE moderated (
    n INTEGER PRIMARY KEY,
    run INTEGER REFERENCES runs (n),
    participant INTEGER NOT NULL REFERENCES participants (n),
    at REAL NOT NULL,
    speaker TEXT NOT NULL,
    text TEXT NOT NULL,
    more BLOB,
    carried_line TEXT,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    shown TEXT
);
CREATE INDEX moderated_in_run ON moderated (run);
CREATE TABLE assignments (
    condition TEXT NOT NULL,
    owner TEXT NOT NULL,
    value TEXT NOT NULL,
    state TEXT NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (condition, owner)
) WITHOUT ROWID;
"""


def _drop_index_of_message_ids(connection: Connection) -> None:
    """From version 9, in which the file knew what was said already; now whoever writes knows it."""
    connection.execute("DROP INDEX journal")


MIGRATIONS: Sequence[Migration] = (
    _number,
    _add_outbox,
    _add_starts,
    _part_carried_line,
    _add_plain_values,
    _add_bots,
    add_operators,
    add_reactions,
    _drop_index_of_message_ids,
)
"""Number N (from 0) takes a store from version N + 1 to N + 2, inside a transaction that is not its own."""


def prepare(
    connection: Connection,
    *,
    version: int = VERSION,
    migrations: Sequence[Migration] = MIGRATIONS,
    tables: str = TABLES,
) -> None:
    """Make the tables in an empty file, or migrate an older store, in one transaction.

    Raises `StoreError` for a file that is no store, and for a store of a newer version.
    """
    # A migration that makes a table anew drops the old one, to which other tables refer until it is there again.
    # This can only be said outside of a transaction.
    connection.execute("PRAGMA foreign_keys = OFF")
    try:
        _prepare(connection, version, migrations, tables)
    finally:
        connection.execute("PRAGMA foreign_keys = ON")


def _prepare(connection: Connection, version: int, migrations: Sequence[Migration], tables: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = _version(connection)
        if found is None:
            _create(connection, version, tables)
        elif found > version:
            raise StoreError(
                f"expected a store of version {version} or older, got version {found}: "
                f"it was written by a newer parleyrun. Upgrade parleyrun, or choose another file"
            )
        else:
            for migrate in migrations[found - 1 : version - 1]:
                migrate(connection)
            if found < version:
                _check_references(connection)
                connection.execute("UPDATE meta SET value = ? WHERE key = 'version'", (version,))
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _check_references(connection: Connection) -> None:
    broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    if broken is not None:
        raise StoreError(
            f"the older store cannot be brought up to date: a row of its table {broken[0]} refers to none"
        )


def _version(connection: Connection) -> int | None:
    """Return the version of the store in this file, None if the file is empty."""
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not names:
        return None
    row = None
    if "meta" in names:
        row = connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
    if (row is None or not isinstance(row[0], int)) and names >= {"meta", "participants", "runs"}:
        raise StoreError(f"{DAMAGED} (its version is not there)")
    if row is None or not isinstance(row[0], int):
        raise StoreError("expected a store of parleyrun, got another program's SQLite file; choose another file")
    return row[0]


def _create(connection: Connection, version: int, tables: str) -> None:
    for statement in statements(tables):
        connection.execute(statement)
    connection.executemany(
        "INSERT INTO meta (key, value) VALUES (?, ?)",
        [("version", version), ("created", time.time()), ("group", 0)],
    )
