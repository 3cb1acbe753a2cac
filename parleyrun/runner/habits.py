"""Habits: which worlds wait inside `parley()`, as far as one can tell from watching them."""

from __future__ import annotations

RETURNS_BELIEVED = 50


class Habits:
    """Shared by all runs of a runner. Any thread; a count that is off by a few does no harm.

    A world that waits inside `parley()` has to be known exactly at the beginning of each parley, which costs a
    snapshot more. One that has always come back from it for a while is trusted to go on doing so.
    """

    def __init__(self) -> None:
        self._returns: dict[type, int] = {}
        self._waits: set[type] = set()

    def may_wait(self, world: type) -> bool:
        return world in self._waits or self._returns.get(world, 0) < RETURNS_BELIEVED

    def waited(self, world: type) -> None:
        """A world has waited, or was cut off, in the middle of a parley."""
        if world not in self._waits:
            self._waits.add(world)

    def returned(self, world: type) -> None:
        """A world has come back from a parley."""
        returns = self._returns.get(world, 0)
        if returns < RETURNS_BELIEVED:
            self._returns[world] = returns + 1
