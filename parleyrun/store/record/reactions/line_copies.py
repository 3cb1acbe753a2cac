"""Which line of somebody's log is the line of a name: each has others' lines under numbers of their own."""

from __future__ import annotations

from collections.abc import Sequence

from ....events import Delivery
from ....signals import LineReactions, ReactionCount
from ...columns import delivery_from
from ...protocol import parse_line_reference
from ..database import RecordConnection

_COLUMNS = (
    "SELECT participant_id, seq, mine, at, speaker, text, more, message_id, carried_line, reply_to FROM lines "
)
_OWN = f"{_COLUMNS} WHERE participant_id = ? AND seq = ?"
_SHOWN = f"{_COLUMNS} WHERE participant_id = ? AND mine = 0 AND carried_line = ? ORDER BY seq LIMIT 1"
_LINES_SHOWN = (
    "SELECT carried_line, min(seq) FROM lines "
    "WHERE participant_id = ? AND mine = 0 AND carried_line IS NOT NULL GROUP BY carried_line"
)
_REACTIONS = (
    "SELECT r.line, r.reaction, p.id FROM reactions AS r JOIN participants AS p ON p.n = r.participant "
    "WHERE r.run IN (SELECT n FROM runs WHERE uid IN (SELECT run_uid FROM seats WHERE participant_id = ?)) "
    "ORDER BY r.at, r.participant"
)


def shown_line(connection: RecordConnection, participant_id: str, line: str) -> Delivery | None:
    """Return the line of somebody's log that is the line of that name; None if they were never shown it."""
    named = parse_line_reference(line)
    if named is not None and named.participant_id == participant_id:
        found = connection.execute(_OWN, (participant_id, named.seq)).fetchone()
    else:
        found = connection.execute(_SHOWN, (participant_id, line)).fetchone()
    return None if found is None else delivery_from(found)


def reactions_to(connection: RecordConnection, participant_id: str) -> list[LineReactions]:
    """Return how people have reacted to the lines of somebody's log, in the order of their numbers."""
    on_lines: dict[str, list[tuple[str, str]]] = {}
    for line, reaction, who in connection.execute(_REACTIONS, (participant_id,)):
        on_lines.setdefault(line, []).append((reaction, who))
    if not on_lines:
        return []
    numbers = dict(connection.execute(_LINES_SHOWN, (participant_id,)).fetchall())
    found = []
    for line, reactions in on_lines.items():
        named = parse_line_reference(line)
        own = named is not None and named.participant_id == participant_id
        seq = named.seq if named is not None and own else numbers.get(line)
        if seq is not None:
            found.append(LineReactions(seq, counted(reactions, participant_id)))
    return sorted(found, key=lambda each: each.seq)


def counted(reactions: Sequence[tuple[str, str]], participant_id: str) -> tuple[ReactionCount, ...]:
    """Return how often each reaction is there, the one that came first in front.

    Args:
        reactions: Each with who has reacted so, in the order in which they came.
        participant_id: Whose own are marked.
    """
    people: dict[str, list[str]] = {}
    for reaction, who in reactions:
        people.setdefault(reaction, []).append(who)
    return tuple(ReactionCount(reaction, len(who), participant_id in who) for reaction, who in people.items())
