"""How much was said in a run, and in how many turns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

# A page sends answers to a form as messages without text. In a pickle a short text stands behind its length.
_ANSWERS = "x'8c07616e7377657273'"
_FORM = "x'8c04666f726d'"
_FINISH = "x'8c0666696e697368'"
_IS_OF_FORM = f"(l.text = '' AND instr(l.more, {_ANSWERS}) AND instr(l.more, {_FORM}))"
_IS_WISH_TO_FINISH = f"(trim(l.text) LIKE '/finish' AND instr(l.more, {_FINISH}))"
IS_TALK = f"(l.more IS NULL OR NOT ({_IS_OF_FORM} OR {_IS_WISH_TO_FINISH}))"
"""The condition, in SQL, that a line `l` is a message: nothing that a page sends of a form, no wish to finish."""


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
        """Return in which turn a message was said; None for what worlds, the system and forms say."""
        if participant is None or (not text and is_answers(payload)):
            return None
        if participant != self._last:
            self._number += 1
            self._last = participant
        return self._number


def is_answers(payload: Any) -> bool:
    """Return whether a payload is what a page sends of a form."""
    return isinstance(payload, Mapping) and payload.get("type") == "answers" and "form" in payload
