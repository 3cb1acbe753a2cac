"""What one transaction of the writer consists of: named statements, and the numbering of lines."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from ..core.message import Message
from ..events import Delivery
from ..runner.timers import Clock
from .sqlite_codec import columns_of
from .sqlite_connection import Connection, Cursor

Fault = Callable[[str], None]
"""Called with the name of each statement before it is executed, for tests that let things go wrong there."""

_LINE = (
    "INSERT INTO lines (participant_id, seq, n, mine, run_uid, speaker, text, more, message_id, at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

_SQL = {
    "begin": "BEGIN IMMEDIATE",
    "commit": "COMMIT",
    "rollback": "ROLLBACK",
    "get_group": "SELECT value FROM meta WHERE key = 'group'",
    "set_group": "UPDATE meta SET value = ? WHERE key = 'group'",
    "get_last_n": "SELECT max(n) FROM lines",
    "get_last_line": "SELECT max(seq) FROM lines WHERE participant_id = ?",
    "add_participant": "INSERT INTO participants (id, first_seen) VALUES (?, ?) ON CONFLICT DO NOTHING",
    "add_line": _LINE,
    "add_journal_line": _LINE + " ON CONFLICT (participant_id, message_id) WHERE mine = 1 DO NOTHING",
    "find_journal_line": "SELECT seq FROM lines WHERE participant_id = ? AND message_id = ? AND mine = 1",
    "consume": "UPDATE lines SET consumed = 1, run_uid = ? WHERE participant_id = ? AND seq = ? AND mine = 1",
    "turn_between": "UPDATE runs SET turn = ?, asleep = ?, snapshot = ? "
    "WHERE uid = ? AND epoch = ? AND ended IS NULL",
    "turn_inside": "UPDATE runs SET turn = ?, asleep = 0, snapshot = coalesce(?, snapshot) "
    "WHERE uid = ? AND epoch = ? AND ended IS NULL",
    "turn_last": "UPDATE runs SET turn = ?, asleep = 0, snapshot = NULL, ended = ?, outcome = ?, reason = ?, "
    "forced = ?, outcome_data = ?, answered = 0 WHERE uid = ? AND epoch = ? AND ended IS NULL",
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
    "add_seat": "INSERT INTO seats (run_uid, position, participant_id, role) VALUES (?, ?, ?, ?)",
    "set_told_left": "UPDATE seats SET told_left = 1 WHERE run_uid = ? AND position = ?",
    "enter_pool": "INSERT OR REPLACE INTO pool (participant_id, task, since, noticed) VALUES (?, ?, ?, ?)",
    "leave_pool": "DELETE FROM pool WHERE participant_id = ?",
    "add_match": "INSERT INTO matches (task, run_uid, at, taken, passed_over) VALUES (?, ?, ?, ?, ?)",
    "set_read_to": "UPDATE participants SET read_to = max(read_to, ?) WHERE id = ?",
    "add_mark": "INSERT OR IGNORE INTO marks (participant_id, seq, kind, at) VALUES (?, ?, ?, ?)",
}


class Ledger:
    """The writer's hand: runs statements by name, and numbers the lines. Used on the writer's thread only.

    The newest `seq` of each participant is kept in memory, and which runs have a parley in progress on record.
    All that is remembered is dropped with a transaction that failed, and looked up again.
    """

    def __init__(self, connection: Connection, clock: Clock, fault: Fault | None = None) -> None:
        self.connection = connection
        self._clock = clock
        self._fault = fault
        self._last_lines: dict[str, int] = {}
        self._forgotten: deque[str] = deque()  # any thread puts in; taken out between transactions
        self._last_n: int | None = None
        self._now: float | None = None
        self._inside: set[str] | None = None

    # -- statements ---------------------------------------------------------------------------------------

    def run(self, name: str, *values: Any) -> Cursor:
        """Execute the statement of that name."""
        if self._fault is not None:
            self._fault(name)
        return self.connection.execute(_SQL[name], values)

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

    def now(self) -> float:
        """Return the wall time for what is being recorded: the same for all of an operation."""
        if self._now is None:
            self._now = self._clock.time()
        return self._now

    # -- transactions and operations ----------------------------------------------------------------------

    def begin(self) -> int:
        """Begin a transaction; return the number of the last one on record."""
        while self._forgotten:
            self._last_lines.pop(self._forgotten.popleft(), None)
        self.run("begin")
        row = self.run("get_group").fetchone()
        return int(row[0])

    def commit(self, group: int) -> None:
        """Commit, as transaction number `group`."""
        self.run("set_group", group)
        self.run("commit")

    def roll_back(self) -> None:
        """Leave a transaction that failed."""
        self._last_lines.clear()
        self._last_n = None
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

    def ensure_participant(self, participant_id: str) -> int:
        """Make sure that there is such a participant; return the newest `seq` of their log."""
        seq = self._last_lines.get(participant_id)
        if seq is None:
            self.run("add_participant", participant_id, self.now())
            seq = int(self.run("get_last_line", participant_id).fetchone()[0] or 0)
            self._last_lines[participant_id] = seq
        return seq

    def next_line(self, participant_id: str) -> tuple[int, int]:
        """Return the next line's `seq` in the participant's log, and its place `n` among all lines."""
        seq = self.ensure_participant(participant_id)
        n = self._newest_n() + 1
        self._last_n = n
        self._last_lines[participant_id] = seq + 1
        return seq + 1, n

    def take_back_line(self, participant_id: str) -> None:
        """Give back the number that `next_line` gave out last, to the same participant."""
        assert self._last_n is not None
        self._last_n -= 1
        self._last_lines[participant_id] -= 1

    def say(self, participant_id: str, message: Message, run_uid: str | None) -> tuple[Delivery, tuple[Any, ...]]:
        """Number a line that is said to a participant; return it, and its row for `add_line`."""
        seq, n = self.next_line(participant_id)
        at = self.now()
        speaker, text, more, message_id = columns_of(message)
        row = (participant_id, seq, n, 0, run_uid, speaker, text, more, message_id, at)
        return Delivery(participant_id, seq, message, at=at), row

    def forget(self, participant_id: str) -> None:
        """Let go of what is kept in memory of a participant. Any thread."""
        self._forgotten.append(participant_id)

    def _newest_n(self) -> int:
        if self._last_n is None:
            row = self.run("get_last_n").fetchone()
            self._last_n = int(row[0] or 0)
        return self._last_n
