"""Lines of participants' logs, as the archive reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..store.sqlite.statements import LOG_OF_RUN
from .archive_file import ArchiveFile

# The participant and the number in a line's `carried_line`, if it has the form of a line reference.
_DIGITS_FROM = "length(rtrim(l.carried_line, '0123456789'))"
_ORIGINAL = f"""
    l.mine = 0
    AND substr(l.carried_line, {_DIGITS_FROM}, 1) = '#'
    AND o.participant = (SELECT n FROM participants WHERE id = substr(l.carried_line, 1, {_DIGITS_FROM} - 1))
    AND o.seq = CAST(substr(l.carried_line, {_DIGITS_FROM} + 1) AS INTEGER)
    AND o.mine = 1 AND o.run = l.run AND o.text = l.text AND o.participant <> l.participant
"""  # noqa: S608  # made of the constant above


def _mark(kind: str) -> str:
    return f"""CASE WHEN l.mine = 0 THEN (
        SELECT m.at FROM marks AS m
        WHERE m.participant_id = p.id AND m.kind = '{kind}' AND m.seq >= l.seq
        ORDER BY m.seq LIMIT 1) END"""  # noqa: S608  # `kind` is one of two words below


_SENDINGS = """CASE WHEN l.mine = 0 THEN (
        SELECT nullif(json_group_array(json_array(s.state, s.channel_id, s.reason, s.pieces)), '[]') FROM (
            SELECT * FROM outbox WHERE participant_id = p.id AND seq = l.seq ORDER BY piece
        ) AS s) END"""

_COLUMNS = f"""
    SELECT l.n, p.id, l.seq, l.mine, l.speaker, l.text, l.more, l.sent, l.at,
        (SELECT uid FROM runs WHERE n = l.run), l.consumed, o.n,
        {_mark("delivered")}, {_mark("read")},
        {_SENDINGS}
"""  # noqa: S608  # made of the constants above

_LINES_OF_RUN = f"""
    {_COLUMNS} FROM runs AS r JOIN {LOG_OF_RUN} LEFT JOIN log AS o ON {_ORIGINAL}
    WHERE r.uid = ? ORDER BY coalesce(o.n, l.n), l.n
"""
_ROW = f"""
    {_COLUMNS} FROM log AS l JOIN participants AS p ON p.n = l.participant LEFT JOIN log AS o ON {_ORIGINAL}
"""
_LINES_OF_LOG = f"{_ROW} WHERE p.id = ? AND l.seq > ? ORDER BY l.seq"
_LINE = f"{_ROW} WHERE p.id = ? AND l.seq = ?"


class LineRow(NamedTuple):
    """A line of a participant's log.

    `run_uid` is the run that said it, or that has read it. `original` is the `n` of the line of the same run
    it is a mere copy of, if any. `sendings` is JSON: state, channel id, reason and number of pieces, of each piece
    of a line that a channel sends by itself.
    """

    n: int
    participant_id: str
    seq: int
    mine: int
    speaker: str
    text: str
    more: bytes | None
    sent: float | None
    at: float
    run_uid: str | None
    consumed: int
    original: int | None
    delivered: float | None
    read: float | None
    sendings: str | None = None


def lines_of_run(file: ArchiveFile, run_uid: str) -> Iterator[LineRow]:
    """Yield the lines of a run in the order of their recording, but copies right behind their original."""
    return map(LineRow._make, file.each(_LINES_OF_RUN, run_uid))


def lines_after(file: ArchiveFile, participant_id: str, seq: int) -> list[LineRow]:
    """Return a participant's lines after that one, oldest first."""
    return [LineRow._make(row) for row in file.all(_LINES_OF_LOG, participant_id, seq)]


def line_of(file: ArchiveFile, participant_id: str, seq: int) -> LineRow | None:
    """Return one line of a participant's log."""
    found = file.one(_LINE, participant_id, seq)
    return None if found is None else LineRow._make(found)
