"""Many rows as the values of one statement."""

from __future__ import annotations

import sqlite3
from functools import cache
from itertools import chain

from ..record.database import NotForAll, RecordConnection, Row
from ..record.statements import (
    DECISION_VALUES,
    INSERT_BOT_LINES,
    INSERT_DECISIONS,
    INSERT_LINES,
    LINE_VALUES,
    UNLESS_DECIDED,
    UNLESS_ON_RECORD,
)
from .connection import is_trouble

_BULK = {
    "add_lines": (INSERT_LINES, LINE_VALUES, ""),
    "add_bot_lines": (INSERT_BOT_LINES, LINE_VALUES, UNLESS_ON_RECORD),
    "add_decisions": (INSERT_DECISIONS, DECISION_VALUES, UNLESS_DECIDED),
    "consume_lines": (
        "UPDATE log SET consumed = 1, run = v.column1 FROM (VALUES ",
        "(?, ?, ?)",
        ") AS v WHERE participant = v.column2 AND seq = v.column3 AND mine = 1",
    ),
    "turns_between": (
        "UPDATE runs SET turn = v.column1, asleep = v.column2, snapshot = v.column3 FROM (VALUES ",
        "(?, ?, ?, ?, ?)",
        ") AS v WHERE n = v.column4 AND epoch = v.column5 AND ended IS NULL",
    ),
}
"""Statements over many rows at once: what comes before the rows, a row, what comes after them."""

_FEW_ROWS = 16
_MOST_ROWS = 512

_COUNTED = "turns_between"
"""The statement that has to find each of its rows."""

IS_POSSIBLE = sqlite3.sqlite_version_info >= (3, 33, 0)
"""Whether this SQLite knows UPDATE … FROM; with an older one everything is written row by row."""


class RowsOfValues:
    """Writes many rows as SQLite does it fastest."""

    least = 2

    def begin(self, connection: RecordConnection) -> None:
        """There is nothing to prepare."""

    def write(self, connection: RecordConnection, name: str, rows: list[Row]) -> None:
        """Execute the statement of that name for all rows. Raises `NotForAll`."""
        while rows:
            # Few different numbers of rows, so that SQLite has nearly always compiled the statement before.
            number = len(rows) if len(rows) <= _FEW_ROWS else min(len(rows) // _FEW_ROWS * _FEW_ROWS, _MOST_ROWS)
            some, rows = rows[:number], rows[number:]
            try:
                found = connection.execute(_sql(name, number), list(chain.from_iterable(some))).rowcount
            except Exception as error:
                if is_trouble(error):
                    raise
                raise NotForAll(f"{name}: {error}") from error
            if name == _COUNTED and found != number:
                raise NotForAll(f"{name} found {found} of {number}")

    def name_of(self, sql: str) -> str | None:
        """Return what a statement over many rows is called, None if it is none."""
        return next((name for name, (before, _, after) in _BULK.items() if _is(sql, before, after)), None)


@cache
def _sql(name: str, rows: int) -> str:
    before, row, after = _BULK[name]
    return before + ", ".join([row] * rows) + after


def _is(sql: str, before: str, after: str) -> bool:
    return sql.startswith(before) and sql.endswith(after)
