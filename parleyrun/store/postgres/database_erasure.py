"""Erasing people from a database: nothing of them is left in what its tables take on disk."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import psycopg

from ...errors import StoreError
from ..protocol import StoreInUse
from ..record.copying import tables_in
from ..record.erasing.eraser import Erased, Eraser
from ..record.erasing.recorded_erasures import (
    ErasureEntry,
    RecordedErasures,
    ask_to_erase,
    asked_to_erase,
    erase_requested,
    has_traces,
    leave_files,
    note_no_traces,
    note_traces,
)
from ..sqlite.tables import RECORD_TABLES
from .advisory_lock import AdvisoryLock
from .database_address import DatabaseAddress
from .database_opening import with_store
from .postgres_connection import PostgresConnection
from .postgres_errors import explain

log = logging.getLogger(__name__)

_PATIENCE = "10s"
"""How long it is waited for other programs that read a table which is to be written afresh."""


def erase_from_database(url: str, participant_id: str, now: float) -> Erased:
    """Erase a participant from a store that no process has open, and return what was erased.

    Files of theirs are deleted by the service when it opens the store next, as they lie where it runs.

    Raises:
        StoreInUse: A process has the store.
        StoreError: There is no store, it cannot be used, or nobody of that id is on record: nothing is changed.
    """
    address = DatabaseAddress(url)
    with with_store(url) as connection:
        lock = AdvisoryLock()
        try:
            lock.acquire(connection)
        except StoreInUse as error:
            raise StoreInUse(f"{address}: {error}") from error
        lock.become_owner(connection)
        connection.execute("BEGIN")
        note_traces(connection)
        erased = Eraser(connection, participant_id, now).erase()
        leave_files(connection, erased.files)
        connection.execute("COMMIT")
        try:
            write_afresh(connection)
        except psycopg.Error as error:
            raise StoreError(
                f"{participant_id} is erased, but older copies may be left in what the tables take on disk "
                f"({explain(error)}): the next start of the service writes them afresh"
            ) from error
    return erased


def request_in_database(url: str, participant_id: str) -> None:
    """Ask whatever process holds a store, or opens it next, to erase a participant. Raises `StoreError`."""
    with with_store(url) as connection:
        ask_to_erase(connection, participant_id)


def is_requested_in_database(url: str, participant_id: str) -> bool:
    """Return whether somebody is still to be erased. Raises `StoreError`."""
    with with_store(url) as connection:
        return participant_id in asked_to_erase(connection)


def write_afresh(connection: PostgresConnection) -> None:
    """Leave no older copies in the files of the tables, and no words in the statistics. Raises `psycopg.Error`.

    Outside of any transaction. What the server has written to its log of changes goes as that goes on.
    """
    connection.execute(f"SET lock_timeout = '{_PATIENCE}'")
    connection.execute("SET statement_timeout = 0")
    try:
        for name in ("meta", *(table.name for table in tables_in(RECORD_TABLES))):
            connection.execute(f"VACUUM (FULL, ANALYZE) {name}")
        note_no_traces(connection)
    finally:
        if not connection.raw.closed:
            connection.execute("RESET lock_timeout")
            connection.execute("RESET statement_timeout")


def carry_out_erasures(connection: PostgresConnection, beside: Path | None, now: float) -> None:
    """Erase all for whom somebody has asked, and leave no traces of those who were erased since the last time.

    Before anybody works with the store, outside of any transaction. Where somebody reads the tables all the while,
    they are written afresh at the next start.
    """
    erase_requested(connection, beside, now)
    if has_traces(connection):
        try:
            write_afresh(connection)
        except psycopg.Error as error:
            if connection.raw.closed:
                raise
            log.warning("older copies of what was erased may be left until the next start: %s", explain(error))


class PostgresErasures(RecordedErasures):
    """What the service asks of a store in a database on those who are to be erased."""

    beside: Path | None

    def _erasure(self, participant_id: str, then: Callable[[], None]) -> ErasureEntry:
        return ErasureEntry(participant_id, self.beside, then)
