"""A column of a table: what it is called, what stands in it, and what that means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ...store.one_line_json import to_line

ColumnKind = Literal["text", "integer", "number", "boolean", "time", "json"]
"""What stands in a column. Times are in UTC, in ISO 8601; `json` are lists and objects."""

LONGEST_NAME = 64
"""Characters; what SPSS takes."""

_NO_LABELS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumn:
    """A column, and its entry in the codebook. A cell that has no value is empty (None).

    Attributes:
        name: What it is called.
        kind: What stands in it.
        about: What that is, in a sentence.
        question: The question that it answers, as it was asked; else empty.
        asked_as: Of which kind that question is; else empty.
        labels: What its values mean, where they are codes.
        unit: In which unit it is.
        missing: Why a cell may be empty, where that is on record.
    """

    name: str
    kind: ColumnKind
    about: str
    question: str = ""
    asked_as: str = ""
    labels: Mapping[str, str] = field(default_factory=lambda: _NO_LABELS)
    unit: str = ""
    missing: str = ""


class ColumnNames:
    """Gives columns names that programs take: letters, digits and `_`, no two alike but for capitals.

    Args:
        taken: Names that are used already.
    """

    def __init__(self, taken: tuple[str, ...] = ()) -> None:
        self._taken = {name.casefold() for name in taken}

    def of(self, *parts: str) -> str:
        """Return the name made of these parts; one that is used already gets a number."""
        plain = re.sub(r"\W", "_", "_".join(parts))[:LONGEST_NAME]
        if not plain or plain[0].isdigit():
            plain = f"c_{plain}"[:LONGEST_NAME]
        name, number = plain, 1
        while name.casefold() in self._taken:
            number += 1
            ending = f"_{number}"
            name = f"{plain[: LONGEST_NAME - len(ending)]}{ending}"
        self._taken.add(name.casefold())
        return name


def kind_that_holds(kind: ColumnKind, value: Any) -> ColumnKind:
    """Return the kind of a column that so far was of this kind, and now has this value, too.

    Whole numbers fit among numbers, and everything fits among texts.
    """
    if value is None or kind in ("text", "json", "time"):
        return kind
    if isinstance(value, bool):
        return kind if kind == "boolean" else "text"
    if isinstance(value, int) and abs(value) < 2**63:
        return kind if kind in ("integer", "number") else "text"
    if isinstance(value, float):
        return "number" if kind in ("integer", "number") else "text"
    return "text"


def kind_of(value: Any) -> ColumnKind:
    """Return the kind of a column that has this value."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    return "json" if isinstance(value, list | dict) else "text"


def as_text(value: Any) -> str:
    """Return a value as it stands in a file of texts: None is empty, true and false are small, lists are JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else to_line(value)
