"""The outbox in SQL: what became of lines that a channel sends by itself, and the channel's notes."""

from __future__ import annotations

from itertools import groupby

from ...events import Delivery, Sending, Unsent
from ..protocol import UNSENT_LINES
from .columns import delivery_from, readable
from .connection import Connection

_DEALT_WITH = """coalesce((
    SELECT count(*) >= min(o.pieces) FROM outbox AS o
    WHERE o.participant_id = l.participant_id AND o.seq = l.seq AND o.state <> 'trying'), 0)"""
"""Of a line `l`: whether all its pieces are sent or dropped."""

SENDING_STATEMENTS = {
    # An answer and an echo tell of the same sending, in any order, and perhaps of one that was given up before.
    "add_sending": "INSERT INTO outbox (participant_id, seq, piece, pieces, state, at, channel_id, reason) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET pieces = excluded.pieces, state = excluded.state, "
    "at = CASE state WHEN 'sent' THEN at ELSE excluded.at END, "
    "channel_id = coalesce(excluded.channel_id, channel_id), reason = excluded.reason "
    "WHERE state = 'trying' OR excluded.state = 'sent'",
    "move_sent_to": f"""UPDATE participants SET sent_to = coalesce(
        (SELECT l.seq - 1 FROM lines AS l
         WHERE l.participant_id = participants.id AND l.seq > sent_to AND l.mine = 0 AND NOT {_DEALT_WITH}
         ORDER BY l.seq LIMIT 1),
        (SELECT max(l.seq) FROM lines AS l WHERE l.participant_id = participants.id),
        sent_to) WHERE id = ?""",  # noqa: S608  # made of the constant above
    "set_note": "INSERT OR REPLACE INTO notes (channel, key, value) VALUES (?, ?, ?)",
    "delete_note": "DELETE FROM notes WHERE channel = ? AND key = ?",
}
"""For the ledger, by name."""

_UNSENT_LINES = f"""
    WITH behind AS (
        SELECT l.participant_id, l.seq, l.mine, l.at, l.speaker, l.text, l.more, l.message_id,
            row_number() OVER (PARTITION BY l.participant_id ORDER BY l.seq) AS place
        FROM participants AS p CROSS JOIN lines AS l ON l.participant_id = p.id AND l.seq > p.sent_to
        WHERE p.id > ? AND p.id < ? AND l.mine = 0 AND l.n <= ? AND NOT {_DEALT_WITH})
    SELECT participant_id, seq, mine, at, speaker, text, more, message_id FROM behind
    WHERE place <= {UNSENT_LINES + 1} ORDER BY participant_id, seq"""  # noqa: S608  # made of the constants above
_SENDING = "SELECT o.participant_id, o.seq, o.piece, o.pieces, o.state, o.at, o.channel_id, o.reason FROM "
_UNSENT_SENDINGS = f"""{_SENDING} participants AS p CROSS JOIN outbox AS o ON o.participant_id = p.id
    AND o.seq > p.sent_to WHERE p.id > ? AND p.id < ? ORDER BY o.participant_id, o.seq, o.piece"""
_SENDING_OF = f"{_SENDING} outbox AS o WHERE o.channel_id = ? AND o.participant_id > ? AND o.participant_id < ?"
_SENT_UNTIL = """
    SELECT seq FROM outbox WHERE participant_id = ? GROUP BY seq
    HAVING count(*) FILTER (WHERE state = 'sent' AND at <= ?) >= min(pieces) ORDER BY seq DESC LIMIT 1"""
_LAST_HEARD = """
    SELECT coalesce(sent, at) FROM lines WHERE participant_id = ? AND mine = 1 ORDER BY seq DESC LIMIT 1"""
_KEPT = "SELECT key, value FROM notes WHERE channel = ? AND substr(key, 1, length(?)) = ? ORDER BY key"
_NEWEST_LINE = "SELECT coalesce(max(n), 0) FROM lines"


def newest_line(connection: Connection) -> int:
    """Return the place `n` of the newest line among all."""
    return int(connection.execute(_NEWEST_LINE).fetchone()[0])


def unsent(connection: Connection, channel: str, newest_n: int) -> list[Unsent]:
    """Return who of a channel's participants has lines that are not dealt with, up to the place `newest_n`."""
    sendings: dict[tuple[str, int], list[Sending]] = {}
    for row in connection.execute(_UNSENT_SENDINGS, _ids_of(channel)):
        sendings.setdefault(row[:2], []).append(Sending(*row))
    lines = map(delivery_from, connection.execute(_UNSENT_LINES, (*_ids_of(channel), newest_n)))
    return [
        _unsent(participant_id, tuple(theirs), sendings)
        for participant_id, theirs in groupby(lines, key=lambda line: line.participant_id)
    ]


def _unsent(
    participant_id: str, lines: tuple[Delivery, ...], sendings: dict[tuple[str, int], list[Sending]]
) -> Unsent:
    known = sendings.get((participant_id, lines[0].seq), ())
    return Unsent(participant_id, lines[:UNSENT_LINES], tuple(known), more=len(lines) > UNSENT_LINES)


def sending_of(connection: Connection, channel: str, channel_id: str) -> Sending | None:
    """Return the piece that a channel knows by this id."""
    row = connection.execute(_SENDING_OF, (readable(channel_id), *_ids_of(channel))).fetchone()
    return None if row is None else Sending(*row)


def sent_until(connection: Connection, participant_id: str, at: float) -> int:
    """Return the newest `seq` whose pieces were all sent at or before `at`; 0 if there is none."""
    row = connection.execute(_SENT_UNTIL, (participant_id, at)).fetchone()
    return 0 if row is None else int(row[0])


def last_heard(connection: Connection, participant_id: str) -> float | None:
    """Return when the person last wrote, None if they never did."""
    row = connection.execute(_LAST_HEARD, (participant_id,)).fetchone()
    return None if row is None else float(row[0])


def kept(connection: Connection, channel: str, prefix: str) -> dict[str, str]:
    """Return a channel's notes whose keys begin with this."""
    return dict(connection.execute(_KEPT, (channel, prefix, prefix)).fetchall())


def _ids_of(channel: str) -> tuple[str, str]:
    """Return what the ids of a channel's participants lie between: ';' comes right after ':'."""
    return f"{channel}:", f"{channel};"
