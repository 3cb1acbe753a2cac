"""Where in a file each key and each value of a config stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

KeyPath = tuple[str | int, ...]
"""The way to a value: `('tasks', 'chat', 'timeout')`; a whole number is a place in a list."""


class Position(NamedTuple):
    """A place in a text file; line and column count from 1."""

    line: int
    column: int


class Mark(NamedTuple):
    """Where a key (None for a list's item) and its value begin."""

    key: Position | None
    value: Position


class Marks:
    """The positions of everything in one file. Empty for a config that never was a file."""

    __slots__ = ("_marks",)

    def __init__(self, marks: Mapping[KeyPath, Mark] | None = None) -> None:
        self._marks = dict(marks or {})

    def __len__(self) -> int:
        return len(self._marks)

    def __getitem__(self, path: KeyPath) -> Mark:
        return self._marks[path]

    def __contains__(self, path: object) -> bool:
        return path in self._marks

    def of_value(self, path: KeyPath) -> Position | None:
        """Return where the value begins; for one not in the file, where its nearest parent's key is."""
        mark = self._marks.get(path)
        return mark.value if mark else self._of_parent(path)

    def of_key(self, path: KeyPath) -> Position | None:
        """Return where the key begins; for one not in the file, where its nearest parent's key is."""
        mark = self._marks.get(path)
        return (mark.key or mark.value) if mark else self._of_parent(path)

    def _of_parent(self, path: KeyPath) -> Position | None:
        while path:
            path = path[:-1]
            mark = self._marks.get(path)
            if mark:
                return mark.key or mark.value
        return None

    def without(self, path: KeyPath) -> Marks:
        """Return these marks less everything at and below `path`, which no longer comes from the file."""
        depth = len(path)
        return Marks({known: mark for known, mark in self._marks.items() if known[:depth] != path})

    def with_alias(self, path: KeyPath, alias: KeyPath) -> Marks:
        """Return these marks, with everything at and below `path` known as `alias` too."""
        depth = len(path)
        under = {alias + known[depth:]: mark for known, mark in self._marks.items() if known[:depth] == path}
        return Marks({**self._marks, **under})


def dotted(path: KeyPath) -> str:
    """Write a key path the way people do: `tasks.chat.timeout`, `channels[0]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text
