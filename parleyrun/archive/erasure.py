"""Erasing a person: their words, their data and their name go out of the file, or of the database."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from ..errors import StoreError
from ..store.media_library import attachments_of
from ..store.postgres.database_url import is_database
from ..store.record.erasing.eraser import Erased, Eraser
from ..store.record.erasing.recorded_erasures import ask_to_erase, asked_to_erase
from ..store.sqlite.connection import explain
from ..store.sqlite.lock import StoreLock, refuse_several_names
from ..store.sqlite.upkeep.integrity import damage_told
from .archive_file import open_store
from .places.database_file import erased_from_database, is_requested_of_database, request_to_database


def erase(
    store: Path | str, participant_id: str, *, now: Callable[[], float] = time.time, patience_seconds: float = 5
) -> Erased:
    """Erase a participant from a store that no process has open, and return what was erased.

    Their log and their data go; so do, in others' logs, the copies of their words: lines that carry theirs on,
    lines said in the name of their seat, and whatever else a world said in their conversations that quotes
    them. What other people wrote themselves stays. Worlds they sat in lose their snapshots and results, and
    conversations that were going on are ended. The file, or what the tables of the database take on disk, is then
    written afresh, so that nothing of it is left in free space.

    Args:
        store: The file, or the URL of a database.
        participant_id: Who.
        now: Wall time.
        patience_seconds: How long it is waited for others who read the file.

    Raises:
        StoreError: The store is in use, or being read, or knows no such participant; nothing is changed then.
        MissingExtra: It is a database, and psycopg is not installed.
    """
    if is_database(str(store)):
        return erased_from_database(str(store), participant_id, now())
    path = Path(store)
    with closing(open_store(path, "ro")):
        pass  # says in one sentence if this is no store, before a lock is laid beside it
    refuse_several_names(path)
    with (
        StoreLock(path),
        closing(open_store(path, "rw")) as connection,
        _alone(connection, path, patience_seconds),
    ):
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("BEGIN IMMEDIATE")
            with (
                damage_told(connection, f"{participant_id} is not erased, as {path} cannot be read: "),
                connection,
            ):
                erased = Eraser(connection, participant_id, now()).erase()
                for name in erased.files:
                    (attachments_of(path) / name).unlink(missing_ok=True)
        except sqlite3.Error as error:
            raise StoreError(
                f"{participant_id} is not erased, as {path} cannot be written to: {explain(error)}"
            ) from error
        try:
            connection.execute("VACUUM")
        except sqlite3.Error as error:
            raise StoreError(
                f"{participant_id} is erased, but traces may be left in the free space of {path}, which could not "
                f"be written afresh ({explain(error)}): once that is mended, `sqlite3 {path} VACUUM` does it"
            ) from error
    return erased


def request_erasure(store: Path | str, participant_id: str) -> None:
    """Ask whatever process holds a store (a file, or the URL of a database), or opens it next, to erase somebody.

    Raises `StoreError`, with nothing changed, if nobody of that id is on record, or it cannot be written to.
    """
    if is_database(str(store)):
        request_to_database(str(store), participant_id)
        return
    path = Path(store)
    with closing(open_store(path, "rw")) as connection:
        try:
            ask_to_erase(connection, participant_id)
        except sqlite3.Error as error:
            raise StoreError(
                f"{participant_id} is not erased, as {path} cannot be written to: {explain(error)}"
            ) from error


def is_requested(store: Path | str, participant_id: str) -> bool:
    """Return whether somebody is still to be erased. Raises `StoreError`."""
    if is_database(str(store)):
        return is_requested_of_database(str(store), participant_id)
    with closing(open_store(Path(store), "ro")) as connection:
        return participant_id in asked_to_erase(connection)


@contextmanager
def _alone(connection: sqlite3.Connection, path: Path, patience_seconds: float) -> Iterator[None]:
    """Have the file to oneself, without the write-ahead log, which would keep old pages."""
    try:
        connection.execute(f"PRAGMA busy_timeout = {round(patience_seconds * 1000)}")
        (mode,) = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.Error as error:
        if "locked" not in str(error):
            raise StoreError(f"{path} cannot be written to: {explain(error)}") from error
        mode = "wal"
    if mode != "delete":
        raise StoreError(
            f"{path} is being read by another program, which would keep hold of what is to be erased: "
            f"end that one (an export, or `transcripts --follow`) first"
        )
    try:
        yield
    finally:
        with suppress(sqlite3.Error):  # the store sets it again when it opens the file
            connection.execute("PRAGMA journal_mode = WAL")
