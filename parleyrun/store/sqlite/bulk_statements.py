"""Writing for many operations at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from .connection import Cursor, is_trouble

INSERT_LINES = (
    "INSERT INTO log (participant, seq, n, mine, run, speaker, text, more, message_id, at, sent) VALUES "
)
LINE_VALUES = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

_WHOLESALE = {
    "add_lines": (INSERT_LINES, LINE_VALUES, ""),
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


class Wholesale:
    """What the operations of one transaction have in common, to be written by a few statements over many rows.

    A statement lets go of the interpreter, and with dozens of threads about it takes longer to get it back than
    to do what it says. Once for each row, that would be most of what a message costs. Each of these has to
    succeed for all of its rows; where one fails, the transaction is made again without this.
    """

    __slots__ = ("_consumed", "_lines", "_run", "_turns")

    def __init__(self, run: Callable[[str, str, list[Any]], Cursor]) -> None:
        self._run = run
        self._lines: list[tuple[Any, ...]] = []
        self._consumed: list[tuple[Any, ...]] = []
        self._turns: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def add_lines(self, rows: list[tuple[Any, ...]]) -> None:
        self._lines += rows

    def consume(self, rows: list[tuple[Any, ...]]) -> None:
        self._consumed += rows

    def turn_between(self, row: tuple[Any, ...]) -> None:
        """`row` ends in the run's number and epoch. Of two turns of one run only the last leaves a trace."""
        self._turns[row[-2:]] = row

    def write_turns(self) -> None:
        """Write what is there of turns, before something else is done to their runs. Raises `NotForAll`."""
        turns, self._turns = list(self._turns.values()), {}
        self._write("turns_between", turns, counted=True)

    def write(self) -> None:
        """Write everything. Raises `NotForAll`."""
        self.write_turns()
        self.write_lines()

    def write_lines(self) -> None:
        """Write what is there of lines and of their being read. Raises `NotForAll`."""
        lines, self._lines = self._lines, []
        consumed, self._consumed = self._consumed, []
        self._write("add_lines", lines)
        self._write("consume_lines", consumed)

    def _write(self, name: str, rows: list[tuple[Any, ...]], *, counted: bool = False) -> None:
        while rows:
            # Few different numbers of rows, so that SQLite has nearly always compiled the statement before.
            number = len(rows) if len(rows) <= _FEW_ROWS else min(len(rows) // _FEW_ROWS * _FEW_ROWS, _MOST_ROWS)
            some, rows = rows[:number], rows[number:]
            before, row, after = _WHOLESALE[name]
            sql = before + ", ".join([row] * number) + after
            try:
                found = self._run(name, sql, [value for values in some for value in values]).rowcount
            except Exception as error:
                if is_trouble(error):
                    raise
                raise NotForAll(f"{name}: {error}") from error
            if counted and found != number:
                raise NotForAll(f"{name} found {found} of {number}")
