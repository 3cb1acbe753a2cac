"""A pattern that texts have to fit.

All ways in which a text could fit are followed side by side, so that it never takes more than its length times the
size of the pattern. Matching by trying one way after the other, as `re` does, can take for ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import assert_never

from .character_set import CharacterSet
from .pattern_syntax import Either, PatternPart, Repeat, Sequence, read_pattern

MOST_STEPS = 1_000
"""How large a pattern may be: each place for a character counts, as often as it is repeated at most."""

_Step = CharacterSet | tuple[int, ...] | None
"""A character to come, other steps to go on at, or the end."""


@dataclass(frozen=True, slots=True)
class TextPattern:
    """A pattern; `pattern_syntax` says how they are written.

    Raises:
        ValueError: It is none, or too large; the message says why.
    """

    pattern: str

    def __post_init__(self) -> None:
        _steps_of(self.pattern)

    @property
    def size(self) -> int:
        """How many steps it has."""
        return len(_steps_of(self.pattern))

    def matches(self, text: str) -> bool:
        """Return whether the whole text fits."""
        steps = _steps_of(self.pattern)
        places = _reached(steps, [0])
        for character in text:
            places = _reached(
                steps,
                [
                    place + 1
                    for place in places
                    if isinstance(step := steps[place], CharacterSet) and character in step
                ],
            )
            if not places:
                return False
        return any(steps[place] is None for place in places)


@lru_cache(maxsize=256)
def _steps_of(pattern: str) -> tuple[_Step, ...]:
    steps: list[_Step] = []
    _add(read_pattern(pattern), steps)
    return (*steps, None)


def _add(node: PatternPart, steps: list[_Step]) -> None:
    if len(steps) > MOST_STEPS:
        raise ValueError(f"expected a pattern of at most {MOST_STEPS:,} characters, repeated ones counted each")
    match node:
        case CharacterSet():
            steps.append(node)
        case Sequence(parts):
            for part in parts:
                _add(part, steps)
        case Either(parts):
            _add_either(parts, steps)
        case Repeat():
            _add_repeat(node, steps)
        case _:
            assert_never(node)


def _add_either(parts: tuple[PatternPart, ...], steps: list[_Step]) -> None:
    fork = len(steps)
    steps.append(())
    begins, ends = [], []
    for part in parts:
        begins.append(len(steps))
        _add(part, steps)
        ends.append(len(steps))
        steps.append(())
    steps[fork] = tuple(begins)
    for end in ends:
        steps[end] = (len(steps),)


def _add_repeat(node: Repeat, steps: list[_Step]) -> None:
    for _ in range(node.least):
        before = len(steps)
        _add(node.part, steps)
        if len(steps) == before:
            break  # nothing, however often
    if node.most is None:
        fork = len(steps)
        steps.append(())
        _add(node.part, steps)
        steps.append((fork,))
        steps[fork] = (fork + 1, len(steps))
        return
    forks = []
    for _ in range(node.most - node.least):
        forks.append(len(steps))
        steps.append(())
        _add(node.part, steps)
    for fork in forks:
        steps[fork] = (fork + 1, len(steps))


def _reached(steps: tuple[_Step, ...], places: Iterable[int]) -> set[int]:
    """Return the places at which a character is to come, or the end, when one goes on from these."""
    seen = set(places)
    ahead = list(seen)
    while ahead:
        step = steps[ahead.pop()]
        if isinstance(step, tuple):
            fresh = [place for place in step if place not in seen]
            seen.update(fresh)
            ahead.extend(fresh)
    return {place for place in seen if not isinstance(steps[place], tuple)}
