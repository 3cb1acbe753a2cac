"""Bringing a store's tables in a database to the version this code speaks."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence

import psycopg

from ...errors import StoreError
from ..record.reactions.reactions_migration import REACTIONS_TABLES, REPLY_COLUMNS
from ..record.single_statements import statements
from .postgres_connection import PostgresConnection
from .postgres_tables import POSTGRES_TABLES, POSTGRES_VERSION
from .postgres_words import with_types_of_postgres
from .study_views import create_study_views, drop_study_views

PostgresMigration = Callable[[PostgresConnection], None]


def _add_reactions(connection: PostgresConnection) -> None:
    """From version 1, in which nobody could reply or react to a line."""
    for statement in statements(with_types_of_postgres(REPLY_COLUMNS + REACTIONS_TABLES)):
        connection.execute(statement)


def _add_study_views(connection: PostgresConnection) -> None:
    """From version 2, which had no views for analysts: they are made anew after every migration."""


def _drop_index_of_message_ids(connection: PostgresConnection) -> None:
    """From version 3, in which the database knew what was said already; now whoever writes knows it."""
    connection.execute("DROP INDEX journal")


POSTGRES_MIGRATIONS: Sequence[PostgresMigration] = (
    _add_reactions,
    _add_study_views,
    _drop_index_of_message_ids,
)
"""Number N (from 0) takes a store from version N + 1 to N + 2, inside a transaction that is not its own."""

OLDEST_SERVER = 14
"""Older ones do not notice that a client is gone while they work for it, and keep its lock."""

_OWN = {"meta", "participants", "runs", "log"}
_TABLES = """
    SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(current_schema()))
    AND relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY relname"""


def prepare_database(
    connection: PostgresConnection,
    *,
    version: int = POSTGRES_VERSION,
    migrations: Sequence[PostgresMigration] = POSTGRES_MIGRATIONS,
) -> None:
    """Make the tables in an empty schema, or migrate an older store, in one transaction.

    Raises `StoreError` for a database that holds something else, and for a store of a newer version.
    """
    connection.execute("BEGIN")
    try:
        # Whoever reads in an open transaction would be waited for without end.
        connection.execute("SET LOCAL lock_timeout = '10s'")
        connection.execute("SET LOCAL statement_timeout = 0")  # a large table takes its time
        found = version_of(connection)
        if found is None:
            _create(connection, version)
        elif found > version:
            raise StoreError(
                f"expected a store of version {version} or older, got version {found}: "
                f"it was written by a newer parleyrun. Upgrade parleyrun, or choose another database"
            )
        elif found < version:
            grants = drop_study_views(connection)
            for migrate in migrations[found - 1 : version - 1]:
                migrate(connection)
            create_study_views(connection, grants)
            connection.execute(_SET_VERSION, (str(version).encode(),))
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


_SET_VERSION = "UPDATE meta SET value = ?::bytea WHERE key = 'version'"


def version_of(connection: PostgresConnection) -> int | None:
    """Return the version of the store in the schema that names are looked for in, None if there is nothing.

    Raises `StoreError` if there is something else.
    """
    names = {name for (name,) in connection.execute(_TABLES)}
    if not names:
        return None
    if names >= _OWN:
        row = None
        with contextlib.suppress(psycopg.errors.UndefinedColumn):
            row = connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
        if row is not None and isinstance(row[0], bytes) and row[0].isdigit():
            return int(row[0])
    some = ", ".join(sorted(names)[:3])
    raise StoreError(
        f"expected a store of parleyrun or an empty schema, got tables of something else ({some}); "
        f"choose another database, or another schema by '?options=-csearch_path%3DNAME' at the end of the URL"
    )


def check_server(connection: PostgresConnection) -> None:
    """Raise `StoreError` if the server, or the database, is none for a store."""
    version = connection.raw.info.server_version // 10_000
    if version < OLDEST_SERVER:
        raise StoreError(f"expected PostgreSQL {OLDEST_SERVER} or newer, got {version}; upgrade the server")
    encoding, schema = connection.execute("SELECT current_setting('server_encoding'), current_schema()").fetchone()
    if encoding != "UTF8":
        raise StoreError(
            f"expected a database with the encoding UTF8, got {encoding}; "
            f"make one by CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0"
        )
    if schema is None:
        raise StoreError("expected a schema to keep the tables in, got none of the search_path; make one first")


def _create(connection: PostgresConnection, version: int) -> None:
    for statement in statements(POSTGRES_TABLES):
        connection.execute(statement)
    create_study_views(connection, [])
    values = {"version": str(version), "created": str(time.time()), "group": "0"}
    connection.executemany(
        "INSERT INTO meta (key, value) VALUES (?, ?::bytea)",
        [(key, value.encode()) for key, value in values.items()],
    )
