"""Copies between a database and a file: whole records, each of one moment."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from ...errors import StoreError
from ..record.copying import CopiedTable, copy_record, tables_in
from ..record.database import Row
from ..sqlite.connection import connect as connect_file
from ..sqlite.lock import StoreLock
from ..sqlite.migrations import prepare
from ..sqlite.tables import RECORD_TABLES
from .advisory_lock import AdvisoryLock
from .database_address import DatabaseAddress
from .database_opening import connected, reading
from .postgres_connection import PostgresConnection
from .postgres_migrations import check_server, prepare_database


def copy_to_file(url: str, out: Path) -> int:
    """Copy the record of a database into a new file; return how many rows that were. It may be in use.

    Raises:
        StoreError: There is no store, or the server fails, or there is a file of that name.
    """
    if out.exists():
        raise StoreError(f"expected a name that is still free, but there is {out} already: choose another one")
    with reading(url) as source, StoreLock(out), closing(connect_file(out, "normal", create=True)) as target:
        try:
            prepare(target)
            target.execute("BEGIN IMMEDIATE")
            copied = copy_record(source, target, RECORD_TABLES)
            target.execute("COMMIT")
        except BaseException:
            out.unlink(missing_ok=True)
            raise
    return copied


def copy_to_database(path: Path, url: str) -> int:
    """Copy the record of a file into a database that is empty; return how many rows that were.

    No process may have either of them open.

    Raises:
        StoreError: There is no store, or it is in use, the server fails, or the database holds something already.
    """
    if not path.is_file():
        raise StoreError(f"expected a store at {path}, got nothing there")
    address = DatabaseAddress(url)
    with StoreLock(path), closing(connect_file(path, "normal")) as source, connected(address) as target:
        check_server(target)
        AdvisoryLock().acquire(target)
        prepare(source)  # of an older version, the tables are not those that there are
        prepare_database(target)
        source.execute("BEGIN")
        target.execute("BEGIN")
        copied = copy_record(source, target, RECORD_TABLES, _insert)
        for table in tables_in(RECORD_TABLES):
            if table.number is not None and table.name != "log":
                target.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', '{table.number}'), "  # noqa: S608
                    f"coalesce(max({table.number}), 0) + 1, false) FROM {table.name}"
                )
        target.execute("COMMIT")
        source.execute("ROLLBACK")
    return copied


def _insert(table: CopiedTable, target: PostgresConnection, rows: list[Row]) -> None:
    target.copy_in(f"COPY {table.name} ({', '.join(table.columns)}) FROM STDIN", rows)
