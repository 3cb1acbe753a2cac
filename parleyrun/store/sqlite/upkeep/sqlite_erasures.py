"""Erasures while a store is in use: asked for by a note, done by whoever holds the store or opens it next."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from ....errors import StoreError
from ...media_library import attachments_of
from ...record.database import RecordConnection
from ...record.ledger import Ledger
from ...record.operations import Operation
from ...record.reader import Face
from .eraser import ERASED_ID, REQUESTS, Eraser

log = logging.getLogger(__name__)

_KNOWN = "SELECT 1 FROM participants WHERE id = ? AND id <> ? AND is_bot = 0"
_ASK = "INSERT OR IGNORE INTO notes (channel, key, value) VALUES (?, ?, '')"
_ASKED = "SELECT key FROM notes WHERE channel = ? ORDER BY key"
_DONE = "DELETE FROM notes WHERE channel = ? AND key = ?"
_OPEN_RUNS = (
    "SELECT DISTINCT r.uid FROM seats AS s JOIN runs AS r ON r.uid = s.run_uid "
    "WHERE s.participant_id = ? AND r.ended IS NULL"
)
_LEAVES_TRACES = "INSERT OR REPLACE INTO meta (key, value) VALUES ('traces', 1)"
_HAS_TRACES = "SELECT 1 FROM meta WHERE key = 'traces'"
_HAS_NO_TRACES = "DELETE FROM meta WHERE key = 'traces'"


def ask_to_erase(connection: RecordConnection, participant_id: str) -> None:
    """Put it on record that somebody is to be erased. Raises `StoreError` if nobody of that id is on record."""
    if not connection.execute(_KNOWN, (participant_id, ERASED_ID)).fetchone():
        raise StoreError(f"expected the id of a participant on record, got '{participant_id}'")
    connection.execute(_ASK, (REQUESTS, participant_id))


def asked_to_erase(connection: RecordConnection) -> list[str]:
    """Return the ids of those who are to be erased."""
    return [who for (who,) in connection.execute(_ASKED, (REQUESTS,))]


def carry_out_erasures(connection: RecordConnection, path: Path, now: float) -> None:
    """Erase all for whom somebody has asked, and leave no traces of those who were erased since the last time.

    Before anybody works with the store, outside of any transaction.
    """
    for who in asked_to_erase(connection):
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("BEGIN IMMEDIATE")
        try:
            files = _erase(connection, who, now)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        _delete(files, path)
    if connection.execute(_HAS_TRACES).fetchone():
        # Older copies of what was erased may lie in the free space of the file.
        connection.execute("VACUUM")
        connection.execute(_HAS_NO_TRACES)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def _erase(connection: RecordConnection, participant_id: str, now: float) -> tuple[str, ...]:
    """Erase somebody who may be erased already, and return the names of the files that go with them."""
    if not connection.execute(_KNOWN, (participant_id, ERASED_ID)).fetchone():
        connection.execute(_DONE, (REQUESTS, participant_id))
        return ()
    connection.execute(_LEAVES_TRACES)
    return Eraser(connection, participant_id, now).erase().files


def _delete(files: tuple[str, ...], path: Path) -> None:
    for name in files:
        (attachments_of(path) / name).unlink(missing_ok=True)


class ErasureEntry(Operation):
    """Somebody is erased, between what was recorded before and what comes after.

    Args:
        participant_id: Who.
        path: The store's file, beside which their files are.
        then: Called on the writer's thread, when it is done or could not be.
    """

    __slots__ = ("_files", "_participant_id", "_path", "_then")

    def __init__(self, participant_id: str, path: Path, then: Callable[[], None]) -> None:
        self._participant_id = participant_id
        self._path = path
        self._then = then
        self._files: tuple[str, ...] = ()

    def apply(self, ledger: Ledger) -> None:
        ledger.settle()
        # What is freed is written over from now on; the next start sees to what was freed before.
        ledger.connection.execute("PRAGMA secure_delete = ON")
        self._files = _erase(ledger.connection, self._participant_id, ledger.now)

    def recorded(self) -> None:
        try:
            _delete(self._files, self._path)
        except OSError as error:
            log.error("a file of somebody who was erased could not be deleted: %s", error)
        self._then()

    def refused(self, why: BaseException) -> None:
        log.error("%s is not erased: %s", self._participant_id, why)
        self._then()


class SqliteErasures(Face):
    """What the service asks of a store in a file on those who are to be erased."""

    path: Path

    def asked_to_erase(self) -> list[str]:
        """Return the ids of those for whom somebody has asked. Raises `StoreError`."""
        return self._reader.ask(asked_to_erase)

    def open_runs_of(self, participant_id: str) -> list[str]:
        """Return the uids of the runs that go on in which somebody has or had a seat. Raises `StoreError`."""
        return [uid for (uid,) in self._reader.rows(_OPEN_RUNS, participant_id)]

    def erase(self, participant_id: str, then: Callable[[], None]) -> None:
        """Erase somebody, after all that was handed over so far; `then` is called on the store's thread.

        Raises `StoreError` once the store is closed.
        """
        self._put(ErasureEntry(participant_id, self.path, then))
