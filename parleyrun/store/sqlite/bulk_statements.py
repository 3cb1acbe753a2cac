"""Writing for many operations at once: group commit with a few statements over many rows."""

from __future__ import annotations

import sqlite3
from functools import cache
from itertools import chain
from typing import Any

from .connection import Connection, is_trouble
from .statements import (
    DECISION_VALUES,
    DROP_DECISION,
    INSERT_BOT_LINES,
    INSERT_DECISIONS,
    INSERT_LINES,
    LINE_VALUES,
    UNLESS_DECIDED,
    UNLESS_ON_RECORD,
)

Row = tuple[Any, ...]

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

IS_POSSIBLE = sqlite3.sqlite_version_info >= (3, 33, 0)
"""Whether this SQLite knows UPDATE … FROM; with an older one everything is written row by row."""


class NotForAll(Exception):
    """A statement over many rows does not fit all of them; which, is seen when they are written one by one."""


class BulkStatements:
    """What the operations of one transaction have in common, to be written by a few statements over many rows.

    A statement lets go of the interpreter, and with dozens of threads about it takes longer to get it back than
    to do what it says. Once for each row, that would be most of what a message costs. Each of these has to
    succeed for all of its rows; where one fails, the transaction is made again without this.

    Attributes:
        lines: Rows to insert into the log.
        bot_lines: Rows to insert into the log, as far as their numbers are not on record.
        decisions: Rows to insert into the decisions, as far as their numbers are not on record.
        noted: `(participant, number)` of decisions to drop, as the ones that they led to are there.
        consumed: `(run, participant, seq)` of lines that were read.
        turns: The newest turn of each run, by the run's number and epoch.
    """

    __slots__ = ("_execute", "bot_lines", "consumed", "decisions", "lines", "noted", "turns")

    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute
        self.lines: list[Row] = []
        self.bot_lines: list[Row] = []
        self.decisions: list[Row] = []
        self.noted: list[Row] = []
        self.consumed: list[Row] = []
        self.turns: dict[Row, Row] = {}

    def write(self) -> None:
        """Write everything. Raises `NotForAll`."""
        self.write_turns()
        self.write_lines()
        if self.decisions:
            decisions, self.decisions = self.decisions, []
            self._write("add_decisions", decisions)
        for row in self.noted:
            self._execute(DROP_DECISION, row)
        self.noted = []

    def write_turns(self) -> None:
        """Write what is there of turns, before something else is done to their runs. Raises `NotForAll`."""
        if self.turns:
            turns, self.turns = list(self.turns.values()), {}
            self._write("turns_between", turns, counted=True)

    def write_lines(self) -> None:
        """Write what is there of lines and of their being read. Raises `NotForAll`."""
        if self.lines:
            lines, self.lines = self.lines, []
            self._write("add_lines", lines)
        if self.bot_lines:
            bot_lines, self.bot_lines = self.bot_lines, []
            self._write("add_bot_lines", bot_lines)
        if self.consumed:
            consumed, self.consumed = self.consumed, []
            self._write("consume_lines", consumed)

    def _write(self, name: str, rows: list[Row], *, counted: bool = False) -> None:
        while rows:
            # Few different numbers of rows, so that SQLite has nearly always compiled the statement before.
            number = len(rows) if len(rows) <= _FEW_ROWS else min(len(rows) // _FEW_ROWS * _FEW_ROWS, _MOST_ROWS)
            some, rows = rows[:number], rows[number:]
            try:
                found = self._execute(_sql(name, number), list(chain.from_iterable(some))).rowcount
            except Exception as error:
                if is_trouble(error):
                    raise
                raise NotForAll(f"{name}: {error}") from error
            if counted and found != number:
                raise NotForAll(f"{name} found {found} of {number}")


@cache
def _sql(name: str, rows: int) -> str:
    before, row, after = _BULK[name]
    return before + ", ".join([row] * rows) + after


def bulk_name(sql: str) -> str | None:
    """Return what a statement over many rows is called, None if it is none."""
    return next((name for name, (before, _, after) in _BULK.items() if _is(sql, before, after)), None)


def _is(sql: str, before: str, after: str) -> bool:
    return sql.startswith(before) and sql.endswith(after)
