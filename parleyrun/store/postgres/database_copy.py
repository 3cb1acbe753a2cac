"""Copies between a database and a file: whole records, each of one moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg

from ...errors import StoreError
from ..record.copying import copy_record, tables_in
from ..record.operators.acts_migration import ACTS_TABLES
from ..record.reactions.reactions_migration import REACTIONS_TABLES
from ..sqlite.connection import connect as connect_file
from ..sqlite.lock import StoreLock
from ..sqlite.migrations import prepare
from ..sqlite.tables import RECORD_TABLES
from .advisory_lock import AdvisoryLock, name_of_process
from .database_address import DatabaseAddress
from .postgres_connection import PostgresConnection, connect
from .postgres_errors import explain
from .postgres_migrations import check_server, prepare_database, version_of
from .postgres_tables import POSTGRES_VERSION

_SCRIPT = RECORD_TABLES + ACTS_TABLES + REACTIONS_TABLES


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
            copied = copy_record(source, target, _SCRIPT)
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
    with StoreLock(path), closing(connect_file(path, "normal")) as source, _connected(address) as target:
        check_server(target)
        AdvisoryLock().acquire(target)
        prepare(source)  # of an older version, the tables are not those that there are
        prepare_database(target)
        source.execute("BEGIN")
        target.execute("BEGIN")
        copied = copy_record(source, target, _SCRIPT)
        for table in tables_in(_SCRIPT):
            if table.number is not None and table.name != "log":
                target.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', '{table.number}'), "  # noqa: S608
                    f"coalesce(max({table.number}), 0) + 1, false) FROM {table.name}"
                )
        target.execute("COMMIT")
        source.execute("ROLLBACK")
    return copied


@contextmanager
def reading(url: str) -> Iterator[PostgresConnection]:
    """See one moment of the record in a database, whatever is written meanwhile. Raises `StoreError`."""
    address = DatabaseAddress(url)
    with _connected(address) as connection:
        found = version_of(connection)
        if found is None:
            raise StoreError(f"expected a store at {address}, got an empty database")
        if found != POSTGRES_VERSION:
            newer = found > POSTGRES_VERSION
            mend = "use a newer parleyrun" if newer else "`parleyrun serve` brings it up to date"
            raise StoreError(f"{address} is a store of version {found}, expected {POSTGRES_VERSION}: {mend}")
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield connection
        connection.execute("ROLLBACK")


@contextmanager
def _connected(address: DatabaseAddress) -> Iterator[PostgresConnection]:
    try:
        with closing(connect(address.conninfo, name_of_process())) as connection:
            yield connection
    except psycopg.Error as error:
        raise StoreError(f"{address} cannot be used: {explain(error)}") from error
