"""The store that outlives the process: one SQLite file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ...errors import StoreError
from ...runner.timers import Clock
from ..protocol import Saved, ServiceStart
from ..record.database import RecordConnection
from ..record.durable_store import DurableStore
from ..record.fault_points import FaultPoint, with_fault_points
from ..record.ledger import Ledger
from ..record.opening import take_over
from ..record.reader import Reader
from ..record.writer import Writer
from .checkpoints import PAUSE_SECONDS, Checkpoints
from .connection import (
    SQLITE,
    WRITING_CACHE_KIBIBYTES,
    Connection,
    FileGone,
    FileWatch,
    Synchronous,
    connect,
    explain,
    use_write_ahead_log,
)
from .lock import StoreLock, refuse_several_names
from .migrations import prepare
from .rows_of_values import IS_POSSIBLE, RowsOfValues
from .upkeep.integrity import damage_told
from .upkeep.sqlite_erasures import SqliteErasures, carry_out_erasures

_ROWS = RowsOfValues()


class SqliteStore(DurableStore, SqliteErasures):
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

    def __init__(
        self,
        path: Path | str,
        clock: Clock,
        *,
        synchronous: Synchronous = "full",
        snapshots: bool = True,
        fault: FaultPoint | None = None,
    ) -> None:
        super().__init__(Reader(self._connect, SQLITE), str(path), clock, snapshots=snapshots)
        self.path = Path(path)
        self._synchronous: Synchronous = synchronous
        self._fault = fault
        self._lock = StoreLock(self.path)
        self._checkpoints: Checkpoints | None = None
        self._watch: FileWatch | None = None

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
        self._ledger = Ledger(self._with_faults(connection), self._clock, _ROWS if IS_POSSIBLE else None)
        self._checkpoints = Checkpoints(self._connect, PAUSE_SECONDS)
        assert self._watch is not None
        self._writer = Writer(
            self._ledger, self._watch, self._reconnect, SQLITE, self._checkpoints, self._tell_group
        )
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

    def _fault_of_place(self) -> str | None:
        if self._watch is not None:
            try:
                self._watch.check()
            except FileGone as error:
                return str(error)
        return None

    def _connect(self) -> Connection:
        return connect(self.path, self._synchronous)

    def _reconnect(self) -> RecordConnection:
        connection = connect(self.path, self._synchronous, cache_kibibytes=WRITING_CACHE_KIBIBYTES)
        return self._with_faults(connection)

    def _with_faults(self, connection: Connection) -> RecordConnection:
        return connection if self._fault is None else with_fault_points(connection, self._fault, _ROWS)
