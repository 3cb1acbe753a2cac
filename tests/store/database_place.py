"""A place for a store in a PostgreSQL database, with what tests do to the file of one."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from parleyrun.store.postgres.advisory_lock import name_of_process
from parleyrun.store.postgres.database_address import DatabaseAddress
from parleyrun.store.postgres.postgres_connection import PostgresConnection, connect

_NUMBERED = re.compile(r"^(n|id|rowid)$")


class DatabasePlace:
    """A schema of its own in a server. Its text is what the store is called."""

    def __init__(self, server_url: str, schema: str, *, keeps_connection: bool = False) -> None:
        self._keeps_connection = keeps_connection
        self._kept: PostgresConnection | None = None
        self.schema = schema
        self.server_url = server_url
        self.url = f"{server_url}?options={quote(f'-csearch_path={schema}')}"
        with_server = connect(server_url, "tests")
        with_server.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        with_server.execute(f"CREATE SCHEMA {schema}")
        with_server.close()

    def __str__(self) -> str:
        return str(DatabaseAddress(self.url))

    def connect(self) -> PostgresConnection:
        return connect(self.url, name_of_process())

    def close(self) -> None:
        """Close the connection that is kept."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    @contextmanager
    def _connected(self) -> Iterator[PostgresConnection]:
        """Lend a connection, and keep it until the next time: the server starts a process for each."""
        if self._kept is None:
            self._kept = self.connect()
        try:
            yield self._kept
        except BaseException:
            self.close()
            raise
        if not self._keeps_connection:
            self.close()

    def with_name(self, name: str) -> DatabasePlace:
        """Return where a copy of it may be: here, in its place."""
        return self

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        connection = self.connect()
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def change(self, statement: str) -> None:
        connection = self.connect()
        try:
            connection.execute(statement)
        finally:
            connection.close()

    def names(self, connection: PostgresConnection) -> list[str]:
        found = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = ?::regnamespace", (self.schema,)
        )
        return sorted(name for (name,) in found)

    def tables(self) -> dict[str, list[str]]:
        """Return all that is in it, by what it is called and not by numbers, of which failures use some up."""
        with self._connected() as connection:
            people = dict(connection.execute("SELECT n, id FROM participants").fetchall())
            runs = dict(connection.execute("SELECT n, uid FROM runs").fetchall())
            held = {}
            for table in self.names(connection):
                cursor = connection.raw.execute(f"SELECT * FROM {table}")
                columns = [column.name for column in cursor.description]
                rows = []
                for row in cursor.fetchall():
                    values = dict(zip(columns, row, strict=True))
                    if table in ("log", "decisions", "moderated"):
                        values["participant"] = people[values["participant"]]
                        values["run"] = runs.get(values["run"])
                    if table != "log":
                        values = {
                            name: value
                            for name, value in values.items()
                            if not _NUMBERED.match(name)
                            or (table, name) == ("participants", "id")
                            or table in ("inside", "said_inside")
                        }
                    rows.append(repr(values))
                held[table] = sorted(rows)
        held["meta"] = [row for row in held["meta"] if "'group'" not in row and "'holder'" not in row]
        return held

    def read_bytes(self) -> bytes:
        """Return its contents."""
        with self._connected() as connection:
            return pickle.dumps(
                {
                    table: connection.execute(f"SELECT * FROM {table}").fetchall()
                    for table in self.names(connection)
                }
            )

    def write_bytes(self, contents: bytes) -> None:
        """Make it hold these contents and nothing else."""
        with self._connected() as connection:
            connection.execute("BEGIN")
            connection.execute("SET LOCAL session_replication_role = replica")
            for table, rows in pickle.loads(contents).items():
                connection.execute(f"DELETE FROM {table}")
                if rows:
                    marks = ", ".join("?" * len(rows[0]))
                    connection.executemany(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE VALUES ({marks})", rows)
            connection.execute("COMMIT")
