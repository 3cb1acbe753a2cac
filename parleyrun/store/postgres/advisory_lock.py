"""One process at a time: a lock that the server keeps for as long as the connection that writes is there."""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import suppress

import psycopg

from ..protocol import StoreInUse
from .postgres_connection import PostgresConnection
from .postgres_errors import ConnectionLost

_CLASS = 0x7061726C
"""What our locks are among all those of a database."""

# A database may hold several stores, each in a schema of its own.
_KEY = "(to_regnamespace(quote_ident(current_schema()))::oid::bigint % 2147483647)::int"
_TAKE = f"SELECT pg_try_advisory_lock({_CLASS}, {_KEY})"
_WAIT_FOR = f"SELECT pg_advisory_lock({_CLASS}, {_KEY})"
_HOLDER = f"""
    SELECT a.pid, a.application_name, coalesce(host(a.client_addr), 'this machine')
    FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.granted AND l.classid = {_CLASS} AND l.objid = {_KEY}::bigint::oid
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"""  # noqa: S608
_OWNER = "SELECT value FROM meta WHERE key = 'holder'"
_BECOME_OWNER = """
    INSERT INTO meta (key, value) VALUES ('holder', ?::bytea)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value"""

_WAIT_MILLISECONDS = 1_000


def name_of_process() -> str:
    """Return what the server's views call our connections, by which others can tell who holds a store."""
    return f"parleyrun, process {os.getpid()} on {socket.gethostname()}"[:63]


class AdvisoryLock:
    """The right to write to a store, which goes with the connection that writes.

    Whoever loses the connection has lost the lock, and the way to write too. On a new connection they have it
    again only if nobody has had it in between: what they know of the record would be out of date.
    """

    def __init__(self) -> None:
        self._token = secrets.token_hex(16).encode()
        self._pid: int | None = None

    def acquire(self, connection: PostgresConnection) -> None:
        """Take the lock, or raise `StoreError` that names who has it.

        Of a process that has just died the server may not know yet: for a second the lock is waited for.
        """
        if not _comes_to_hold(connection):
            raise StoreInUse(
                f"it is in use by {_holder(connection)}: only one process at a time may hold a store. "
                f"Stop that one first, or choose another database"
            )

    def release(self, connection: PostgresConnection) -> None:
        """Let go, so that the next one has it at once; closing the connection does so a moment later."""
        with suppress(psycopg.Error):
            connection.execute("SELECT pg_advisory_unlock_all()")

    def become_owner(self, connection: PostgresConnection) -> None:
        """Put it on record who holds the lock from now on."""
        connection.execute("BEGIN")
        # Otherwise a server that crashes could forget it, and we would take it for another's.
        connection.execute("SET LOCAL synchronous_commit = on")
        connection.execute(_BECOME_OWNER, (self._token,))
        connection.execute("COMMIT")
        self._pid = connection.raw.info.backend_pid

    def acquire_again(self, connection: PostgresConnection) -> None:
        """Take the lock for a new connection. Raises `ConnectionLost` if others have, or had it meanwhile."""
        if not connection.execute(_TAKE).fetchone()[0]:
            # The server may not know yet that the old connection is over.
            connection.execute(
                f"SELECT pg_terminate_backend(pid) FROM ({_HOLDER}) AS held WHERE pid = ?",  # noqa: S608
                (self._pid,),
            )
            if not _comes_to_hold(connection):
                raise ConnectionLost(f"the connection was lost, and the store is held by {_holder(connection)}")
        owner = connection.execute(_OWNER).fetchone()
        if owner is None or bytes(owner[0]) != self._token:
            raise ConnectionLost(
                "the connection was lost, and another process has opened the store since; stop this one"
            )
        self._pid = connection.raw.info.backend_pid


def _comes_to_hold(connection: PostgresConnection) -> bool:
    """Take the lock, which is waited for; return whether it was let go in that time."""
    connection.execute("BEGIN")
    connection.execute("SET LOCAL statement_timeout = 0")
    connection.execute(f"SET LOCAL lock_timeout = {_WAIT_MILLISECONDS}")
    try:
        connection.execute(_WAIT_FOR)
    except psycopg.errors.LockNotAvailable:
        connection.execute("ROLLBACK")
        return False
    connection.execute("COMMIT")
    return True


def _holder(connection: PostgresConnection) -> str:
    row = connection.execute(_HOLDER).fetchone()
    if row is None:
        return "another process"
    pid, name, address = row
    return f"{name or 'another program'} (from {address}, backend {pid})"
