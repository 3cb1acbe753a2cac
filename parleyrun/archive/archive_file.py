"""A store's file, opened beside whatever process writes to it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from ..errors import StoreError
from ..store.sqlite.connection import DAMAGED, explain, is_damage
from ..store.sqlite.tables import VERSION
from ..store.sqlite.upkeep.integrity import damage_told
from .talk_count import is_talk_line

T = TypeVar("T")

_BUSY_SECONDS = 10.0

LOOK_SECONDS = 0.25
"""How long it is waited before one looks again whether a file has changed."""


class ArchiveFile:
    """Asks a store's file, and never writes to it. For one thread.

    Raises `StoreError` where there is no store, it cannot be read, or it is of a version this code does not know.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._closed = False
        self._connection = open_store(path, "ro")
        self._connection.create_function("is_talk", 2, is_talk_line, deterministic=True)

    @property
    def place(self) -> str:
        """The path of the file."""
        return str(self.path)

    def changes(self) -> int:
        """Return a number that is another one once a process has written to the store."""
        return int(self.one("PRAGMA data_version")[0])

    def wait_for_news(self) -> None:
        """Wait until it is time to look again whether the file has changed."""
        time.sleep(LOOK_SECONDS)

    def close(self) -> None:
        """Let go of the file. Calling it twice is harmless."""
        self._closed = True
        self._connection.close()

    def one(self, query: str, *values: Any) -> Any:
        """Return the first row that a query finds, None if it finds none."""
        with self._reading():
            return self._connection.execute(query, values).fetchone()

    def all(self, query: str, *values: Any) -> list[Any]:
        """Return all rows that a query finds."""
        with self._reading():
            return self._connection.execute(query, values).fetchall()

    def each(self, query: str, *values: Any) -> Iterator[Any]:
        """Yield the rows that a query finds, however many there are."""
        with self._reading():
            yield from self._connection.execute(query, values)

    def damage_told(self) -> AbstractContextManager[None]:
        """Say of what fails in the block whether that is because the file is damaged."""
        return damage_told(self._connection, f"{self.path} cannot be read: ")

    def ask(self, read: Callable[[sqlite3.Connection], T]) -> T:
        """Return what somebody reads who knows the tables."""
        with self._reading():
            return read(self._connection)

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Read one moment of the record until the end of the block, whatever is written meanwhile."""
        with self._reading():
            self._connection.execute("BEGIN")
        try:
            yield
        finally:
            # Whoever stops in the middle of reading may have closed the file by the time they get here.
            if not self._closed:
                self._connection.rollback()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self.path} cannot be read: {explain(error)}") from error


def open_store(path: Path, mode: str) -> sqlite3.Connection:
    """Connect to a store that exists, to read ('ro') or to write ('rw') it. Raises `StoreError`."""
    if not path.is_file():
        raise StoreError(f"expected a store at {path}, got {'a folder' if path.is_dir() else 'nothing there'}")
    try:
        return _connect(path, f"mode={mode}")
    except sqlite3.OperationalError as error:
        if mode == "ro" and not is_damage(error) and not path.with_name(path.name + "-wal").exists():
            # In a folder that cannot be written to, SQLite reads only what it may take for unchanging; with no
            # log of changes beside it, nobody is writing to it.
            return _connect_or_refuse(path, "mode=ro&immutable=1")
        raise StoreError(f"{path} cannot be opened: {explain(error)}") from error
    except sqlite3.DatabaseError as error:
        raise StoreError(f"expected a store at {path}, got none: {explain(error)}") from error


def _connect_or_refuse(path: Path, how: str) -> sqlite3.Connection:
    try:
        return _connect(path, how)
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be opened: {explain(error)}") from error


def _connect(path: Path, how: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path.resolve()))}?{how}", uri=True, isolation_level=None, timeout=_BUSY_SECONDS
    )
    try:
        _check_version(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").fetchone():
        raise StoreError(f"expected a store at {path}, got a SQLite database of something else")
    found = connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
    version = found[0] if found else None
    if not isinstance(version, int):
        raise StoreError(f"expected a store at {path}: {DAMAGED} (its version is not there)")
    if version > VERSION:
        raise StoreError(
            f"{path} is a store of version {version}, and this parleyrun knows versions up to {VERSION}: "
            f"use the parleyrun that wrote it, or a newer one"
        )
    if version < VERSION:
        raise StoreError(
            f"{path} is a store of version {version}, expected {VERSION}: "
            f"`parleyrun serve` brings it up to date when it opens it"
        )
