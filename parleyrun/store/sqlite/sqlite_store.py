"""The store that outlives the process: one SQLite file."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

from ...core.model_answer import BotDecision
from ...errors import StoreError
from ...events import Inbound, Receipt, RefusalReason
from ...runner.timers import Clock
from ...runner.turn import Turn
from ..protocol import Move, Publish, Saved, ServiceStart, SessionRecord
from .checkpoints import PAUSE_SECONDS, Checkpoints
from .connection import (
    WRITING_CACHE_KIBIBYTES,
    Connection,
    FileGone,
    FileWatch,
    Synchronous,
    connect,
    explain,
    use_write_ahead_log,
)
from .fault_points import FaultPoint, with_fault_points
from .ledger import Ledger
from .lock import StoreLock, refuse_several_names
from .migrations import prepare
from .move_entry import MoveEntry
from .opening import session_of, take_over
from .operations import DecisionEntry, JournalEntry, Milestone, Operation
from .operators.sqlite_acts import SqliteActs
from .reader import Reader
from .sqlite_lines import SqliteLines
from .sqlite_notes import SqliteNotes
from .sqlite_sendings import SqliteSendings
from .turn_entry import TurnEntry
from .upkeep.integrity import damage_told
from .upkeep.sqlite_erasures import SqliteErasures, carry_out_erasures
from .writer import Writer


class SqliteStore(SqliteLines, SqliteSendings, SqliteNotes, SqliteErasures, SqliteActs):
    """The record in a file of its own, held by one process at a time. Constructing touches nothing.

    When the disk or the file fails, nothing is acknowledged or published that is not on record: what was
    handed over is kept in memory and recorded once the cause is gone, people's new messages are refused
    meanwhile.

    Args:
        path: The file.
        clock: Where the time of records comes from.
        synchronous: With 'full' what is on record survives a power loss, with 'normal' the death of the process
            only.
        snapshots: Without them worlds are not recorded, just what was said.
        fault: For tests: called with each statement's name before it is executed.
    """

    durable = True

    def __init__(
        self,
        path: Path | str,
        clock: Clock,
        *,
        synchronous: Synchronous = "full",
        snapshots: bool = True,
        fault: FaultPoint | None = None,
    ) -> None:
        super().__init__(Reader(self._connect))
        self.path = Path(path)
        self.snapshots = snapshots
        self._clock = clock
        self._synchronous: Synchronous = synchronous
        self._fault = fault
        self._lock = StoreLock(self.path)
        self._checkpoints: Checkpoints | None = None
        self._watch: FileWatch | None = None
        self._ledger: Ledger | None = None
        self._writer: Writer | None = None

    def open(self, start: ServiceStart | None = None) -> Saved:
        """Take the file for this process and return what was going on; make the file if there is none.

        Args:
            start: Put on record, for what begins from now on.

        Raises:
            StoreError: Another process holds the file, it is no store or a newer one, or it cannot be written.
        """
        self._lock.acquire()
        try:
            connection, saved = self._take_file(start)
        except BaseException as error:
            self._lock.release()
            if isinstance(error, sqlite3.Error | OSError):
                raise StoreError(f"cannot open the store {self.path}: {explain(error)}") from error
            if isinstance(error, StoreError):
                raise StoreError(f"cannot open the store {self.path}: {error}") from error
            raise
        self._ledger = Ledger(self._with_faults(connection), self._clock)
        self._checkpoints = Checkpoints(self._connect, PAUSE_SECONDS)
        assert self._watch is not None
        self._writer = Writer(self._ledger, self._watch, self._reconnect, self._checkpoints)
        self._writer.start()
        self._checkpoints.start()
        return saved

    def _take_file(self, start: ServiceStart | None) -> tuple[Connection, Saved]:
        refuse_several_names(self.path)
        connection = connect(self.path, self._synchronous, cache_kibibytes=WRITING_CACHE_KIBIBYTES)
        try:
            with damage_told(connection):
                prepare(connection)
                use_write_ahead_log(connection)
                carry_out_erasures(connection, self.path, self._clock.time())
                saved = take_over(connection, start)
                self._begin_sending(connection)
            self._watch = FileWatch(self.path)
        except BaseException:
            connection.close()
            raise
        return connection, saved

    def close(self) -> None:
        """Record all that was handed over, then let go of the file. Calling it twice is harmless."""
        if self._writer is None or self._ledger is None or self._checkpoints is None:
            return
        self._writer.close()
        self._checkpoints.close()
        self._reader.close()
        self._ledger.connection.close()
        self._lock.release()

    def journal(self, inbound: Inbound, then: Callable[[Receipt], None]) -> None:
        """Record what a person said, and tell `then` on the store's thread.

        While the store is in trouble, or closed, `then` is told of the refusal at once.
        """
        writer = self._writer or self._opened()
        if writer.trouble is not None:
            then(Receipt(refused=RefusalReason.TROUBLE))
            return
        try:
            writer.put(JournalEntry(inbound, then))
        except StoreError:
            then(Receipt(refused=RefusalReason.TROUBLE))

    def commit(self, turn: Turn, publish: Publish) -> None:
        """Record a turn whole, then publish what it says on the store's thread.

        A turn of a run that has ended, or of an older epoch, is refused whole, which is logged. Raises
        `StoreError` once the store is closed.
        """
        (self._writer or self._opened()).put(TurnEntry(turn, publish, snapshots=self.snapshots))

    def decided(self, run_uid: str, decision: BotDecision) -> None:
        """Record what a model took beside its run's turns; nothing once the store is closed."""
        with contextlib.suppress(StoreError):
            self._put(DecisionEntry(run_uid, decision))

    def move(self, move: Move, publish: Publish) -> None:
        """Record a move whole, then publish what it says on the store's thread.

        A session's `data` that is None leaves what is on record. Raises `StoreError` once the store is closed.
        """
        self._put(MoveEntry(move, publish))

    def after(self, work: Callable[[], None]) -> None:
        """Call this on the store's thread, once all that was handed over so far is recorded and published."""
        with contextlib.suppress(StoreError):  # closed: all is recorded that ever will be, and nobody waits
            self._put(Milestone(work))

    def session(self, participant_id: str) -> SessionRecord | None:
        """Return where a participant is on record; None if they are on none. Raises `StoreError`."""
        return self._reader.ask(lambda connection: session_of(connection, participant_id))

    def forget(self, participant_id: str) -> None:
        """Let go of what is kept in memory of a participant; the record keeps everything."""
        self._forget_marks(participant_id)
        if self._ledger is not None:
            self._ledger.numbering.forgotten.append(participant_id)

    def trouble(self) -> str | None:
        """Say in one sentence what keeps the store from its work, None while all is well."""
        cause = None if self._writer is None else self._writer.trouble
        if cause is None and self._watch is not None:
            try:
                self._watch.check()
            except FileGone as error:
                cause = str(error)
        if cause is not None:
            return f"the store {self.path} cannot record: {cause}"
        damage = self._reader.damage
        return None if damage is None else f"the store {self.path} cannot be read: {damage}"

    def _put(self, operation: Operation) -> None:
        (self._writer or self._opened()).put(operation)

    def _opened(self) -> Writer:
        if self._writer is None:
            raise StoreError(f"the store {self.path} is not open; call open() first")
        return self._writer

    def _connect(self) -> Connection:
        return connect(self.path, self._synchronous)

    def _reconnect(self) -> Connection:
        connection = connect(self.path, self._synchronous, cache_kibibytes=WRITING_CACHE_KIBIBYTES)
        return self._with_faults(connection)

    def _with_faults(self, connection: Connection) -> Connection:
        return connection if self._fault is None else with_fault_points(connection, self._fault)
