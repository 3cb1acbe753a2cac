"""Which conversations of a store are meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..store.record.statements import LOG_OF_RUN

LIVE = "live"
"""What a selection calls the outcome of conversations that still go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which conversations to read; what is left empty takes all.

    Attributes:
        kinds: Of which kinds of world.
        tasks: Of which tasks, by their keys.
        outcomes: How they ended; may hold `LIVE`.
        since: Those that began then or later; wall time in seconds.
        with_words_of: A role, or another speaker's name, that must have said something.
        starts: Those that began in one of these starts of a service: numbers, or beginnings of `run_id`s.
    """

    kinds: tuple[str, ...] = ("task",)
    tasks: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    since: float | None = None
    with_words_of: str | None = None
    starts: tuple[str, ...] = ()

    def where(self) -> tuple[str, list[Any]]:
        """Return the SQL condition on `runs`, and its values."""
        parts, values = ["1 = 1"], list[Any]()
        for column, wanted in (("kind", self.kinds), ("task", self.tasks)):
            if wanted:
                parts.append(f"{column} IN ({', '.join('?' * len(wanted))})")
                values += wanted
        if self.outcomes:
            ended = [outcome for outcome in self.outcomes if outcome != LIVE]
            live = " OR ended IS NULL" if LIVE in self.outcomes else ""
            parts.append(f"(outcome IN ({', '.join('?' * len(ended))}){live})")
            values += ended
        if self.starts:
            parts.append(f"({' OR '.join(map(_of_start, self.starts))})")
            values += self.starts
        if self.since is not None:
            parts.append("started >= ?")
            values.append(self.since)
        if self.with_words_of is not None:
            parts.append(_HAS_WORDS_OF)
            values.append(self.with_words_of)
        return " AND ".join(parts), values


# What a bot without a role has said stands under the name that it spoke under.
_NAME_OF_SEAT = "CASE WHEN s.model IS NULL THEN s.participant_id ELSE l.speaker END"
_HAS_WORDS_OF = f"""EXISTS (
    SELECT 1 FROM runs AS r JOIN {LOG_OF_RUN} WHERE r.uid = runs.uid
        AND CASE WHEN l.mine = 1 THEN coalesce(nullif(s.role, ''), {_NAME_OF_SEAT}) ELSE l.speaker END = ?)"""  # noqa: S608


def _of_start(name: str) -> str:
    """Return the SQL condition on `runs` that a start is meant by this name."""
    if name.isdecimal():
        return "start = CAST(? AS INTEGER)"
    return "start IN (SELECT n FROM starts WHERE instr(run_id, ?) = 1)"
