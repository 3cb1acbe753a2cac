"""The pool table: every pool of a service, by its cell, and who waits in which."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...sessions import Session
from .matching import NAMED_AT_MOST, Match
from .pool import Entry, Pool
from .traits import Traits


class PoolTable:
    """All pools of a service: one for each task, cell of the conditions, and values that must be the same.

    Runs on the desk. Going through it is going through the pools that were there at the beginning.
    """

    def __init__(self) -> None:
        self._pools: dict[tuple[Any, ...], Pool] = {}
        self._where: dict[str, Pool] = {}  # by the id of who waits there

    def __iter__(self) -> Iterator[Pool]:
        return iter([*self._pools.values()])

    def at(self, cell: tuple[Any, ...]) -> Pool | None:
        """Return the pool of a cell, None if there is none."""
        return self._pools.get(cell)

    def add(self, pool: Pool) -> Pool:
        """Put a pool in, and return it."""
        self._pools[pool.cell] = pool
        return pool

    def clear(self) -> list[Pool]:
        """Take all pools out, and return them; whoever waits in one is to be queued again."""
        pools = [*self]
        self._pools = {}
        return pools

    def drop_if_empty(self, pool: Pool) -> None:
        """Take a pool out that nobody waits in, and that nobody looks into."""
        if pool.is_done_with:
            pool.stop_looking()
            if self._pools.get(pool.cell) is pool:
                del self._pools[pool.cell]

    def queue(self, pool: Pool, session: Session, since: float, traits: Traits) -> Entry:
        """Have somebody wait in a pool, since that moment of the monotonic clock."""
        entry = pool.add(session, since, traits)
        self._where[session.id] = pool
        return entry

    def remove(self, pool: Pool, session: Session) -> None:
        """Have somebody wait no more."""
        pool.remove(session)
        self._where.pop(session.id, None)

    def pool_of(self, participant_id: str) -> Pool | None:
        """Return where somebody waits, None if they wait for nothing."""
        return self._where.get(participant_id)

    def entry_of(self, participant_id: str) -> Entry | None:
        """Return somebody's place in a queue, None if they wait for nothing."""
        pool = self._where.get(participant_id)
        return None if pool is None else next((each for each in pool if each.session.id == participant_id), None)

    def passed_over_elsewhere(self, pool: Pool, match: Match) -> list[tuple[str, str]]:
        """Name those who waited longer for the task of a match, and have something else that must be the same."""
        passed_over: list[tuple[str, str]] = []
        if not pool.task.config.matching.same:
            return passed_over
        member = match.entries[-1]
        for other in self:
            if other is pool or other.task.key != pool.task.key:
                continue
            for entry in other:
                why = pool.rules.difference(entry.traits, member.traits)
                if entry.since > member.since or len(passed_over) + len(match.passed_over) >= NAMED_AT_MOST:
                    break
                if why is not None:
                    passed_over.append((entry.session.id, why))
        return passed_over
