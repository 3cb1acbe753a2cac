"""Erasures while a store is in use: asked for by a note, done by whoever holds the store or opens it next."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path

from ....errors import StoreError
from ...media_library import attachments_of
from ..database import RecordConnection
from ..ledger import Ledger
from ..operations import Operation
from ..reader import Face
from .eraser import ERASED_ID, REQUESTS, Eraser

log = logging.getLogger(__name__)

_KNOWN = "SELECT 1 FROM participants WHERE id = ? AND id <> ? AND is_bot = 0"
_NOTE = "INSERT INTO notes (channel, key, value) VALUES (?, ?, '') ON CONFLICT DO NOTHING"
_NOTED = "SELECT key FROM notes WHERE channel = ? ORDER BY key"
_DONE = "DELETE FROM notes WHERE channel = ? AND key = ?"
_OPEN_RUNS = (
    "SELECT DISTINCT r.uid FROM seats AS s JOIN runs AS r ON r.uid = s.run_uid "
    "WHERE s.participant_id = ? AND r.ended IS NULL"
)
_LEAVES_TRACES = (
    "INSERT INTO meta (key, value) VALUES ('traces', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
_HAS_TRACES = "SELECT 1 FROM meta WHERE key = 'traces'"
_HAS_NO_TRACES = "DELETE FROM meta WHERE key = 'traces'"
_FILES_LEFT = "erased-file"
"""The channel of the notes that name files the service is to delete, as whoever erased could not reach them."""


def ask_to_erase(connection: RecordConnection, participant_id: str) -> None:
    """Put it on record that somebody is to be erased. Raises `StoreError` if nobody of that id is on record."""
    if not connection.execute(_KNOWN, (participant_id, ERASED_ID)).fetchone():
        raise StoreError(f"expected the id of a participant on record, got '{participant_id}'")
    connection.execute(_NOTE, (REQUESTS, participant_id))


def asked_to_erase(connection: RecordConnection) -> list[str]:
    """Return the ids of those who are to be erased."""
    return [who for (who,) in connection.execute(_NOTED, (REQUESTS,))]


def erase_requested(connection: RecordConnection, beside: Path | None, now: float) -> None:
    """Erase all for whom somebody has asked, each in a transaction of its own, and delete their files.

    Before anybody works with the store, outside of any transaction.

    Args:
        connection: With foreign keys checked.
        beside: The path beside which files lie that belong to the record; None: there are none.
        now: Wall time.
    """
    for who in asked_to_erase(connection):
        connection.execute("BEGIN IMMEDIATE")
        try:
            files = _erase(connection, who, now)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        _delete(files, beside)
    for (name,) in connection.execute(_NOTED, (_FILES_LEFT,)).fetchall():
        _delete((name,), beside)
        connection.execute(_DONE, (_FILES_LEFT, name))


def leave_files(connection: RecordConnection, files: tuple[str, ...]) -> None:
    """Have the next one who opens the store delete files that cannot be reached from here."""
    for name in files:
        connection.execute(_NOTE, (_FILES_LEFT, name))


def note_traces(connection: RecordConnection) -> None:
    """Put it on record that older copies of what is erased may be left in what the database keeps it in."""
    connection.execute(_LEAVES_TRACES, (b"1",))


def has_traces(connection: RecordConnection) -> bool:
    """Return whether somebody was erased since what the database keeps was last written afresh."""
    return connection.execute(_HAS_TRACES).fetchone() is not None


def note_no_traces(connection: RecordConnection) -> None:
    """Put it on record that all was written afresh."""
    connection.execute(_HAS_NO_TRACES)


def _erase(connection: RecordConnection, participant_id: str, now: float) -> tuple[str, ...]:
    """Erase somebody who may be erased already, and return the names of the files that go with them."""
    if not connection.execute(_KNOWN, (participant_id, ERASED_ID)).fetchone():
        connection.execute(_DONE, (REQUESTS, participant_id))
        return ()
    note_traces(connection)
    return Eraser(connection, participant_id, now).erase().files


def _delete(files: tuple[str, ...], beside: Path | None) -> None:
    if beside is not None:
        for name in files:
            (attachments_of(beside) / name).unlink(missing_ok=True)


class ErasureEntry(Operation):
    """Somebody is erased, between what was recorded before and what comes after.

    Args:
        participant_id: Who.
        beside: The path beside which their files are; None: they have none.
        then: Called on the writer's thread, when it is done or could not be.
        before: A statement that is executed first.
    """

    __slots__ = ("_before", "_beside", "_files", "_participant_id", "_then")

    def __init__(
        self, participant_id: str, beside: Path | None, then: Callable[[], None], before: str | None = None
    ) -> None:
        self._participant_id = participant_id
        self._beside = beside
        self._then = then
        self._before = before
        self._files: tuple[str, ...] = ()

    def apply(self, ledger: Ledger) -> None:
        ledger.settle()
        if self._before is not None:
            ledger.connection.execute(self._before)
        self._files = _erase(ledger.connection, self._participant_id, ledger.now)

    def recorded(self) -> None:
        try:
            _delete(self._files, self._beside)
        except OSError as error:
            log.error("a file of somebody who was erased could not be deleted: %s", error)
        self._then()

    def refused(self, why: BaseException) -> None:
        log.error("%s is not erased: %s", self._participant_id, why)
        self._then()


class RecordedErasures(Face):
    """What the service asks of a store on those who are to be erased."""

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
        self._put(self._erasure(participant_id, then))

    @abstractmethod
    def _erasure(self, participant_id: str, then: Callable[[], None]) -> Operation:
        """Return what erases somebody, and calls `then`."""
