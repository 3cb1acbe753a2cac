"""A store in a database, as a file that can be read like any other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ...errors import StoreError
from ...store.postgres.database_url import needing_psycopg
from ...store.record.erasing.eraser import Erased
from ..archive_file import open_store

if TYPE_CHECKING:
    from ...store.postgres.database_reading import DatabaseReading

# What is kept in a copy would be lost with it; a key for pseudonyms is to be given then.
_READ_ONLY = """
    CREATE TRIGGER copy_is_read BEFORE INSERT ON meta
    BEGIN SELECT RAISE(ABORT, 'this is a copy of what is in a database'); END"""


def copied_to_file(url: str, out: Path) -> int:
    """Copy the record of a database into a new file; return how many rows that were.

    Raises `StoreError`, and `MissingExtra`.
    """
    with needing_psycopg():
        from ...store.postgres.database_copy import copy_to_file
    return copy_to_file(url, out)


def copied_to_database(path: Path, url: str) -> int:
    """Copy the record of a file into an empty database; return how many rows that were.

    Raises `StoreError`, and `MissingExtra`.
    """
    with needing_psycopg():
        from ...store.postgres.database_copy import copy_to_database
    return copy_to_database(path, url)


def erased_from_database(url: str, participant_id: str, now: float) -> Erased:
    """Erase a participant from a store in a database that no process has open; return what was erased.

    Raises `StoreError`, and `MissingExtra`.
    """
    with needing_psycopg():
        from ...store.postgres.database_erasure import erase_from_database
    return erase_from_database(url, participant_id, now)


def request_to_database(url: str, participant_id: str) -> None:
    """Ask whatever process holds a store in a database to erase a participant. As above."""
    with needing_psycopg():
        from ...store.postgres.database_erasure import request_in_database
    request_in_database(url, participant_id)


def is_requested_of_database(url: str, participant_id: str) -> bool:
    """Return whether somebody is still to be erased from a store in a database. As above."""
    with needing_psycopg():
        from ...store.postgres.database_erasure import is_requested_in_database
    return is_requested_in_database(url, participant_id)


def reading_of_database(url: str) -> DatabaseReading:
    """Return what asks a store in a database itself, and waits for news in it; close it.

    Raises `StoreError`, and `MissingExtra`.
    """
    with needing_psycopg():
        from ...store.postgres.database_reading import DatabaseReading
    return DatabaseReading(url)


@contextmanager
def file_of_database(url: str) -> Iterator[Path]:
    """Copy the record of a database, as it is at this moment, into a file of this user's that goes with the block.

    Raises:
        StoreError: There is no store, or it cannot be read.
        MissingExtra: psycopg is not installed.
    """
    with TemporaryDirectory(prefix="parleyrun-") as folder:
        path = Path(folder) / "record.db"
        copied_to_file(url, path)
        with suppress(StoreError), closing(open_store(path, "rw")) as connection:
            connection.execute(_READ_ONLY)
        yield path
