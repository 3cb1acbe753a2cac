"""What one transaction of the writer consists of: named statements, and the numbering of lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ...core.message import Message
from ...events import Delivery, Inbound
from ...runner.timers import Clock
from ..protocol import ReadLine, RunRecord
from .bulk_statements import INSERT_LINES, IS_POSSIBLE, LINE_VALUES, Wholesale
from .columns import columns_of, columns_of_inbound
from .connection import Connection, Cursor
from .numbering import Numbering
from .outbox import SENDING_STATEMENTS

Fault = Callable[[str], None]
"""Called with the name of each statement before it is executed, for tests that let things go wrong there."""

_LINE = INSERT_LINES + LINE_VALUES

_SQL = {
    "begin": "BEGIN IMMEDIATE",
    "commit": "COMMIT",
    "rollback": "ROLLBACK",
    "get_group": "SELECT value FROM meta WHERE key = 'group'",
    "set_group": "UPDATE meta SET value = ? WHERE key = 'group'",
    "get_last_n": "SELECT max(n) FROM log",
    "get_participant": "SELECT n, (SELECT max(seq) FROM log WHERE participant = participants.n) "
    "FROM participants WHERE id = ?",
    "get_run": "SELECT n FROM runs WHERE uid = ?",
    "add_participant": "INSERT INTO participants (id, first_seen) VALUES (?, ?) ON CONFLICT DO NOTHING",
    "add_line": _LINE,
    "add_journal_line": _LINE + " ON CONFLICT (participant, message_id) WHERE mine = 1 DO NOTHING",
    "find_journal_line": "SELECT seq FROM log WHERE participant = ? AND message_id = ? AND mine = 1",
    "consume": "UPDATE log SET consumed = 1, run = ? WHERE participant = ? AND seq = ? AND mine = 1",
    "turn_between": "UPDATE runs SET turn = ?, asleep = ?, snapshot = ? "
    "WHERE n = ? AND epoch = ? AND ended IS NULL",
    "turn_inside": "UPDATE runs SET turn = ?, asleep = 0, snapshot = coalesce(?, snapshot) "
    "WHERE n = ? AND epoch = ? AND ended IS NULL",
    "turn_last": "UPDATE runs SET turn = ?, asleep = 0, snapshot = NULL, ended = ?, outcome = ?, reason = ?, "
    "forced = ?, outcome_data = ?, answered = 0 WHERE n = ? AND epoch = ? AND ended IS NULL",
    "set_value": "UPDATE runs SET value = ?, answered = 0 WHERE uid = ?",
    "set_answered": "UPDATE runs SET answered = 1, value = NULL WHERE uid = ?",
    "add_inside": "INSERT INTO inside (run_uid, n, seat, message) "
    "SELECT ?, coalesce(max(n), 0) + 1, ?, ? FROM inside WHERE run_uid = ?",
    "add_said_inside": "INSERT INTO said_inside (run_uid, n, participant_id, message) "
    "SELECT ?, coalesce(max(n), 0) + 1, ?, ? FROM said_inside WHERE run_uid = ?",
    "get_inside": "SELECT run_uid FROM inside UNION SELECT run_uid FROM said_inside",
    "clear_inside": "DELETE FROM inside WHERE run_uid = ?",
    "clear_said_inside": "DELETE FROM said_inside WHERE run_uid = ?",
    "set_data": "UPDATE participants SET data = ? WHERE id = ?",
    "set_session": "UPDATE participants SET place = ?, task = ?, since = ?, run_uid = ?, overworld_uid = ?, "
    "admitted = ?, at_gate = ?, wrong_passwords = ?, data = coalesce(?, data), "
    "onboard_data = ? WHERE id = ?",
    "add_run": "INSERT INTO runs (uid, run_id, grp, world, kind, task, epoch, turn, started) "
    "VALUES (?, ?, ?, ?, ?, ?, 1, 0, ?)",
    # What a person has written ahead is among the lines of the run that reads it.
    "add_seat": "INSERT INTO seats (run_uid, position, participant_id, role, first_seq) VALUES (?, ?, ?, ?, "
    "coalesce((SELECT min(seq) FROM log WHERE participant = ? AND mine = 1 AND consumed = 0), ? + 1))",
    "close_seats": "UPDATE seats SET last_seq = (SELECT max(seq) FROM log WHERE participant = "
    "(SELECT n FROM participants WHERE id = seats.participant_id)) WHERE run_uid = ?",
    "set_told_left": "UPDATE seats SET told_left = 1 WHERE run_uid = ? AND position = ?",
    "enter_pool": "INSERT OR REPLACE INTO pool (participant_id, task, since, noticed) VALUES (?, ?, ?, ?)",
    "leave_pool": "DELETE FROM pool WHERE participant_id = ?",
    "add_match": "INSERT INTO matches (task, run_uid, at, taken, passed_over) VALUES (?, ?, ?, ?, ?)",
    "set_read_to": "UPDATE participants SET read_to = max(read_to, ?) WHERE id = ?",
    "add_mark": "INSERT OR IGNORE INTO marks (participant_id, seq, kind, at) VALUES (?, ?, ?, ?)",
    **SENDING_STATEMENTS,
}


class Ledger:
    """The writer's hand: runs statements by name, and numbers the lines. Used on the writer's thread only.

    What it knows of numbers, and of which runs have a parley in progress on record, is dropped with a transaction
    that failed, and looked up again.
    """

    def __init__(self, connection: Connection, clock: Clock, fault: Fault | None = None) -> None:
        self.connection = connection
        self._clock = clock
        self._fault = fault
        self._numbering = Numbering(self.run)
        self._now: float | None = None
        self._inside: set[str] | None = None
        self._group: int | None = None
        self._wholesale: Wholesale | None = None

    # -- statements ---------------------------------------------------------------------------------------

    def run(self, name: str, *values: Any) -> Cursor:
        """Execute the statement of that name."""
        if self._fault is not None:
            self._fault(name)
        return self.connection.execute(_SQL[name], values)

    def _run_sql(self, name: str, sql: str, values: list[Any]) -> Cursor:
        if self._fault is not None:
            self._fault(name)
        return self.connection.execute(sql, values)

    def run_many(self, name: str, rows: list[tuple[Any, ...]]) -> None:
        """Execute the statement of that name once for each row."""
        if not rows:
            return
        if self._fault is not None:
            self._fault(name)
        if len(rows) == 1:
            self.connection.execute(_SQL[name], rows[0])
        else:
            self.connection.executemany(_SQL[name], rows)

    def add_lines(self, rows: list[tuple[Any, ...]]) -> None:
        """Write rows that `say` or `hear` made."""
        if self._wholesale is not None:
            self._wholesale.add_lines(rows)
        else:
            self.run_many("add_line", rows)

    def consume(self, lines: Iterable[ReadLine], run: int | None) -> None:
        """Note that lines were read, by the run of that number; what nobody has written is left out."""
        rows = [
            (run, who, line.seq)
            for line in lines
            if (who := self._numbering.participant(line.participant_id)) is not None
        ]
        if self._wholesale is not None:
            self._wholesale.consume(rows)
        else:
            self.run_many("consume", rows)

    # -- runs ---------------------------------------------------------------------------------------------

    def run_number(self, uid: str) -> int | None:
        """Return what a run is called in the log, None if it is not on record."""
        return self._numbering.run(uid)

    def turn_between(self, *row: Any) -> bool:
        """Put a turn between two parleys on record. False: its run has ended, or lives on elsewhere."""
        if self._wholesale is not None:
            self._wholesale.turn_between(row)
            return True
        return self.run("turn_between", *row).rowcount == 1

    def turn_inside(self, *row: Any) -> bool:
        """Put a turn inside a parley on record. False as for `turn_between`."""
        self._settle_turns()
        return self.run("turn_inside", *row).rowcount == 1

    def turn_last(self, uid: str, *row: Any) -> bool:
        """Put a run's last turn on record. False as for `turn_between`."""
        self._settle_turns()
        self._numbering.run_ended(uid)
        return self.run("turn_last", *row).rowcount == 1

    def start_run(self, record: RunRecord) -> None:
        """Put a run and its seats on record."""
        identity = record.identity
        self.run(
            "add_run",
            identity.uid,
            identity.run_id,
            identity.group,
            identity.world,
            record.kind,
            record.task,
            record.started,
        )
        self._settle_lines()
        seats = []
        for position, (participant_id, role) in enumerate(record.seats):
            who, seq = self._numbering.last_line(participant_id, self.now())
            seats.append((identity.uid, position, participant_id, role, who, seq))
        self.run_many("add_seat", seats)

    def close_seats(self, run_uid: str) -> None:
        """A run has ended, and no line will be of it any more."""
        self._settle_lines()
        self.run("close_seats", run_uid)

    def _settle_lines(self) -> None:
        """What comes next looks at the log."""
        if self._wholesale is not None:
            self._wholesale.write_lines()

    def _settle_turns(self) -> None:
        """What comes next may change what a turn between two parleys is to find."""
        if self._wholesale is not None:
            self._wholesale.write_turns()

    def now(self) -> float:
        """Return the wall time for what is being recorded: the same for all of an operation."""
        if self._now is None:
            self._now = self._clock.time()
        return self._now

    # -- transactions and operations ----------------------------------------------------------------------

    def begin(self, *, wholesale: bool = False) -> int:
        """Begin a transaction; return the number of the last one on record.

        With `wholesale` much of it is written at its end, and then all of its operations succeed, or none.
        """
        self._wholesale = Wholesale(self._run_sql) if wholesale and IS_POSSIBLE else None
        self._numbering.between_transactions()
        self.run("begin")
        if self._group is None:
            self._group = int(self.run("get_group").fetchone()[0])
        return self._group

    def write_wholesale(self) -> None:
        """Write what was kept for the end of the transaction. Raises `NotForAll`."""
        if self._wholesale is not None:
            self._wholesale.write()

    def commit(self, group: int) -> None:
        """Commit, as transaction number `group`."""
        self.run("set_group", group)
        self.run("commit")
        self._group = group

    def roll_back(self) -> None:
        """Leave a transaction that failed."""
        self._numbering.drop()
        self._group = None
        self._inside = None
        if self.connection.in_transaction:
            self.run("rollback")

    def begin_operation(self) -> None:
        """What is run from here on belongs to the next operation."""
        self._now = None

    # -- parleys in progress ------------------------------------------------------------------------------

    def note_inside(self, run_uid: str) -> None:
        """What a run's parley heard or said in its middle is being recorded."""
        self._runs_inside().add(run_uid)

    def clear_inside(self, run_uid: str) -> None:
        """A run's parley is over: take what it heard and said in its middle off the record, if there is any."""
        runs = self._runs_inside()
        if run_uid in runs:
            self.run("clear_inside", run_uid)
            self.run("clear_said_inside", run_uid)
            runs.discard(run_uid)

    def _runs_inside(self) -> set[str]:
        if self._inside is None:
            self._inside = {uid for (uid,) in self.run("get_inside")}
        return self._inside

    # -- lines --------------------------------------------------------------------------------------------

    def ensure_participant(self, participant_id: str) -> None:
        """Make sure that there is such a participant."""
        self._numbering.ensure_participant(participant_id, self.now())

    def say(
        self, participant_id: str, message: Message, sent: float | None, run: int | None
    ) -> tuple[Delivery, tuple[Any, ...]]:
        """Number a line that is said to a participant; return it, and its row for `add_lines`."""
        at = self.now()
        who, seq, n = self._numbering.next_line(participant_id, at)
        speaker, text, more, message_id = columns_of(message)
        row = (who, seq, n, 0, run, speaker, text, more, message_id, at, sent)
        return Delivery(participant_id, seq, message, at=at), row

    def hear(self, inbound: Inbound) -> tuple[int, bool]:
        """Write what a participant said; return its `seq`, and whether it is news.

        In a transaction that is written wholesale everything is news here, and fails it if it is not.
        """
        at = self.now()
        who, seq, n = self._numbering.next_line(inbound.participant_id, at)
        text, more, message_id = columns_of_inbound(inbound)
        row = (who, seq, n, 1, None, "", text, more, message_id, at, inbound.at or None)
        if self._wholesale is not None:
            self._wholesale.add_lines([row])
            return seq, True
        if self.run("add_journal_line", *row).rowcount == 1:
            return seq, True
        self._numbering.take_back_line(inbound.participant_id)
        first = self.run("find_journal_line", who, message_id).fetchone()
        return int(first[0]), False

    def forget(self, participant_id: str) -> None:
        """Let go of what is kept in memory of a participant. Any thread."""
        self._numbering.forget(participant_id)
