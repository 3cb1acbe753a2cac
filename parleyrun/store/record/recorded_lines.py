"""People's logs on record, and how far they have come to their screens."""

from __future__ import annotations

import threading

from ...events import Delivery
from ..columns import LEAST_BYTES, delivery_from, file_bytes_in, readable
from ..protocol import ReadLine, WordsOnRecord, parse_line_reference
from .database import RecordConnection
from .numbering import MOST_REMEMBERED
from .operations import MarkEntry
from .reader import Face, Reader

_LINES_AFTER = (
    "SELECT participant_id, seq, mine, at, speaker, text, more, message_id, carried_line, reply_to "
    "FROM lines WHERE participant_id = ? AND seq > ? ORDER BY seq LIMIT ?"
)
_LAST_HEARD = (
    "SELECT coalesce(sent, at) FROM lines WHERE participant_id = ? AND mine = 1 ORDER BY seq DESC LIMIT 1"
)
_HEARD_OF = (
    "SELECT coalesce(sum(max(?, length(CAST(text AS BLOB)))), 0), "
    "EXISTS (SELECT 1 FROM seats JOIN runs ON runs.uid = seats.run_uid "
    "WHERE seats.participant_id = ? AND runs.kind = 'task') "
    "FROM lines WHERE participant_id = ? AND mine = 1"
)
_PAYLOADS = "SELECT more FROM lines WHERE participant_id = ? AND mine = 1 AND more IS NOT NULL"
_OF_MESSAGE = "SELECT seq FROM lines WHERE participant_id = ? AND mine = 1 AND message_id = ?"
_CARRIED = (
    "SELECT carried_line FROM lines WHERE participant_id = ? AND seq > ? AND seq <= ? "
    "AND mine = 0 AND carried_line IS NOT NULL ORDER BY seq"
)
_ALL = 1 << 62  # more lines than anybody has
_LAST_LINE = "SELECT max(seq) FROM lines WHERE participant_id = ?"
_READ_TO = "SELECT read_to FROM participants WHERE id = ?"
_DELIVERED_TO = "SELECT max(seq) FROM marks WHERE participant_id = ? AND kind = 'delivered'"


class RecordedLines(Face):
    """The `Lines` of a durable store."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)
        self._marks = threading.Lock()  # guards both below: what is news is so for one caller
        self._read_to: dict[str, int] = {}
        self._delivered_to: dict[str, int] = {}

    def lines_after(self, participant_id: str, seq: int, at_most: int | None = None) -> list[Delivery]:
        """Return a participant's lines after that one, oldest first. Raises `StoreError`."""
        limit = _ALL if at_most is None else at_most
        return [delivery_from(row) for row in self._reader.rows(_LINES_AFTER, participant_id, seq, limit)]

    def newest_line(self, participant_id: str) -> int:
        """Return the number of a participant's newest line; 0 if there is none. Raises `StoreError`."""
        row = self._reader.row(_LAST_LINE, participant_id)
        return 0 if row is None else row[0] or 0

    def heard_of(self, participant_id: str) -> WordsOnRecord:
        """Return what is on record of a person's own words. Raises `StoreError`."""
        row = self._reader.row(_HEARD_OF, LEAST_BYTES, participant_id, participant_id)
        assert row is not None
        payloads = self._reader.rows(_PAYLOADS, participant_id)
        return WordsOnRecord(int(row[0]) + sum(file_bytes_in(more) for (more,) in payloads), bool(row[1]))

    def line_of_message(self, participant_id: str, message_id: str) -> int:
        """Return the number of a person's line with this message id, 0 if there is none. Raises `StoreError`."""
        row = self._reader.row(_OF_MESSAGE, participant_id, readable(message_id))
        return 0 if row is None else int(row[0])

    def last_heard(self, participant_id: str) -> float | None:
        """Return when a person last wrote, as the channel told; None if they never did. Raises `StoreError`."""
        row = self._reader.row(_LAST_HEARD, participant_id)
        return None if row is None else float(row[0])

    def delivered_through(self, participant_id: str, seq: int) -> None:
        """Record that a participant's lines up to that one have reached their screen, if that is news.

        A line that is not there yet counts as the newest one that is. Raises `StoreError`.
        """
        with self._marks:
            if seq <= self._delivered_to.get(participant_id, 0):
                return
            before, until = self._reader.ask(lambda connection: self._delivered(connection, participant_id, seq))
            _remember(self._delivered_to, participant_id, max(before, until))
        if until > before:
            self._put(MarkEntry(participant_id, until, "delivered"))

    def read_through(self, participant_id: str, seq: int) -> list[ReadLine]:
        """Record that a participant has read up to that line; return whose lines these carried, if news.

        A line that is not there yet counts as the newest one that is. Raises `StoreError`.
        """
        with self._marks:
            before, until, carried = self._reader.ask(
                lambda connection: self._read(connection, participant_id, seq)
            )
            _remember(self._read_to, participant_id, max(before, until))
        if until > before:
            self._put(MarkEntry(participant_id, until, "read"))
        lines = [parse_line_reference(reference) for reference in carried]
        return [line for line in lines if line is not None and line.participant_id != participant_id]

    def _forget_marks(self, participant_id: str) -> None:
        with self._marks:
            self._read_to.pop(participant_id, None)
            self._delivered_to.pop(participant_id, None)

    def _delivered(self, connection: RecordConnection, who: str, seq: int) -> tuple[int, int]:
        """Return up to where lines are known to be delivered, and up to where they are now."""
        before = self._delivered_to.get(who)
        if before is None:
            before = connection.execute(_DELIVERED_TO, (who,)).fetchone()[0] or 0
        # What was read was delivered, and needs no other mark to say so.
        return max(before, self._known_read_to(connection, who)), _cut_to_log(connection, who, seq)

    def _read(self, connection: RecordConnection, who: str, seq: int) -> tuple[int, int, list[str]]:
        """Return up to where lines are known to be read, up to where they are now, and what is carried between."""
        before = self._known_read_to(connection, who)
        until = _cut_to_log(connection, who, seq)
        if until <= before:
            return before, until, []
        return before, until, [row[0] for row in connection.execute(_CARRIED, (who, before, until))]

    def _known_read_to(self, connection: RecordConnection, who: str) -> int:
        known = self._read_to.get(who)
        if known is None:
            row = connection.execute(_READ_TO, (who,)).fetchone()
            known = 0 if row is None else int(row[0])
        return known


def _remember(known: dict[str, int], participant_id: str, seq: int) -> None:
    """Keep what need not be looked up again. News of people who have gone come for long after that."""
    if len(known) >= MOST_REMEMBERED:
        known.clear()
    known[participant_id] = seq


def _cut_to_log(connection: RecordConnection, who: str, seq: int) -> int:
    """Return the number of a line, or that of a participant's newest one if it is not there yet."""
    last = connection.execute(_LAST_LINE, (who,)).fetchone()[0]
    return min(seq, last or 0)
