"""What errors of PostgreSQL mean."""

from __future__ import annotations

import psycopg

from ...errors import StoreError
from ..record.database import Diagnosis


class ConnectionLost(Exception):
    """The connection to the server is no longer there, or there is another one that must not be used."""


_VALUE_CLASSES = ("22", "23")
"""The value that was to be written is at fault, and nothing else."""

_STILL_USABLE = ("53", "55", "40", "57014")
"""The connection goes on as it is, once the transaction is rolled back."""

_SENTENCES = {
    "28": "the server refuses this user; see its user, password and pg_hba.conf",
    "3D": "the server has no such database",
    "25006": "the server only takes questions (a standby, or read-only); name the one that can be written to",
    "40": "another program is in the way; end that program, or what it is doing",
    "42501": "this user may not do that there; grant it the right to make and change tables",
    "42": "the tables are not what a store's are; another program has changed them",
    "53100": "the server's disk is full; make room on it",
    "53200": "the server has no memory left",
    "53300": "the server has too many connections; raise its max_connections, or end other programs",
    "53": "the server lacks something; see its log",
    "55": "another program has locked the tables; end that program, or what it is doing",
    "57014": "the server has cut the statement short (statement_timeout); raise that time, or see why it is slow",
    "57": "the server was stopped, or has ended the connection; see that it runs",
    "58": "the server's disk reports an error; see its log",
    "08": "the connection to the server is lost; see that it runs and can be reached",
    "XX": "the database is damaged; see the server's log and go on with a backup",
}
_LOST = _SENTENCES["08"]


def is_trouble(error: BaseException) -> bool:
    """Say whether it is the server that fails, rather than the one value that was to be written."""
    if isinstance(error, psycopg.Error):
        if error.sqlstate is not None:
            return error.sqlstate[:2] not in _VALUE_CLASSES
        # Without a code it is the client that speaks: of the connection, or of a value that it cannot send.
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return isinstance(error, OSError | MemoryError | ConnectionLost | StoreError)


def needs_new_connection(error: BaseException) -> bool:
    """Say whether to go on with a fresh connection."""
    code = getattr(error, "sqlstate", None)
    return not (isinstance(code, str) and code.startswith(_STILL_USABLE))


def is_damage(error: BaseException) -> bool:
    """Say whether the tables are not what a store's are."""
    code = getattr(error, "sqlstate", None) or ""
    return code.startswith(("42P01", "42703", "XX"))


def explain(error: BaseException) -> str:
    """Return the cause as one sentence without its full stop, and how to mend it."""
    if isinstance(error, ConnectionLost | StoreError):
        return str(error)
    if not isinstance(error, psycopg.Error):
        return f"{type(error).__name__}: {error}"
    said = first_line(error)
    code = error.sqlstate
    if code is None:
        return f"{_LOST} ({said})" if is_trouble(error) else f"{type(error).__name__}: {said}"
    sentence = _SENTENCES.get(code) or _SENTENCES.get(code[:2])
    return f"{sentence} ({said})" if sentence else f"{type(error).__name__}: {said}"


def first_line(error: BaseException) -> str:
    """Return what the server or the client says, in one line."""
    lines = [line.strip() for line in str(error).splitlines()]
    return next(filter(None, lines), type(error).__name__)


POSTGRES = Diagnosis(
    errors=(psycopg.Error, ConnectionLost),
    is_trouble=is_trouble,
    needs_new_connection=needs_new_connection,
    is_damage=is_damage,
    explain=explain,
)
