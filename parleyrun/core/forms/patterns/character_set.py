"""Which characters may stand at a place of a pattern."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

KINDS: dict[str, Callable[[str], bool]] = {
    "d": str.isdecimal,
    "w": lambda character: character.isalnum() or character == "_",
    "s": str.isspace,
}
"""Kinds of character, by the letter behind the backslash; the capital letter is all others."""


@dataclass(frozen=True, slots=True)
class CharacterSet:
    """Characters: in one of the ranges or of one of the kinds; with `negated` all others."""

    ranges: tuple[tuple[str, str], ...] = ()
    kinds: tuple[str, ...] = ()
    negated: bool = False
    folded: bool = False

    def __contains__(self, character: str) -> bool:
        return self._holds(character) is not self.negated

    def _holds(self, character: str) -> bool:
        for kind in self.kinds:
            if KINDS[kind.lower()](character) is kind.islower():
                return True
        forms = {character, character.lower(), character.upper()} if self.folded else (character,)
        return any(first <= form <= last for form in forms for first, last in self.ranges)


ANY = CharacterSet(ranges=(("\n", "\n"),), negated=True)
"""What a point stands for."""
