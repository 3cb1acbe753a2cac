"""Lines of participants' logs, as the archive reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..store.decision_columns import ANSWER_COLUMNS, answer_from
from ..store.record.statements import LOG_OF_RUN
from .places.asked_record import AskedRecord

# The participant and the number in a line's `carried_line`, if it has the form of a line reference.
_DIGITS_FROM = "length(rtrim(l.carried_line, '0123456789'))"
_ORIGINAL = f"""
    l.mine = 0
    AND substr(l.carried_line, {_DIGITS_FROM}, 1) = '#'
    AND o.participant = (SELECT n FROM participants WHERE id = substr(l.carried_line, 1, {_DIGITS_FROM} - 1))
    AND o.seq = CAST(nullif(substr(l.carried_line, {_DIGITS_FROM} + 1, 18), '') AS BIGINT)
    AND o.mine = 1 AND o.run = l.run AND o.participant <> l.participant
    AND (o.text = l.text OR EXISTS (
        SELECT 1 FROM moderated AS m WHERE m.run = l.run AND m.participant = l.participant
            AND m.carried_line = l.carried_line AND m.verdict = 'changed' AND m.shown = l.text))
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

# Of what a bot said: what it took, but for the prompt.
_DECISION_PARTS = ", ".join(f"'{name}', d.{name}" for name in ("number", "kind", "why", *ANSWER_COLUMNS[:-1]))
_DECISION = f"""CASE WHEN p.is_bot = 1 AND l.mine = 1 THEN (
        SELECT json_object({_DECISION_PARTS}) FROM decisions AS d
        WHERE d.participant = l.participant AND d.seq = l.seq ORDER BY d.number LIMIT 1) END"""  # noqa: S608

_COLUMNS = f"""
    SELECT l.n, p.id, l.seq, l.mine, l.speaker, l.text, l.more, l.sent, l.at,
        (SELECT uid FROM runs WHERE n = l.run), l.consumed, o.n,
        {_mark("delivered")}, {_mark("read")},
        {_SENDINGS},
        p.is_bot, {_DECISION}, l.reply_to
"""  # noqa: S608  # made of the constants above

_LINES_OF_RUN = f"""
    {_COLUMNS} FROM runs AS r JOIN {LOG_OF_RUN} LEFT JOIN log AS o ON {_ORIGINAL}
    WHERE r.uid = ? ORDER BY coalesce(o.n, l.n), l.n
"""
# Beside them, in the part of a log that the seat has: what the system told its person, and what they wrote and no
# world has read. Overworlds sleep around the conversations that they lead to; such a line is of the innermost run,
# the one that began last. What is written at a gate may be a password, and is of none.
_LINES_WITH_THOSE_BETWEEN = f"""
    {_COLUMNS} FROM runs AS r JOIN seats AS s ON s.run_uid = r.uid
    JOIN participants AS p ON p.id = s.participant_id
    JOIN log AS l ON l.participant = p.n
        AND l.seq BETWEEN s.first_seq AND coalesce(s.last_seq, 9223372036854775807)
        AND (l.run = r.n OR l.run IS NULL AND (l.mine = 0 OR l.consumed = 0 AND p.at_gate = 0) AND NOT EXISTS (
            SELECT 1 FROM seats AS inner_seat JOIN runs AS inner_run ON inner_run.uid = inner_seat.run_uid
            WHERE inner_seat.participant_id = p.id AND inner_run.n > r.n AND l.seq
                BETWEEN inner_seat.first_seq AND coalesce(inner_seat.last_seq, 9223372036854775807)))
    LEFT JOIN log AS o ON {_ORIGINAL}
    WHERE r.uid = ? ORDER BY coalesce(o.n, l.n), l.n
"""  # noqa: S608  # made of the constants above
_ROW = f"""
    {_COLUMNS} FROM log AS l JOIN participants AS p ON p.n = l.participant LEFT JOIN log AS o ON {_ORIGINAL}
"""
_LINES_OF_LOG = f"{_ROW} WHERE p.id = ? AND l.seq > ? ORDER BY l.seq"
_LINE = f"{_ROW} WHERE p.id = ? AND l.seq = ?"


class LineRow(NamedTuple):
    """A line of a participant's log.

    `run_uid` is the run that said it, or that has read it. `original` is the `n` of the line of the same run
    it is a mere copy of, if any. `sendings` is JSON: state, channel id, reason and number of pieces, of each piece
    of a line that a channel sends by itself; `decision` is JSON, too (see `decided`). `reply_to`
    names the line that it replies to.
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
    is_bot: int = 0
    decision: str | None = None
    reply_to: str | None = None


def decided(decision: str) -> dict[str, Any]:
    """Return what it took a bot to say a line, by the names that exports have for it; the prompt is left out."""
    columns = json.loads(decision)
    about = {"decision": columns["number"], "kind": columns["kind"], "why": columns["why"]}
    return about | (answer_from(columns) or {})


def lines_of_run(file: AskedRecord, run_uid: str, *, and_between: bool = False) -> Iterator[LineRow]:
    """Yield the lines of a run in the order of their recording, but copies right behind their original.

    With `and_between` they have those among them that the system said, and those that no world has read.
    """
    query = _LINES_WITH_THOSE_BETWEEN if and_between else _LINES_OF_RUN
    return map(LineRow._make, file.each(query, run_uid))


def lines_after(file: AskedRecord, participant_id: str, seq: int) -> list[LineRow]:
    """Return a participant's lines after that one, oldest first."""
    return [LineRow._make(row) for row in file.all(_LINES_OF_LOG, participant_id, seq)]


def line_of(file: AskedRecord, participant_id: str, seq: int) -> LineRow | None:
    """Return one line of a participant's log."""
    found = file.one(_LINE, participant_id, seq)
    return None if found is None else LineRow._make(found)
