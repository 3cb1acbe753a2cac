"""Crowds: many people who are taken to the same place."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

from client import Person

AT_ONCE = 100
"""How many people are on their way in at the same moment, so that no listen queue overflows."""

PATIENCE_SECONDS = 120.0
"""How long anything here may take before the measurement fails."""


async def in_turn(count: int, at_once: int, work: Callable[[int], Awaitable[None]]) -> None:
    """Do `work(0)` … `work(count - 1)`, a few at a time."""
    numbers = iter(range(count))

    async def worker() -> None:
        for number in numbers:
            await work(number)

    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        for _ in range(min(at_once, count)):
            group.create_task(worker())


async def enter(port: int) -> Person:
    """Connect one person and open their overworld; return when they have its menu."""
    person = Person()
    await person.open(port)
    person.say("hi")
    line = await person.hear()
    if line != "menu":
        raise RuntimeError(f"expected the overworld's first line 'menu', got {line!r}")
    return person


async def choose(person: Person, task: str) -> float:
    """Go to a task; return the milliseconds that a chat world stamped into its first line, 0 for others."""
    person.say(task)
    first, *stamps = (await person.hear()).split(" ")
    if first == "ready":
        return 0.0
    if first != "paired":
        raise RuntimeError(f"expected a task's first line, got {' '.join((first, *stamps))!r}")
    person.pair = int(stamps[0])
    return float(stamps[1])


async def come_and_go(port: int, count: int, at_once: int = AT_ONCE) -> None:
    """Have people come, one after the other, each with a task of one line, and go for good."""

    async def one(_number: int) -> None:
        person = await enter(port)
        await choose(person, "brief")
        person.say("hello")
        for expected in ("hello", "menu"):
            line = await person.hear()
            if line != expected:
                raise RuntimeError(f"expected the line {expected!r}, got {line!r}")
        person.say("EXIT")
        await person.hear()
        person.close()

    await in_turn(count, at_once, one)


async def gather(port: int, count: int, task: str | None) -> list[Person]:
    """Bring people into a task, or only as far as the menu if it is None."""
    people: list[Person] = []

    async def one(_number: int) -> None:
        person = await enter(port)
        people.append(person)
        if task is not None:
            await choose(person, task)

    await in_turn(count, AT_ONCE, one)
    return people


async def connect(port: int, count: int) -> list[Person]:
    """Connect people who say nothing yet; two after the other make a pair."""
    people = [Person() for _ in range(count)]

    async def one(number: int) -> None:
        people[number].pair = number // 2
        await people[number].open(port)

    await in_turn(count, AT_ONCE, one)
    return people


def pairs_of(people: list[Person]) -> Iterator[tuple[Person, Person]]:
    """Yield who talks with whom. Raises `RuntimeError` if somebody has no partner, or two."""
    pairs: dict[int, list[Person]] = {}
    for person in people:
        pairs.setdefault(person.pair, []).append(person)
    for number, members in pairs.items():
        if len(members) != 2:
            raise RuntimeError(f"expected two people in pair {number}, got {len(members)}")
        yield members[0], members[1]
