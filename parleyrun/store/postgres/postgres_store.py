"""The store that outlives the machine: the record in a PostgreSQL database."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psycopg

from ...errors import StoreError
from ...runner.timers import Clock
from ..protocol import Saved, ServiceStart
from ..record.database import RecordConnection
from ..record.durable_store import DurableStore
from ..record.fault_points import FaultPoint, with_fault_points
from ..record.ledger import Ledger
from ..record.opening import take_over
from ..record.operations import Operation
from ..record.reader import Reader
from ..record.writer import Writer
from .advisory_lock import AdvisoryLock, name_of_process
from .database_address import DatabaseAddress
from .database_erasure import PostgresErasures, carry_out_erasures
from .postgres_connection import PostgresConnection, connect, look_up_by_index
from .postgres_errors import POSTGRES, explain
from .postgres_migrations import check_server, prepare_database
from .rows_of_arrays import RowsOfArrays
from .server_watch import ServerWatch

_ROWS = RowsOfArrays()


class ProofOfLife(Operation):
    """Nothing to record: a transaction that shows whether the connection is still there."""

    def apply(self, ledger: Ledger) -> None:
        """There is nothing to write."""

    def refused(self, why: BaseException) -> None:
        """Whoever has something to record is told."""


class PostgresStore(DurableStore, PostgresErasures):
    """The record in a database, held by one process at a time. Constructing touches nothing.

    When the connection is lost nothing is said any more, until there is a new one on which nobody else has held
    the store in between.

    Args:
        url: Where the database is.
        clock: Where the time of records comes from.
        durable: With False a power loss of the server may cost the last moments of the record.
        snapshots: Without them worlds are not recorded, just what was said.
        beside: The path beside which files lie that belong to the record; None: in memory.
        fault: For tests: called with each statement's name before it is executed.

    Raises:
        StoreError: The URL is none.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        durable: bool = True,
        snapshots: bool = True,
        beside: Path | None = None,
        fault: FaultPoint | None = None,
    ) -> None:
        self.address = DatabaseAddress(url)
        self.beside = beside
        super().__init__(Reader(self._connect, POSTGRES), str(self.address), clock, snapshots=snapshots)
        self._synchronous = durable
        self._fault = fault
        self._lock = AdvisoryLock()
        self._watch = ServerWatch(self._prove)
        self._writing: PostgresConnection | None = None

    def open(self, start: ServiceStart | None = None) -> Saved:
        """Take the database for this process and return what was going on; make the tables if there are none.

        Args:
            start: Put on record, for what begins from now on.

        Raises:
            StoreError: The server cannot be reached or used, another process holds the store, the database holds
                something else, or a newer store.
        """
        try:
            connection = self._connect()
        except psycopg.Error as error:
            raise StoreError(f"cannot open the store {self.address}: {explain(error)}") from error
        try:
            check_server(connection)
            self._lock.acquire(connection)
            prepare_database(connection)
            self._lock.become_owner(connection)
            carry_out_erasures(connection, self.beside, self._clock.time())
            saved = take_over(connection, start)
            self._begin_sending(connection)
            look_up_by_index(connection)
        except BaseException as error:
            connection.close()
            if isinstance(error, psycopg.Error):
                raise StoreError(f"cannot open the store {self.address}: {explain(error)}") from error
            if isinstance(error, StoreError):
                raise type(error)(f"cannot open the store {self.address}: {error}") from error
            raise
        self._writing = self._watch.connection = connection
        self._ledger = Ledger(self._with_faults(connection), self._clock, _ROWS)
        self._writer = Writer(self._ledger, self._watch, self._reconnect, POSTGRES, tell_group=self._tell_group)
        self._writer.start()
        self._watch.start()
        return saved

    def close(self) -> None:
        """Record all that was handed over, then let go of the database. Calling it twice is harmless."""
        if self._writer is None or self._writing is None:
            return
        self._writer.close()
        self._watch.close()
        self._reader.close()
        self._lock.release(self._writing)
        self._writing.close()

    def _fault_of_place(self) -> str | None:
        return self._watch.fault()

    def _prove(self) -> None:
        """Have something recorded, by which a connection that is over is noticed."""
        with suppress(StoreError):
            self._put(ProofOfLife())

    def _connect(self) -> PostgresConnection:
        return connect(self.address.conninfo, name_of_process(), durable=self._synchronous)

    def _reconnect(self) -> RecordConnection:
        if self._writing is not None:
            self._writing.close()  # and with it goes the lock that the new one is to have
        connection = self._connect()
        try:
            self._lock.acquire_again(connection)
            look_up_by_index(connection)
        except BaseException:
            connection.close()
            raise
        self._writing = self._watch.connection = connection
        return self._with_faults(connection)

    def _with_faults(self, connection: PostgresConnection) -> RecordConnection:
        return connection if self._fault is None else with_fault_points(connection, self._fault, _ROWS)
