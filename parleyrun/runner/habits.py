"""Habits: what worlds of one class always do, as far as one can tell from watching them."""

from __future__ import annotations

import operator
from typing import Any

TIMES_BELIEVED = 50
"""How often a class must have done a thing, and never anything else, to be trusted to go on doing so."""


class Habit:
    """What is known of one world class. Any thread; a count that is off by a few does no harm.

    Two things are learned, and each spares work that is only needed where a world does otherwise:

    - Does it ever wait inside `parley()`? Then what it is has to be known exactly at the beginning of each
      parley, which costs a snapshot more.
    - Does it go on by itself? After a parley in which something happened, another one is due, in which a world
      that speaks a line in each parley says the next one. A world in which never anything happened in that one
      can be parked without it.
    """

    __slots__ = ("_rests", "always_rests", "goes_on", "returns", "waits")

    def __init__(self) -> None:
        self.returns = 0
        """How often it came back from a parley, as far as it was counted."""
        self.waits = False
        """True if it has waited, or was cut off, in the middle of a parley."""
        self.goes_on = False
        """True if it has gone on by itself in a parley after a busy one, without any new mail."""
        self.always_rests = False
        """True if it is believed to do nothing at all in such a parley."""
        self._rests = 0

    def returned(self) -> None:
        """The world has come back from a parley."""
        self.returns += 1

    @property
    def may_wait(self) -> bool:
        return self.waits or self.returns < TIMES_BELIEVED

    def rested(self) -> None:
        """After a busy parley and without any new mail, the world did nothing at all in the next one."""
        self._rests += 1
        self.always_rests = self._rests >= TIMES_BELIEVED and not self.goes_on

    def went_on(self) -> None:
        """After a busy parley and without any new mail, the world did something of its own in the next one."""
        self.goes_on = True
        self.always_rests = False


class Habits:
    """The habits of all world classes that one runner has seen."""

    def __init__(self) -> None:
        self._of: dict[type, Habit] = {}

    def of(self, world: type) -> Habit:
        """Return what is known of a class; it is the same object each time."""
        return self._of.setdefault(world, Habit())


def same_values(before: list[Any], after: list[Any]) -> bool:
    """Whether two lists hold the very same values, which are not compared otherwise."""
    return len(before) == len(after) and all(map(operator.is_, before, after))
