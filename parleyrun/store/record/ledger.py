"""The writer's hand: one transaction's statements, and the numbers of its lines."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Any

from ...events import Delivery, Inbound
from ...runner.timers import Clock
from ...runner.turn import BotLine, Moderation, Said
from ..columns import columns_of, columns_of_inbound, readable, replied_line
from ..decision_columns import DecisionRow
from ..protocol import parse_line_reference
from .bulk_statements import BulkStatements
from .database import Cursor, ManyRows, RecordConnection
from .numbering import Numbering
from .statements import STATEMENTS

_BEGIN = STATEMENTS["begin"]
_COMMIT = STATEMENTS["commit"]
_SET_GROUP = STATEMENTS["set_group"]
_ADD_LINE = STATEMENTS["add_line"]
_ADD_BOT_LINE = STATEMENTS["add_bot_line"]
_ADD_DECISION = STATEMENTS["add_decision"]
_CONSUME = STATEMENTS["consume"]


class Ledger:
    """Runs statements by name, and numbers the lines. Used on the writer's thread only.

    What it knows of numbers, and of which runs have a parley in progress on record, is dropped with a transaction
    that failed, and looked up again. `many_rows` is how to write for many at once; None: there is no way.
    """

    def __init__(self, connection: RecordConnection, clock: Clock, many_rows: ManyRows | None) -> None:
        self.connection = connection
        self.now = 0.0
        """The wall time of what is being recorded: the same for all of a transaction."""
        self.numbering = Numbering(self.run)
        self._clock = clock
        self._many_rows = many_rows
        self.least_in_bulk = inf if many_rows is None else many_rows.least
        """From how many operations on they are better written together at the end of their transaction."""
        self._inside: set[str] | None = None
        self._group: int | None = None
        self._bulk: BulkStatements | None = None

    def run(self, name: str, *values: Any) -> Cursor:
        """Execute the statement of that name."""
        return self.connection.execute(STATEMENTS[name], values)

    def run_many(self, name: str, rows: list[tuple[Any, ...]]) -> None:
        """Execute the statement of that name once for each row."""
        if rows:
            self.connection.executemany(STATEMENTS[name], rows)

    def begin(self, *, in_bulk: bool = False) -> int:
        """Begin a transaction; return the number of the last one on record.

        With `in_bulk` much of it is written at its end, and then all of its operations succeed, or none.
        """
        many_rows = self._many_rows if in_bulk else None
        self._bulk = None if many_rows is None else BulkStatements(self.connection, many_rows)
        if self.numbering.forgotten:
            self.numbering.let_go_of_forgotten()
        if many_rows is not None:
            many_rows.begin(self.connection)
        self.connection.execute(_BEGIN)
        self.now = self._clock.time()
        if self._group is None:
            self._group = int(self.run("get_group").fetchone()[0])
        return self._group

    def commit(self, group: int) -> None:
        """Write what was kept for the end, and commit as transaction number `group`. Raises `NotForAll`."""
        if self._bulk is not None:
            self._bulk.write()
        self.connection.execute(_SET_GROUP, (group,))
        self.connection.execute(_COMMIT)
        self._group = group

    def roll_back(self) -> None:
        """Leave a transaction that failed."""
        self.numbering.drop()
        self._group = None
        self._inside = None
        if self.connection.in_transaction:
            self.run("rollback")

    def hear(self, inbound: Inbound) -> tuple[int, bool]:
        """Write what a participant said; return its `seq`, and whether it is news."""
        now = self.now
        text, more, message_id = columns_of_inbound(inbound)
        if self.numbering.may_have_said(inbound.participant_id, message_id, now):
            seq = self._line_of(inbound.participant_id, message_id)
            if seq is not None:
                return seq, False
        who, seq, n = self.numbering.next_line(inbound.participant_id, now)
        reply_to = None if inbound.reply_to is None else replied_line(inbound.reply_to)
        row = (who, seq, n, 1, None, "", text, more, message_id, None, now, inbound.at or None, reply_to)
        if self._bulk is not None:
            self._bulk.lines.append(row)
        else:
            self.connection.execute(_ADD_LINE, row)
        return seq, True

    def _line_of(self, participant_id: str, message_id: str) -> int | None:
        """Return the number of the line that a message of this id is; None if there is none."""
        self.settle_lines()
        found = self.run("find_journal_line", self.numbering.participant(participant_id), message_id).fetchone()
        return None if found is None else int(found[0])

    def say(self, said: Iterable[Said], run: int | None) -> list[Delivery]:
        """Write what is said to participants, by the run of that number or by the system; return the lines.

        Of what was moderated, what is shown instead is a line, if anything is.
        """
        now = self.now
        rows: list[tuple[Any, ...]] = []
        lines: list[Delivery] = []
        for one in said:
            participant_id, message = one.participant_id, one.message
            if one.moderation is not None:
                self._note_moderated(one, one.moderation, run)
                if one.moderation.shown is None:
                    continue
                message = one.moderation.shown
            who, seq, n = self.numbering.next_line(participant_id, now)
            speaker, text, more, carried_line, reply_to = columns_of(message)
            rows.append((who, seq, n, 0, run, speaker, text, more, None, carried_line, now, one.at, reply_to))
            lines.append(Delivery(participant_id, seq, message, at=now))
        if self._bulk is not None:
            self._bulk.lines += rows
        elif rows:
            self.connection.executemany(_ADD_LINE, rows)
        return lines

    def write_of_bot(self, line: BotLine, run: int) -> None:
        """Write a line of a bot's log, unless its number is there already."""
        message, mine = line.message, line.mine
        who = self.numbering.ensure_bot(line.participant_id, self.now)
        speaker, text, more, carried_line, reply_to = columns_of(message)
        # What it says itself carries no other line, and nobody has to read it.
        about = (mine, mine, run, speaker, text, more, None if mine else carried_line)
        row = (who, line.seq, self.numbering.next_place(), *about, self.now, line.at, reply_to)
        if self._bulk is not None:
            self._bulk.bot_lines.append(row)
        else:
            self.connection.execute(_ADD_BOT_LINE, row)

    def decide(self, decisions: Iterable[DecisionRow], run: int) -> None:
        """Write what bots have decided, unless its number is there already, in the stead of what was noted."""
        rows: list[tuple[Any, ...]] = []
        noted: list[tuple[Any, ...]] = []
        for bot, columns, noted_as in decisions:
            who = self.numbering.ensure_bot(bot, self.now)
            rows.append((run, who, *columns))
            if noted_as is not None:
                noted.append((who, noted_as))
        if self._bulk is not None:
            self._bulk.decisions += rows
            self._bulk.noted += noted
        else:
            self.connection.executemany(_ADD_DECISION, rows)
            for row in noted:
                self.run("drop_decision", *row)

    def _note_moderated(self, said: Said, moderation: Moderation, run: int | None) -> None:
        who, _ = self.numbering.ensure_participant(said.participant_id, self.now)
        shown = None if moderation.shown is None else readable(moderation.shown.text)
        about = (*columns_of(said.message), moderation.verdict, readable(moderation.reason), shown)
        self.run("add_moderated", run, who, self.now, *about)

    def consume(self, references: Iterable[str], run: int | None) -> None:
        """Note which lines were read, by the run of that number or by the system.

        What nobody has written, as an author made its name up, is left out.
        """
        rows: list[tuple[Any, ...]] = []
        for reference in references:
            line = parse_line_reference(reference)
            who = None if line is None else self.numbering.participant(line.participant_id)
            if line is not None and who is not None:
                rows.append((run, who, line.seq))
        if self._bulk is not None:
            self._bulk.consumed += rows
        elif rows:
            self.connection.executemany(_CONSUME, rows)

    def take_turn(self, name: str, *row: Any) -> bool:
        """Put a turn on record by the statement of that name. False: its run has ended, or lives on elsewhere."""
        if self._bulk is not None:
            if name == "turn_between":
                # Of two turns of one run only the last leaves a trace.
                self._bulk.turns[row[-2:]] = row
                return True
            self._bulk.write_turns()
        return self.connection.execute(STATEMENTS[name], row).rowcount == 1

    def settle(self) -> None:
        """Write what is kept for the end, and know nothing any more: what comes next may change it all.

        Raises `NotForAll`.
        """
        if self._bulk is not None:
            self._bulk.write()
        self.numbering.drop()
        self._inside = None

    def settle_lines(self) -> None:
        """Write what is kept of lines: what comes next looks at the log. Raises `NotForAll`."""
        if self._bulk is not None:
            self._bulk.write_lines()

    def settle_turns(self) -> None:
        """Write what is kept of turns: what comes next changes whose turns are taken. Raises `NotForAll`."""
        if self._bulk is not None:
            self._bulk.write_turns()

    def note_inside(self, run_uid: str) -> None:
        """What a run's parley heard or said in its middle is being recorded."""
        self._runs_inside().add(run_uid)

    def clear_inside(self, run_uid: str) -> None:
        """A run's parley is over: take what it heard and said in its middle off the record, if there is any."""
        runs = self._inside if self._inside is not None else self._runs_inside()
        if run_uid in runs:
            self.run("clear_inside", run_uid)
            self.run("clear_said_inside", run_uid)
            runs.discard(run_uid)

    def _runs_inside(self) -> set[str]:
        if self._inside is None:
            self._inside = {uid for (uid,) in self.run("get_inside")}
        return self._inside
