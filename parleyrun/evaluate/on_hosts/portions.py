"""Portions: what an evaluation is cut into, each of which one host goes through at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from ...core.teachers.shards import Shard
from ..log.example_record import ExampleKey

PORTIONS_EACH = 4
"""How many portions of a task there are for each host, so that a slow host has fewer, and a lost one little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Some lanes of a task.

    Attributes:
        number: Which one it is, from 0.
        task: The name of the task.
        parts: Which lanes, for each time that all is gone through: the number of that time, and the lanes.
    """

    number: int
    task: str
    parts: tuple[tuple[int, tuple[Shard, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSize:
    """A task, as it is cut.

    Attributes:
        name: Its name.
        episodes: How many episodes it has; None where nobody knows.
        lanes: How many lanes a host goes through at the same time at most.
        together: Whether these lanes are a batch, which is of one time that all is gone through.
    """

    name: str
    episodes: int | None
    lanes: int
    together: bool


def portions_of(tasks: Sequence[TaskSize], repeats: int, hosts: int) -> tuple[Portion, ...]:
    """Return all that there is to do, in the order in which it is handed out."""
    parts = chain.from_iterable(_parts_of(task, repeats, hosts) for task in tasks)
    return tuple(Portion(number=number, task=task, parts=lanes) for number, (task, lanes) in enumerate(parts))


class PortionIndex:
    """Says in which portion an example is; all lanes of a task are of one number of lanes."""

    def __init__(self, portions: Iterable[Portion]) -> None:
        self._lanes: dict[str, int] = {}
        self._numbers: dict[tuple[str, int, int], int] = {}
        for portion in portions:
            for repeat, shards in portion.parts:
                for shard in shards:
                    self._lanes[portion.task] = shard.count
                    self._numbers[portion.task, repeat, shard.index] = portion.number

    def number_of(self, key: ExampleKey) -> int | None:
        """Return the number of an example's portion; None if it is in none."""
        lanes = self._lanes.get(key.task)
        return None if lanes is None else self._numbers.get((key.task, key.repeat, key.episode % lanes))


_Parts = tuple[tuple[int, tuple[Shard, ...]], ...]


def _parts_of(task: TaskSize, repeats: int, hosts: int) -> Iterator[tuple[str, _Parts]]:
    groups = list(_groups_of(task, hosts))
    if len(groups) > 1 or task.together:
        for repeat in range(repeats):
            for group in groups:
                yield task.name, ((repeat, group),)
        return
    # Fewer episodes than may be asked at the same time: several times are gone through side by side.
    (group,) = groups
    at_once = max(1, task.lanes // len(group))
    for first in range(0, repeats, at_once):
        times = range(first, min(first + at_once, repeats))
        yield task.name, tuple((repeat, group) for repeat in times)


def _groups_of(task: TaskSize, hosts: int) -> Iterator[tuple[Shard, ...]]:
    wanted = PORTIONS_EACH * hosts * task.lanes
    count = wanted if task.episodes is None else max(1, min(wanted, task.episodes))
    shards = [Shard(index, count) for index in range(count)]
    groups = min(count, max(hosts, -(-count // task.lanes)))
    for number in range(groups):
        yield tuple(shards[number::groups])
