"""Stores in databases, opened beside whatever process writes to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg

from ...errors import StoreError
from .advisory_lock import name_of_process
from .database_address import DatabaseAddress
from .postgres_connection import PostgresConnection, connect
from .postgres_errors import explain
from .postgres_migrations import version_of
from .postgres_tables import POSTGRES_VERSION


@contextmanager
def connected(address: DatabaseAddress) -> Iterator[PostgresConnection]:
    """Connect to a database for a block. Raises `StoreError`, also for what fails in the block."""
    try:
        with closing(connect(address.conninfo, name_of_process())) as connection:
            yield connection
    except psycopg.Error as error:
        raise StoreError(f"{address} cannot be used: {explain(error)}") from error


@contextmanager
def with_store(url: str) -> Iterator[PostgresConnection]:
    """Connect to a store that is there, of the version this code knows, for a block. Raises `StoreError`."""
    address = DatabaseAddress(url)
    with connected(address) as connection:
        expect_store(connection, address)
        yield connection


def expect_store(connection: PostgresConnection, address: DatabaseAddress) -> None:
    """Raise `StoreError` unless there is a store of the version this code knows."""
    found = version_of(connection)
    if found is None:
        raise StoreError(f"expected a store at {address}, got an empty database")
    if found != POSTGRES_VERSION:
        newer = found > POSTGRES_VERSION
        mend = "use a newer parleyrun" if newer else "`parleyrun serve` brings it up to date"
        raise StoreError(f"{address} is a store of version {found}, expected {POSTGRES_VERSION}: {mend}")


@contextmanager
def reading(url: str) -> Iterator[PostgresConnection]:
    """See one moment of the record in a database, whatever is written meanwhile. Raises `StoreError`."""
    with with_store(url) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield connection
        connection.execute("ROLLBACK")
