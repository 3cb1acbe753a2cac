"""Bringing a store's file to the version this code speaks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from ..errors import StoreError
from .schema import TABLES, VERSION
from .sqlite_connection import Connection

Migration = Callable[[Connection], None]

MIGRATIONS: Sequence[Migration] = ()
"""Number N (from 0) takes a store from version N + 1 to N + 2, inside a transaction that is not its own."""


def prepare(
    connection: Connection,
    *,
    version: int = VERSION,
    migrations: Sequence[Migration] = MIGRATIONS,
    tables: str = TABLES,
) -> None:
    """Make the tables in an empty file, or migrate an older store, in one transaction.

    Raises `StoreError` for a file that is no store, and for a store of a newer version.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = _version(connection)
        if found is None:
            _create(connection, version, tables)
        elif found > version:
            raise StoreError(
                f"expected a store of version {version} or older, got version {found}: "
                f"it was written by a newer parleyrun. Upgrade parleyrun, or choose another file"
            )
        else:
            for migrate in migrations[found - 1 : version - 1]:
                migrate(connection)
            if found < version:
                connection.execute("UPDATE meta SET value = ? WHERE key = 'version'", (version,))
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def statements(script: str) -> list[str]:
    """Return the single statements of a script; none of them may hold a semicolon of its own.

    Unlike `executescript`, executing them one by one leaves the transaction that is under way alone.
    """
    without_comments = "\n".join(line.partition("--")[0] for line in script.splitlines())
    return [statement for part in without_comments.split(";") if (statement := part.strip())]


def _version(connection: Connection) -> int | None:
    """Return the version of the store in this file, None if the file is empty."""
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not names:
        return None
    row = None
    if "meta" in names:
        row = connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
    if row is None or not isinstance(row[0], int):
        raise StoreError("expected a store of parleyrun, got another program's SQLite file; choose another file")
    return row[0]


def _create(connection: Connection, version: int, tables: str) -> None:
    for statement in statements(tables):
        connection.execute(statement)
    connection.executemany(
        "INSERT INTO meta (key, value) VALUES (?, ?)",
        [("version", version), ("created", time.time()), ("group", 0)],
    )
