"""The transactional outbox on record: what became of lines that a channel sends by itself."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from ...events import Delivery, Sending, SentElsewhere, Unsent
from ..columns import delivery_from, readable
from ..protocol import UNSENT_LINES
from .database import RecordConnection
from .operations import SendingEntry, SentElsewhereEntry
from .reader import Face, Reader
from .statements import DEALT_WITH

_UNSENT_LINES = f"""
    WITH behind AS (
        SELECT l.participant_id, l.seq, l.mine, l.at, l.speaker, l.text, l.more, l.message_id, l.carried_line,
            l.reply_to,
            row_number() OVER (PARTITION BY l.participant_id ORDER BY l.seq) AS place
        FROM participants AS p CROSS JOIN lines AS l ON l.participant_id = p.id AND l.seq > p.sent_to
        WHERE p.id > ? AND p.id < ? AND p.is_bot = 0 AND l.mine = 0 AND l.n <= ? AND NOT {DEALT_WITH})
    SELECT participant_id, seq, mine, at, speaker, text, more, message_id, carried_line, reply_to FROM behind
    WHERE place <= {UNSENT_LINES + 1} ORDER BY participant_id, seq"""  # noqa: S608  # made of the constants above
_SENDING = "SELECT o.participant_id, o.seq, o.piece, o.pieces, o.state, o.at, o.channel_id, o.reason FROM "
_UNSENT_SENDINGS = f"""{_SENDING} participants AS p CROSS JOIN outbox AS o ON o.participant_id = p.id
    AND o.seq > p.sent_to WHERE p.id > ? AND p.id < ? ORDER BY o.participant_id, o.seq, o.piece"""
_SENDING_OF = f"{_SENDING} outbox AS o WHERE o.channel_id = ? AND o.participant_id > ? AND o.participant_id < ?"
_SENT_UNTIL = """
    SELECT seq FROM outbox WHERE participant_id = ? GROUP BY seq
    HAVING count(*) FILTER (WHERE state = 'sent' AND at <= ?) >= min(pieces) ORDER BY seq DESC LIMIT 1"""
_NEWEST_LINE = "SELECT coalesce(max(n), 0) FROM lines"


class RecordedSendings(Face):
    """The `Sendings` of a durable store."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)
        self._newest_n_before = 0  # the newest line when the store was opened

    def unsent(self, channel: str) -> list[Unsent]:
        """Return who of a channel's participants has lines from before `open()` that are not dealt with."""
        return self._reader.ask(lambda connection: _unsent(connection, channel, self._newest_n_before))

    def record_sending(self, sending: Sending) -> None:
        """Record what became of a piece of a line. Raises `StoreError` once the store is closed."""
        self._put(SendingEntry(sending))

    def record_sent(self, line: SentElsewhere) -> None:
        """Record a line that was sent elsewhere. Raises `StoreError` once the store is closed."""
        self._put(SentElsewhereEntry(line))

    def sending_of(self, channel: str, channel_id: str) -> Sending | None:
        """Return the piece that a channel knows by this id. Raises `StoreError`, as all of these do."""
        row = self._reader.row(_SENDING_OF, readable(channel_id), *_ids_of(channel))
        return None if row is None else _sending_from(row)

    def sent_until(self, participant_id: str, at: float) -> int:
        """Return the newest `seq` whose pieces were all sent at or before `at`; 0 if there is none."""
        row = self._reader.row(_SENT_UNTIL, participant_id, at)
        return 0 if row is None else int(row[0])

    def _begin_sending(self, connection: RecordConnection) -> None:
        """The store is being opened: what is in it by now is from before."""
        self._newest_n_before = int(connection.execute(_NEWEST_LINE).fetchone()[0])


def _sending_from(row: tuple[Any, ...]) -> Sending:
    """Return a sending from the columns of `_SENDING`."""
    participant_id, seq, piece, pieces, state, at, channel_id, reason = row
    return Sending(
        participant_id=participant_id,
        seq=seq,
        piece=piece,
        pieces=pieces,
        state=state,
        at=at,
        channel_id=channel_id,
        reason=reason,
    )


def _unsent(connection: RecordConnection, channel: str, newest_n: int) -> list[Unsent]:
    """Return who of a channel's participants has lines that are not dealt with, up to the place `newest_n`."""
    sendings: dict[tuple[str, int], list[Sending]] = {}
    for row in connection.execute(_UNSENT_SENDINGS, _ids_of(channel)):
        sendings.setdefault(row[:2], []).append(_sending_from(row))
    lines = map(delivery_from, connection.execute(_UNSENT_LINES, (*_ids_of(channel), newest_n)))
    return [
        _unsent_of(participant_id, tuple(theirs), sendings)
        for participant_id, theirs in groupby(lines, key=lambda line: line.participant_id)
    ]


def _unsent_of(
    participant_id: str, lines: tuple[Delivery, ...], sendings: dict[tuple[str, int], list[Sending]]
) -> Unsent:
    known = sendings.get((participant_id, lines[0].seq), ())
    return Unsent(participant_id, lines[:UNSENT_LINES], tuple(known), more=len(lines) > UNSENT_LINES)


def _ids_of(channel: str) -> tuple[str, str]:
    """Return what the ids of a channel's participants lie between: ';' comes right after ':'."""
    return f"{channel}:", f"{channel};"
