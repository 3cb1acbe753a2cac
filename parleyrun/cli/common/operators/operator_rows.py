"""What operators read, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ....text import printable
from ..moments import date_and_clock

_ROWS: Mapping[str, tuple[str, Sequence[str]]] = {
    "people": ("people", ("id", "place", "task", "role", "present", "since", "conversation")),
    "conversations": ("conversations", ("name", "task", "since", "people", "bots", "id")),
    "pools": ("pools", ("task", "needed", "waiting", "why")),
    "held": ("held", ("line", "person", "speaker", "text", "reason", "conversation")),
    "acts": ("acts", ("number", "at", "by", "verb", "target", "why", "details")),
    "tasks": ("tasks", ("task", "needed", "waiting", "inside", "conversations", "paused", "longest_wait_seconds")),
    "models": ("models", ("name", "answers", "failures", "prompt_tokens", "completion_tokens", "cost", "trouble")),
    "alerts": ("alerts", ("alert", "since", "told_at", "text")),
    "trouble": ("troubles", ("at", "level", "kind", "text")),
    "hosts": (
        "hosts",
        ("name", "state", "runs", "ready", "blocked", "waiting_orders", "where"),
    ),
    "conversation": ("lines", ("at", "person", "mine", "speaker", "text")),
}
"""By operation: where its rows are, and which of their values are shown."""

_MORE_ROWS: Mapping[str, tuple[str, Sequence[str]]] = {
    "tasks": ("conditions", ("condition", "value", "begun", "finished", "dropped", "quota")),
    "hosts": ("replicas", ("name", "state", "model", "asked", "waiting", "answers", "calls", "where")),
}
"""What stands below the rows of some operations, if there is any."""

_TIMES = ("at", "since", "told_at")


def operator_rows(verb: str, result: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines that show a result; whatever people have written in it commands no terminal."""
    if verb in _ROWS:
        where, columns = _ROWS[verb]
        yield from _table(result[where], columns)
        more, columns = _MORE_ROWS.get(verb, ("", ()))
        if result.get(more):
            yield ""
            yield from _table(result[more], columns)
    elif verb == "person":
        yield from _values(result["person"])
        yield ""
        yield from _table(result["life"], ("at", "what", "kind", "task", "role", "text"))
    else:
        yield from _values(result)


def _values(values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        if value not in (None, "", [], {}):
            yield f"{name.replace('_', ' ')}: {_shown(name, value)}"


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[str]:
    cells = [[*columns], *([_shown(column, row[column]) for column in columns] for row in rows)]
    if len(cells) == 1:
        yield "none"
        return
    widths = [min(60, max(len(row[place]) for row in cells)) for place in range(len(columns))]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _shown(name: str, value: Any) -> str:
    if name in _TIMES and isinstance(value, int | float):
        return date_and_clock(value)
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_shown("", each) for each in value) or "-"
    if isinstance(value, Mapping):
        if "id" in value:
            return _shown("", value["id"])
        if "role" in value and "taken" in value:
            return _shown("", value["role"]) + (" (taken)" if value["taken"] else "")
        return ", ".join(f"{key} {_shown('', each)}" for key, each in value.items()) or "-"
    return printable(str(value), newline=" ⏎ ")
