"""Reading patterns: the part of regular expressions that Python and browsers read alike.

A pattern is literal characters, `.`, `[a-z]`, `[^a-z]`, `\\d \\w \\s` and their capitals, groups, `|`, `* + ?` and
`{2}`, `{2,}`, `{2,4}`; `^` at its beginning and `$` at its end change nothing, as the whole text has to fit.
`(?i)` at its beginning takes capitals and small letters for the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from .character_set import ANY, KINDS, CharacterSet

_DEEPEST = 30
_COUNT = re.compile(r"\{(\d{1,4})(,(\d{1,4})?)?\}")
_CONTROL = {"n": "\n", "t": "\t", "r": "\r"}
_SPECIAL = "*+?{"


@dataclass(frozen=True, slots=True)
class Sequence:
    """One part after the other."""

    parts: tuple[PatternPart, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of several parts."""

    parts: tuple[PatternPart, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part several times; `most` None is any number."""

    part: PatternPart
    least: int
    most: int | None


PatternPart = CharacterSet | Sequence | Either | Repeat


def read_pattern(pattern: str) -> PatternPart:
    """Return what a pattern is made of.

    Raises:
        ValueError: It is none; the message says what was expected where.
    """
    return _Reader(pattern).whole()


class _Reader:
    def __init__(self, pattern: str) -> None:
        self._folded = pattern.startswith("(?i)")
        text = pattern.removeprefix("(?i)").removeprefix("^")
        self._text = text[:-1] if text.endswith("$") and not _is_escaped(text) else text
        self._skipped = len(pattern) - len(text)
        self._at = 0
        self._depth = 0

    def whole(self) -> PatternPart:
        node = self._either()
        if self._at < len(self._text):
            raise self._fault("expected a '(' before this ')'")
        return node

    def _either(self) -> PatternPart:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._fault(f"expected at most {_DEEPEST} groups inside each other")
        parts = [self._sequence()]
        while self._take("|"):
            parts.append(self._sequence())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _sequence(self) -> PatternPart:
        parts: list[PatternPart] = []
        while self._next not in ("", "|", ")"):
            parts.append(self._repeated(self._one()))
        return Sequence(tuple(parts))

    def _repeated(self, part: PatternPart) -> PatternPart:
        for sign, least, most in (("*", 0, None), ("+", 1, None), ("?", 0, 1)):
            if self._take(sign):
                return self._once(Repeat(part, least, most))
        found = _COUNT.match(self._text, self._at)
        if found is None:
            if self._next == "{":
                raise self._fault(r"expected a number of times such as {2} or {2,4}; write \{ for the character")
            return part
        self._at = found.end()
        fewest = int(found[1])
        most = fewest if found[2] is None else None if found[3] is None else int(found[3])
        if most is not None and most < fewest:
            raise self._fault(f"expected the smaller number first in {found[0]}")
        return self._once(Repeat(part, fewest, most))

    def _once(self, node: Repeat) -> PatternPart:
        self._take("?")  # whether as few as possible are taken makes no difference to whether the whole fits
        if self._next and self._next in _SPECIAL:
            raise self._fault(f"expected something else than '{self._next}' here, or a group before it")
        return node

    def _one(self) -> PatternPart:
        character = self._next
        if character in _SPECIAL:
            raise self._fault(f"expected something before '{character}' that is to be repeated")
        self._at += 1
        match character:
            case "(":
                return self._group()
            case "[":
                return self._set()
            case ".":
                return ANY
            case "\\":
                return self._escaped()
            case "^" | "$":
                self._at -= 1
                raise self._fault(f"expected '{character}' at an end of the pattern only")
        return self._exactly(character)

    def _group(self) -> PatternPart:
        if self._next == "?":
            self._at += 1
            if not self._take(":"):
                raise self._fault("expected a group such as (…) or (?:…); no others are known here")
        node = self._either()
        if not self._take(")"):
            raise self._fault("expected a ')' for each '('")
        return node

    def _escaped(self) -> CharacterSet:
        character = self._next
        if not character:
            raise self._fault("expected a character behind the last backslash")
        self._at += 1
        if character.lower() in KINDS:
            return CharacterSet(kinds=(character,))
        return self._exactly(self._plain(character))

    def _plain(self, character: str) -> str:
        """Return what an escaped character stands for, that is no kind of characters."""
        if character in _CONTROL:
            return _CONTROL[character]
        if character.isalnum():
            raise self._fault(rf"expected \d, \w, \s or their capitals, got \{character}")
        return character

    def _set(self) -> CharacterSet:
        negated = self._take("^")
        ranges: list[tuple[str, str]] = []
        kinds: list[str] = []
        while self._next != "]" or not (ranges or kinds):
            first = self._of_set(kinds.append)
            if first is None:
                continue
            last = first
            if self._next == "-" and self._text[self._at + 1 : self._at + 2] not in ("]", ""):
                self._at += 1
                last = self._of_set(kinds.append) or ""
            if last < first:
                raise self._fault("expected ranges such as a-z, the smaller character first")
            ranges.append((first, last))
        self._at += 1
        return CharacterSet(tuple(ranges), tuple(kinds), negated, self._folded)

    def _of_set(self, add_kind: Callable[[str], None]) -> str | None:
        """Read a character of a set; None for a kind of characters, which is added."""
        character = self._next
        if not character:
            raise self._fault("expected a ']' for each '['")
        self._at += 1
        if character != "\\":
            return character
        character = self._next
        self._at += 1
        if character.lower() in KINDS:
            add_kind(character)
            return None
        return self._plain(character)

    def _exactly(self, character: str) -> CharacterSet:
        return CharacterSet(((character, character),), folded=self._folded)

    @property
    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self, character: str) -> bool:
        taken = self._next == character
        self._at += taken
        return taken

    def _fault(self, message: str) -> ValueError:
        return ValueError(f"{message} (character {self._skipped + self._at + 1})")


def _is_escaped(text: str) -> bool:
    """Whether the last character has an odd number of backslashes before it."""
    front = text[:-1]
    return (len(front) - len(front.rstrip("\\"))) % 2 == 1
