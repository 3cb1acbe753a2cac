"""The line editor: keys in, one row of text out. It knows nothing of terminals but the keys they send."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

KEEP_LINES = 500
"""How many entered lines the up key goes back through."""

_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|O[ -~]|[^\[O])")
_UNFINISHED_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*|O)?$")
_LONGEST_UNFINISHED = 32


class LineEditor:
    """A line while it is typed, with the keys that people know from shells, and those entered before."""

    def __init__(self) -> None:
        self.text = ""
        self.at = 0
        self._entered: list[str] = []
        self._back = 0
        self._draft = ""
        self._unfinished = ""

    def feed(self, keys: str) -> Iterator[str | None]:
        """Take what was typed; yield each line that was entered, and None where the end was asked for (Ctrl-D)."""
        keys, self._unfinished = self._unfinished + keys, ""
        position = 0
        while position < len(keys):
            escape = _ESCAPE.match(keys, position)
            if escape:
                position = escape.end()
                self._act(escape[0])
                continue
            rest = keys[position:]
            if rest != "\x1b" and len(rest) < _LONGEST_UNFINISHED and _UNFINISHED_ESCAPE.match(rest):
                # A key's code was cut in two. The escape key alone is a whole one, and means nothing here.
                self._unfinished = rest
                return
            key = keys[position]
            position += 1
            if key in "\r\n":
                yield self._enter()
            elif key == "\x04" and not self.text:
                yield None
            else:
                self._act(key)

    def row(self, columns: int) -> tuple[str, int]:
        """Return the part of the line that fits into so many columns, and the cursor's column in it."""
        start = self.at
        room = columns - 1
        while start > 0 and room >= (width := _width(self.text[start - 1])):
            start -= 1
            room -= width
        end = self.at
        room = columns - 1 - width_of(self.text[start : self.at])
        while end < len(self.text) and room >= (width := _width(self.text[end])):
            end += 1
            room -= width
        return self.text[start:end], width_of(self.text[start : self.at])

    def _act(self, key: str) -> None:
        match key:
            case "\x02" | "\x1b[D" | "\x1bOD":
                self._go(self.at - 1)
            case "\x06" | "\x1b[C" | "\x1bOC":
                self._go(self.at + 1)
            case "\x01" | "\x1b[H" | "\x1bOH" | "\x1b[1~" | "\x1b[7~":
                self._go(0)
            case "\x05" | "\x1b[F" | "\x1bOF" | "\x1b[4~" | "\x1b[8~":
                self._go(len(self.text))
            case "\x1bb" | "\x1b[1;5D" | "\x1b[1;3D":
                self._go(self._word_start())
            case "\x1bf" | "\x1b[1;5C" | "\x1b[1;3C":
                self._go(self._word_end())
            case "\x10" | "\x1b[A" | "\x1bOA":
                self._older(1)
            case "\x0e" | "\x1b[B" | "\x1bOB":
                self._older(-1)
            case _:
                self._change(key)

    def _change(self, key: str) -> None:
        match key:
            case "\x7f" | "\x08":
                self._cut(self.at - 1, self.at)
            case "\x04" | "\x1b[3~":
                self._cut(self.at, self.at + 1)
            case "\x17" | "\x1b\x7f":
                self._cut(self._word_start(), self.at)
            case "\x1bd":
                self._cut(self.at, self._word_end())
            case "\x15":
                self._cut(0, self.at)
            case "\x0b":
                self._cut(self.at, len(self.text))
            case "\t":
                self._insert(" ")
            case _ if len(key) == 1 and (key.isprintable() or key in "\u200c\u200d"):
                self._insert(key)

    def _insert(self, character: str) -> None:
        self.text = self.text[: self.at] + character + self.text[self.at :]
        self.at += 1

    def _enter(self) -> str:
        line = self.text
        if line and (not self._entered or self._entered[-1] != line):
            self._entered = [*self._entered[1 - KEEP_LINES :], line]
        self._back = 0
        self._replace("")
        return line

    def _replace(self, text: str) -> None:
        self.text = text
        self.at = len(text)

    def _go(self, at: int) -> None:
        self.at = min(max(at, 0), len(self.text))

    def _cut(self, start: int, end: int) -> None:
        start = max(start, 0)
        self.text = self.text[:start] + self.text[end:]
        self.at = start

    def _word_start(self) -> int:
        return len(self.text[: self.at].rstrip().rpartition(" ")[0]) + (" " in self.text[: self.at].rstrip())

    def _word_end(self) -> int:
        rest = self.text[self.at :]
        ahead = rest.lstrip()
        return self.at + len(rest) - len(ahead) + len(ahead.partition(" ")[0])

    def _older(self, steps: int) -> None:
        back = self._back + steps
        if not 0 <= back <= len(self._entered):
            return
        if self._back == 0:
            self._draft = self.text
        self._back = back
        self._replace(self._entered[-back] if back else self._draft)


def width_of(text: str) -> int:
    """Return how many columns a text takes."""
    return sum(map(_width, text))


def end_of(text: str, columns: int) -> str:
    """Return as much of the end of a text as fits into so many columns, after a `…` where that is not all."""
    if width_of(text[-columns - 1 :]) <= columns and len(text) <= columns:
        return text
    room, start = columns - 1, len(text)
    while start > 0 and room >= (width := _width(text[start - 1])):
        start -= 1
        room -= width
    return f"…{text[start:]}"


def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
