"""Writing for many operations at once: group commit with a few statements over many rows."""

from __future__ import annotations

from .database import ManyRows, RecordConnection, Row
from .statements import DROP_DECISION


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

    __slots__ = ("_connection", "_many_rows", "bot_lines", "consumed", "decisions", "lines", "noted", "turns")

    def __init__(self, connection: RecordConnection, many_rows: ManyRows) -> None:
        self._connection = connection
        self._many_rows = many_rows
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
            self._connection.execute(DROP_DECISION, row)
        self.noted = []

    def write_turns(self) -> None:
        """Write what is there of turns, before something else is done to their runs. Raises `NotForAll`."""
        if self.turns:
            turns, self.turns = list(self.turns.values()), {}
            self._write("turns_between", turns)

    def write_lines(self) -> None:
        """Write what is there of lines and of their being read. Raises `NotForAll`."""
        if self.lines:
            lines, self.lines = self.lines, []
            self._write("add_lines", lines)
        if self.bot_lines:
            bot_lines, self.bot_lines = self.bot_lines, []
            self._write("add_bot_lines", bot_lines)
        if self.consumed:
            # Of two who have read one line the last leaves its trace, as when each is written by itself.
            consumed, self.consumed = list({row[1:]: row for row in self.consumed}.values()), []
            self._write("consume_lines", consumed)

    def _write(self, name: str, rows: list[Row]) -> None:
        self._many_rows.write(self._connection, name, rows)
