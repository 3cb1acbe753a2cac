"""An answer to choose, and finding the one that somebody has written."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..answer_fault import AnswerFault

MOST_REPLIES = 10
"""How many answers are offered as they are; more of them are numbered. With 'back' and 'skip' that stays within
the 13 that Messenger shows."""

LONGEST_REPLY_UNITS = 20
"""How long, in UTF-16 units, an answer may be that is offered as it is: what fits on Messenger's buttons."""

MOST_LISTED = 100
"""How many answers are listed in a chat; where there are more, people write theirs, or how it begins."""

_MOST_WRITTEN = 100
"""How many answers somebody can write in one message."""

_BETWEEN = re.compile(r"[,;\n،、]+")
_POSITION = re.compile(r"#?\s*(\d{1,5})[.)]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An answer to choose. `fixed` keeps its place where others are shuffled; `alone` excludes all others."""

    value: str
    label: str
    fixed: bool = False
    alone: bool = False

    def described(self) -> dict[str, Any]:
        """Return what a page has to know of it."""
        shown: dict[str, Any] = {"value": self.value, "label": self.label}
        return {**shown, "alone": True} if self.alone else shown


class WrittenOptions:
    """Options as they are shown in a chat, and what is written there of them.

    Args:
        options: The options, in the order in which they are shown.
        numbered: Whether they are to be numbered in any case.
    """

    def __init__(self, options: Sequence[Option], *, numbered: bool = False) -> None:
        self._options = options
        self._folded = [_folded(option.label) for option in options]
        self._index = {label: index for index, label in reversed([*enumerate(self._folded)])}
        self._in_order = sorted(self._index)
        self.is_listed = len(options) <= MOST_LISTED
        self.is_numbered = numbered or len(options) > MOST_REPLIES or any(map(_is_long, options))

    def lines(self) -> str:
        """Return the options as numbered lines; nothing where they are offered as they are, or too many."""
        if not (self.is_numbered and self.is_listed):
            return ""
        return "\n".join(f"{number}. {option.label}" for number, option in enumerate(self._options, 1))

    def replies(self) -> tuple[str, ...]:
        """Return what is offered as quick replies: labels, or numbers."""
        if not self.is_numbered:
            return tuple(option.label for option in self._options)
        count = len(self._options)
        return tuple(map(str, range(1, count + 1))) if count <= MOST_REPLIES else ()

    def meant(self, text: str, *, by_number: bool = True) -> str | None:
        """Return the value of the option that is written: its label, its number, or how only it begins."""
        folded = _folded(text)
        if not folded:
            return None
        index = self._index.get(folded)
        if index is None and by_number:
            index = self._at_number(folded)
        if index is None:
            index = self._only_one_beginning(folded)
        return None if index is None else self._options[index].value

    def all_meant(self, text: str, fault: str) -> list[str]:
        """Return the values of all options that are written, each once, in their order.

        Raises:
            AnswerFault: One of them is no option; its sentence is `fault`.
        """
        one = self.meant(text)
        if one is not None:
            return [one]
        parts = [part for part in _BETWEEN.split(text, _MOST_WRITTEN) if part.strip()]
        if len(parts) == 1:
            parts = parts[0].split(maxsplit=_MOST_WRITTEN)
        if not parts or len(parts) > _MOST_WRITTEN:
            raise AnswerFault(fault)
        values: dict[str, None] = {}
        for part in parts:
            value = self.meant(part)
            if value is None:
                raise AnswerFault(fault)
            values[value] = None
        return list(values)

    def _only_one_beginning(self, text: str) -> int | None:
        place = bisect_left(self._in_order, text)
        beginning = [label for label in self._in_order[place : place + 2] if label.startswith(text)]
        return self._index[beginning[0]] if len(beginning) == 1 else None

    def _at_number(self, text: str) -> int | None:
        found = _POSITION.fullmatch(text)
        if found is None or not self.is_listed:
            return None
        if not self.is_numbered and any(label.isdecimal() for label in self._folded):
            return None  # nobody has seen the positions, and so somebody means an answer that is not there
        place = int(found[1]) - 1
        return place if 0 <= place < len(self._options) else None


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _is_long(option: Option) -> bool:
    return len(option.label.encode("utf-16-le", "surrogatepass")) // 2 > LONGEST_REPLY_UNITS
