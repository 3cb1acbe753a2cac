"""Erasing people from a file: nothing of them is left in its free space either."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...record.database import RecordConnection
from ...record.erasing.recorded_erasures import (
    ErasureEntry,
    RecordedErasures,
    asked_to_erase,
    erase_requested,
    has_traces,
    note_no_traces,
)

WRITE_OVER = "PRAGMA secure_delete = ON"
"""What is freed in the file is written over from then on."""


def carry_out_erasures(connection: RecordConnection, path: Path, now: float) -> None:
    """Erase all for whom somebody has asked, and leave no traces of those who were erased since the last time.

    Before anybody works with the store, outside of any transaction.
    """
    if asked_to_erase(connection):
        connection.execute(WRITE_OVER)
    erase_requested(connection, path, now)
    if has_traces(connection):
        # Older copies of what was erased may lie in the free space of the file.
        connection.execute("VACUUM")
        note_no_traces(connection)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


class SqliteErasures(RecordedErasures):
    """What the service asks of a store in a file on those who are to be erased."""

    path: Path

    def _erasure(self, participant_id: str, then: Callable[[], None]) -> ErasureEntry:
        # The next start sees to what was freed before.
        return ErasureEntry(participant_id, self.path, then, WRITE_OVER)
