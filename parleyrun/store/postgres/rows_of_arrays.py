"""Many rows as one array for each column, and very many by COPY."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from ..decision_columns import DECISION_COLUMNS
from ..record.database import NotForAll, RecordConnection, Row
from ..record.statements import (
    INSERT_BOT_LINES,
    INSERT_DECISIONS,
    INSERT_LINES,
    UNLESS_DECIDED,
    UNLESS_ON_RECORD,
)
from .postgres_connection import LARGEST_BYTES, PostgresConnection
from .postgres_errors import is_trouble

_TO_TYPE: dict[str, Callable[[Any], Any]] = {"bigint": int, "float8": float, "text": str, "bytea": bytes}

_LINE = ("bigint",) * 5 + ("text", "text", "bytea", "text", "text", "float8", "float8", "text")
_BOT_LINE = ("bigint",) * 6 + ("text", "text", "bytea", "text", "float8", "float8", "text")
_WHOLE = {"number", "seq", "prompt_tokens", "completion_tokens", "tokens_estimated", "tries"}
_PARTS = {"at", "cost", "seconds"}
_DECISION = (
    "bigint",
    "bigint",
    *("bigint" if name in _WHOLE else "float8" if name in _PARTS else "text" for name in DECISION_COLUMNS),
)


def _rows(types: tuple[str, ...]) -> str:
    """Return the rows whose columns are arrays of these types, as `v` with the columns c1, c2, ..."""
    columns = ", ".join(f"c{number}" for number in range(1, len(types) + 1))
    return f"unnest({', '.join(f'?::{type_}[]' for type_ in types)}) AS v ({columns})"


def _inserting(before: str, types: tuple[str, ...], after: str) -> str:
    return f"{before.removesuffix('VALUES ')}SELECT * FROM {_rows(types)}{after}"  # noqa: S608  # made of constants


_CONSUMED = ("bigint", "bigint", "bigint")
_TURNS = ("bigint", "bigint", "bytea", "bigint", "bigint")

# Where each row lies is found first, one by one and by a unique index. If the tables were joined with the arrays,
# the server would take them for nearly empty, as they were when it planned that, and go through all for each row.
# The conditions are such that no partial index seems to answer them.
#
# A row that is not found divides by zero: so nothing of the transaction is on record, although nobody has waited
# for the answer before it was to be committed.
_TURNS_BETWEEN = f"""
    WITH updated AS (
        UPDATE runs SET turn = f.c1, asleep = f.c2, snapshot = f.c3 FROM (
            SELECT v.c1, v.c2, v.c3, (
                SELECT r.ctid FROM runs AS r
                WHERE r.n = v.c4 AND r.epoch = v.c5 AND coalesce(r.ended, -1) = -1) AS place
            FROM {_rows(_TURNS)} OFFSET 0) AS f
        WHERE runs.ctid = f.place RETURNING 1)
    SELECT 1 / (count(*) = ?)::int FROM updated"""  # noqa: S608  # made of constants

_CONSUME_LINES = f"""
    UPDATE log SET consumed = 1, run = f.c1 FROM (
        SELECT v.c1, (
            SELECT l.ctid FROM log AS l WHERE l.participant = v.c2 AND l.seq = v.c3 AND l.mine + 0 = 1) AS place
        FROM {_rows(_CONSUMED)} OFFSET 0) AS f
    WHERE log.ctid = f.place"""  # noqa: S608  # made of constants

_BULK: dict[str, tuple[str, tuple[str, ...]]] = {
    "add_lines": (_inserting(INSERT_LINES, _LINE, ""), _LINE),
    "add_bot_lines": (_inserting(INSERT_BOT_LINES, _BOT_LINE, UNLESS_ON_RECORD), _BOT_LINE),
    "add_decisions": (_inserting(INSERT_DECISIONS, _DECISION, UNLESS_DECIDED), _DECISION),
    "consume_lines": (_CONSUME_LINES, _CONSUMED),
    "turns_between": (_TURNS_BETWEEN, _TURNS),
}
"""Statements over many rows at once, and the types of the rows' columns."""

_LOG = INSERT_LINES.removeprefix("INSERT INTO ").removesuffix(" VALUES ")
_COPIED = {"add_lines": f"COPY {_LOG} FROM STDIN (FORMAT BINARY)"}
"""What adds rows, whatever is on record, for very many of them."""

_NAMES = {sql: name for name, (sql, _) in _BULK.items()} | {sql: name for name, sql in _COPIED.items()}
_COUNTED = "turns_between"


COPY_FROM = 500
"""So many rows are added faster by COPY, although that waits for the server."""


class RowsOfArrays:
    """Writes many rows as PostgreSQL does it fastest; but for COPY, without waiting for an answer."""

    least = 1

    def begin(self, connection: RecordConnection) -> None:
        """Have the transaction's statements sent without waiting for each."""
        cast(PostgresConnection, connection).queue_up()

    def write(self, connection: RecordConnection, name: str, rows: list[Row]) -> None:
        """Execute the statement of that name for all rows. Raises `NotForAll`, here or at the commit."""
        sql, types = _BULK[name]
        try:
            values: list[Any] = [
                [None if value is None else to_type(value) for value in column]
                for to_type, column in zip(map(_TO_TYPE.__getitem__, types), zip(*rows, strict=True), strict=True)
            ]
            if sum(len(value) for row in rows for value in row if type(value) is bytes) > LARGEST_BYTES:
                raise NotForAll(f"{name}: too large for one statement")
            if name == _COUNTED:
                values.append(len(rows))
            copying = _COPIED.get(name) if len(rows) >= COPY_FROM else None
            if copying is None:
                connection.execute(sql, values)
            else:
                cast(PostgresConnection, connection).copy_in(copying, zip(*values, strict=True), types)
        except NotForAll:
            raise
        except Exception as error:
            if is_trouble(error):
                raise
            raise NotForAll(f"{name}: {error}") from error

    def name_of(self, sql: str) -> str | None:
        """Return what a statement over many rows is called, None if it is none."""
        return _NAMES.get(sql)
