"""Integrity check: what is wrong in a store's file, in words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from ....errors import StoreError
from ...decision_columns import ANSWER_TEXTS
from ..connection import DAMAGED, Connection, explain, is_damage

MOST_FAULTS = 100
"""How many faults of one kind are told."""

_INVARIANTS = {
    "its own notes (version, transactions) are no numbers": """
        SELECT key FROM meta WHERE key IN ('version', 'group') AND typeof(value) <> 'integer'""",
    "its own notes (version, transactions) are missing": """
        SELECT column1 FROM (VALUES ('version'), ('created'), ('group'))
        WHERE column1 NOT IN (SELECT key FROM meta)""",
    "a participant's lines are not numbered from 1 without holes": """
        SELECT (SELECT id FROM participants WHERE n = log.participant) FROM log
        GROUP BY participant HAVING count(*) <> max(seq) OR min(seq) <> 1""",
    "a line has no words, number or time": """
        SELECT n FROM log WHERE typeof(text) <> 'text' OR typeof(speaker) <> 'text' OR typeof(seq) <> 'integer'
            OR typeof(at) NOT IN ('real', 'integer') OR mine NOT IN (0, 1)
            OR typeof(more) NOT IN ('blob', 'null')""",
    "a line of a person has no id of its channel, or one that was said to them has": """
        SELECT n FROM log WHERE (mine = 1 AND carried_line IS NOT NULL)
            OR (mine = 1) <> (message_id IS NOT NULL)
            AND (message_id IS NOT NULL OR participant NOT IN (SELECT n FROM participants WHERE is_bot = 1))""",
    "a message of a person is two lines": """
        SELECT message_id FROM log WHERE mine = 1 AND message_id IS NOT NULL
        GROUP BY participant, message_id HAVING count(*) > 1""",
    "a bot is somewhere, or sits where a person sits, or a person where a bot does": """
        SELECT id FROM participants AS p WHERE is_bot = 1 AND (place IS NOT NULL OR data IS NOT NULL)
        UNION ALL
        SELECT run_uid FROM seats AS s WHERE (model IS NOT NULL) <>
            (SELECT is_bot FROM participants AS p WHERE p.id = s.participant_id)""",
    "a decision of a bot has no kind, number or time, or what is JSON in it cannot be read": """
        SELECT n FROM decisions WHERE kind NOT IN ('spoke', 'silent', 'overtaken', 'failed', 'moderated')
            OR typeof(number) <> 'integer' OR typeof(at) NOT IN ('real', 'integer')
            OR participant NOT IN (SELECT n FROM participants WHERE is_bot = 1)
            OR model IS NOT NULL AND NOT (json_valid(parameters) AND json_valid(calls))""",
    "a decision of a bot names a line that it has not said": """
        SELECT n FROM decisions AS d WHERE seq IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM log WHERE participant = d.participant AND seq = d.seq AND mine = 1)""",
    "what was moderated has no words, or no known verdict": """
        SELECT n FROM moderated WHERE typeof(text) <> 'text' OR verdict NOT IN ('changed', 'held', 'refused')
            OR verdict = 'changed' AND shown IS NULL""",
    "a reaction is none, or has no time": """
        SELECT line FROM reactions WHERE reaction = '' OR typeof(at) NOT IN ('real', 'integer')""",
    "a line was read by nobody, but has not been said by a person": """
        SELECT n FROM log WHERE mine = 0 AND consumed <> 0""",
    "somebody has read, or was sent, more lines than they have": """
        SELECT id FROM participants
        WHERE max(read_to, sent_to) >
            coalesce((SELECT max(seq) FROM log WHERE participant = participants.n), 0)""",
    "a run has ended without an outcome, or has one and goes on": """
        SELECT uid FROM runs WHERE (ended IS NULL) <> (outcome IS NULL)""",
    "a run has no number of a turn or an epoch": """
        SELECT uid FROM runs WHERE typeof(turn) <> 'integer' OR typeof(epoch) <> 'integer'""",
    "a run that has ended is in the middle of a parley": """
        SELECT uid FROM runs WHERE ended IS NOT NULL
            AND (uid IN (SELECT run_uid FROM inside) OR uid IN (SELECT run_uid FROM said_inside))""",
    "a seat's lines end before they begin": """
        SELECT run_uid FROM seats WHERE last_seq < first_seq - 1""",
    "somebody waits in a pool and is somewhere else at the same time": """
        SELECT participant_id FROM pool
        WHERE 'waiting' IS NOT (SELECT place FROM participants WHERE id = participant_id)""",
    "who was matched cannot be read": """
        SELECT run_uid FROM matches WHERE NOT json_valid(taken) OR NOT json_valid(passed_over)""",
}
"""What is always so, said the other way round, and the query that finds where it is not."""

_TEXTS = (
    ("log", "n", ("text", "speaker", "message_id", "carried_line", "reply_to")),
    ("participants", "n", ("id", "place", "task")),
    ("runs", "n", ("uid", "task_id", "grp", "world", "kind", "task", "outcome", "reason")),
    ("seats", "run_uid", ("participant_id", "role", "model")),
    ("decisions", "n", ("why", *ANSWER_TEXTS)),
    ("moderated", "n", ("speaker", "text", "reason", "shown")),
    ("reactions", "line", ("line", "reaction")),
    ("operator_acts", "number", ("by", "verb", "target", "why", "details")),
)


def faults(connection: Connection) -> Iterator[str]:
    """Yield what is wrong in a store's file, in words. Reads all of it. Never raises `sqlite3.Error`."""
    try:
        found = [words for (words,) in connection.execute(f"PRAGMA integrity_check({MOST_FAULTS})")]
        yield from (f"the file itself: {words}" for words in found if words != "ok")
        for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check").fetchmany(MOST_FAULTS):
            where = "" if row is None else f", row {row}"
            yield f"a row refers to none: of the table {table}{where}, to the table {parent}"
        for words, query in _INVARIANTS.items():
            for (name,) in connection.execute(query).fetchmany(MOST_FAULTS):
                yield f"{words}: {name!s:.80}"
        yield from _unreadable_texts(connection)
    except sqlite3.Error as error:
        yield f"the check ended here: {error}"


def _unreadable_texts(connection: Connection) -> Iterator[str]:
    for table, key, columns in _TEXTS:
        blobs = ", ".join(f"CAST({column} AS BLOB)" for column in columns)
        for name, *texts in connection.execute(f"SELECT CAST({key} AS BLOB), {blobs} FROM {table}"):  # noqa: S608
            for column, text in zip(columns, texts, strict=True):
                try:
                    str(text or b"", "utf-8")
                except UnicodeDecodeError:
                    yield f"a text cannot be read: {column} of {table} {str(name, 'utf-8', 'backslashreplace')}"


@contextmanager
def damage_told(connection: Connection, before: str = "") -> Iterator[None]:
    """Turn what fails in the block because the file is damaged into a `StoreError` that says so, after `before`.

    Where something fails that has nothing to do with the file at first sight, the file is looked through.
    """
    try:
        yield
    except StoreError:
        raise
    except sqlite3.Error as error:
        if is_damage(error):
            raise StoreError(f"{before}{explain(error)}") from error
        raise
    except Exception as error:
        fault = _first_fault(connection)
        if fault is not None:
            raise StoreError(f"{before}{DAMAGED} ({fault})") from error
        raise


def _first_fault(connection: Connection) -> str | None:
    try:
        return next(faults(connection), None)
    except sqlite3.ProgrammingError:  # closed by now
        return None
