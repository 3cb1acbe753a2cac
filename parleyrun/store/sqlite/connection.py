"""Connections to the store's file, and what is wrong when they fail."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from ...errors import StoreError
from ..record.database import Diagnosis

Connection = sqlite3.Connection
Synchronous = Literal["full", "normal"]

WRITING_CACHE_KIBIBYTES = 16384
READING_CACHE_KIBIBYTES = 1024
"""How much of the file a connection keeps in memory."""

BUSY_SECONDS = 1.0
"""How long a statement waits for another program that has locked the file, before that counts as trouble."""

DAMAGED = (
    "the file is damaged; keep a copy of it and go on with a backup (`parleyrun store check` says what is wrong, "
    "`sqlite3 STORE .recover` saves what can still be read)"
)
"""What a damaged file is, and what to do about it."""

_SYNCHRONOUS = {"full": "PRAGMA synchronous = FULL", "normal": "PRAGMA synchronous = NORMAL"}
_WRONG_VALUE = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.DataError)
_SENTENCES = {
    sqlite3.SQLITE_FULL: "the disk is full; make room on it",
    sqlite3.SQLITE_READONLY: "the file, or its folder, is read-only; make them writable for this process",
    sqlite3.SQLITE_PERM: "access to the file is not permitted; make it writable for this process",
    sqlite3.SQLITE_BUSY: "another program has locked the file; end that program, or what it is doing",
    sqlite3.SQLITE_LOCKED: "another program has locked the file; end that program, or what it is doing",
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED.replace("the file is", "the file is not a store, or is"),
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; see that it and its folder are there and writable",
    sqlite3.SQLITE_IOERR: "the disk reports an error; see the system's log",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
}


_UNREADABLE_TEXT = "Could not decode to UTF-8"  # Python's own words, which have no code


class FileGone(Exception):
    """The path no longer leads to the file that is open."""


def connect(
    path: Path,
    synchronous: Synchronous,
    *,
    create: bool = False,
    cache_kibibytes: int = READING_CACHE_KIBIBYTES,
) -> Connection:
    """Open the file for reading and writing, from any thread as long as it is one at a time.

    Transactions are begun and ended explicitly. Raises `sqlite3.Error`; without `create` also when there is
    no such file, so that a lost store is never quietly replaced by an empty one.
    """
    if create:
        # What people said is nobody else's business. SQLite gives the files beside it the same permissions.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    uri = f"file:{quote(str(path))}?mode=rw"
    connection = sqlite3.connect(
        uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        connection.execute(_SYNCHRONOUS[synchronous])
        connection.execute("PRAGMA foreign_keys = ON")
        # Bytes: more than the log grows to (below). So its file is written over and over, where it would otherwise
        # be cut and grow again, which costs the system more than what is written.
        connection.execute("PRAGMA journal_size_limit = 67108864")
        # Kibibytes: enough for the pages that are written to just now. What does not fit is read again, mostly
        # from what the system keeps of the file, which it takes back when memory is short.
        connection.execute(f"PRAGMA cache_size = -{cache_kibibytes}")
        # A statement over many rows that fails in the middle is undone from copies of the pages it has changed.
        # SQLite would otherwise write them to a file as it goes: twice the writing for what hardly ever happens.
        connection.execute("PRAGMA temp_store = MEMORY")
        # Pages: a log that has become this long begins anew once all of it is in the file. The thread that sees to
        # that (class Checkpoints) has left little to do for the commit that has to see to the rest.
        connection.execute("PRAGMA wal_autocheckpoint = 16000")
    except BaseException:
        connection.close()
        raise
    return connection


def use_write_ahead_log(connection: Connection) -> None:
    """Have the file written ahead, so that reading and writing do not wait for each other. It stays that way."""
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StoreError(
            "expected a disk on which SQLite can keep a write-ahead log, got one without shared memory "
            "(a network folder?); choose a file on a disk of this machine"
        )


class FileWatch:
    """Notices when the path of the store no longer leads to the file that was opened.

    An open handle goes on working after the file's name is deleted, and everything written to it is lost
    when the process ends; so this has to be looked for.
    """

    def __init__(self, path: Path) -> None:
        self._path = os.fspath(path)
        found = os.stat(self._path)
        self._identity = (found.st_dev, found.st_ino)

    def check(self) -> None:
        """Raise `FileGone` with what happened, as one sentence."""
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            raise FileGone("the file was deleted or moved away; put it back where it was") from None
        except OSError as error:
            raise FileGone(f"the file cannot be reached ({error.strerror}); see its disk and folder") from error
        if (found.st_dev, found.st_ino) != self._identity:
            raise FileGone("the file was replaced by another one; put the first one back, or start again")


def is_trouble(error: BaseException) -> bool:
    """Say whether it is the disk or the file that fails, rather than the one value that was to be written."""
    return isinstance(error, sqlite3.Error | OSError | MemoryError | FileGone) and not isinstance(
        error, _WRONG_VALUE
    )


def needs_new_connection(error: BaseException) -> bool:
    """Say whether to go on with a fresh connection, as this one may know the file as it no longer is."""
    return _primary_code(error) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL)


def is_damage(error: BaseException) -> bool:
    """Say whether the file is not what a store's file is: damaged, or changed by something else.

    What a statement of ours names is in every store. So is text that can be read.
    """
    code = _primary_code(error)
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or (
        isinstance(error, sqlite3.OperationalError)
        and (code == sqlite3.SQLITE_ERROR or str(error).startswith(_UNREADABLE_TEXT))
    )


def explain(error: BaseException) -> str:
    """Return the cause as one sentence without its full stop, and how to mend it."""
    if isinstance(error, FileGone):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"the file cannot be used ({error.strerror})"
    sentence = _SENTENCES.get(_primary_code(error)) or (DAMAGED if is_damage(error) else None)
    return f"{sentence} ({error})" if sentence else f"{type(error).__name__}: {error}"


def _primary_code(error: BaseException) -> int:
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else -1


SQLITE = Diagnosis(
    errors=(sqlite3.Error,),
    is_trouble=is_trouble,
    needs_new_connection=needs_new_connection,
    is_damage=is_damage,
    explain=explain,
)
