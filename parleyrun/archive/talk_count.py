"""How much was said in a run, and in how many turns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from ..core.forms.form_answers import ANSWERS
from ..message_marks import FINISH
from ..store.safe_unpickling import loads

# Most lines are seen to be talk without a look into what they have besides words.
IS_TALK = "(l.more IS NULL OR (l.text <> '' AND l.text NOT LIKE '%/finish%') OR is_talk(l.text, l.more))"
"""The condition, in SQL, that a line `l` is a message; an `ArchiveFile` knows `is_talk` as `is_talk_line`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkCount:
    """How many messages people and bots said, and in how many turns.

    A turn is all that one of them says before the next one speaks. What pages send of forms is no
    message, nor is a wish to finish.
    """

    by_people: int
    by_bots: int
    turns: int

    @classmethod
    def of(cls, lines: Iterable[tuple[int, int]]) -> Self:
        """Count lines, given as who said each, and whether that is a bot."""
        said = [0, 0]
        turns, last = 0, None
        for who, is_bot in lines:
            said[bool(is_bot)] += 1
            turns += who != last
            last = who
        return cls(by_people=said[0], by_bots=said[1], turns=turns)


class TurnNumbers:
    """Numbers the turns of one run, as its messages come."""

    def __init__(self) -> None:
        self._number = 0
        self._last: str | None = None

    def of(self, participant: str | None, text: str, payload: Any) -> int | None:
        """Return in which turn that was said; None for what worlds and the system say, and what is no message."""
        if participant is None or not is_talk(text, payload):
            return None
        if participant != self._last:
            self._number += 1
            self._last = participant
        return self._number


def is_talk(text: str, payload: Any) -> bool:
    """Return whether what somebody said is a message: nothing that a page sends of a form, no wish to finish."""
    if not text:
        return not is_answers(payload)
    return not (isinstance(payload, Mapping) and payload.get("type") == FINISH)


def is_talk_line(text: str, more: bytes) -> bool:
    """Return the same of a line on record, which has something besides words."""
    found = loads(more)
    return is_talk(text, found.get("payload") if isinstance(found, Mapping) else None)


def is_answers(payload: Any) -> bool:
    """Return whether a payload is what a page sends of a form."""
    return isinstance(payload, Mapping) and payload.get("type") == ANSWERS and "form" in payload
