"""Pairing as people see it: from a choice in the menu to the first line of the conversation."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from time import perf_counter

from client import Person
from crowd import PATIENCE_SECONDS, choose, enter


@dataclass(frozen=True, slots=True)
class Pairing:
    """One list entry a pair, in milliseconds.

    `inside` is what the world stamped: from the later one's choice, as the overworld returned it, to the first
    parley of the two together. `outside` is from the later one's sending the choice to the moment at which both
    had the conversation's first line on this side of the network.
    """

    people: list[Person]
    inside: list[float]
    outside: list[float]


async def arrivals(port: int, task: str, count: int, per_second: float) -> Pairing:
    """Let people arrive one by one, each of whom connects, opens the overworld and chooses the task.

    The times between them are random, with that mean (always the same ones), as those of real arrivals are:
    some come close together.
    """
    pauses = random.Random(1)
    loop = asyncio.get_running_loop()
    when = loop.time()
    visits: list[asyncio.Task[_Visit]] = []
    async with asyncio.timeout(count / per_second + PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        for _ in range(count):
            when += pauses.expovariate(per_second)
            await asyncio.sleep(when - loop.time())
            visits.append(group.create_task(_arrive(port, task)))
    return _pairing([visit.result() for visit in visits])


async def rush(people: list[Person], task: str) -> Pairing:
    """Have everybody, who is in the overworld already, choose the task at the same moment."""
    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        visits = [group.create_task(_choose(person, task)) for person in people]
    return _pairing([visit.result() for visit in visits])


@dataclass(frozen=True, slots=True)
class _Visit:
    person: Person
    sent_at: float
    heard_at: float
    inside: float


async def _arrive(port: int, task: str) -> _Visit:
    return await _choose(await enter(port), task)


async def _choose(person: Person, task: str) -> _Visit:
    sent_at = perf_counter()
    inside = await choose(person, task)
    return _Visit(person, sent_at, perf_counter(), inside)


def _pairing(visits: list[_Visit]) -> Pairing:
    pairs: dict[int, list[_Visit]] = {}
    for visit in visits:
        pairs.setdefault(visit.person.pair, []).append(visit)
    whole = [pair for pair in pairs.values() if len(pair) == 2]
    return Pairing(
        [visit.person for visit in visits],
        [pair[0].inside for pair in whole],
        [(max(one.heard_at for one in pair) - max(one.sent_at for one in pair)) * 1000 for pair in whole],
    )
