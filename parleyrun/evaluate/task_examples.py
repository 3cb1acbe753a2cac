"""What a task asks, an example at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..core.agents import Agent
from ..core.create_task import create_task
from ..core.worlds.world import World


@dataclass(frozen=True, slots=True)
class TaskExamples:
    """The examples of tasks. `total` and `episodes` count those there are; None where nobody knows."""

    acts: Iterator[Mapping[str, Any]]
    total: int | None
    episodes: int | None


@contextmanager
def examples_of(opt: Mapping[str, Any], agent: Agent, most: int) -> Iterator[TaskExamples]:
    """Open the tasks that `opt` names, and let `agent` answer what they ask while the block looks at it.

    Args:
        opt: The options; `task` names the tasks, `datatype` which data and in what order.
        agent: Who answers; `repeat_label` says what is right.
        most: How many examples to go through at most; training data, which has no end of its own, once.

    Yields:
        The first acts of these tasks, read as they are asked for.

    Raises:
        TaskError: There is no such task, or its data cannot be used.
    """
    with create_task(opt, agent) as world:
        total = world.num_examples()
        count = most if total is None else min(most, total)
        yield TaskExamples(islice(_acts(world), count), total, world.num_episodes())


def _acts(world: World) -> Iterator[Mapping[str, Any]]:
    while not world.epoch_done():
        world.parley()
        yield world.get_acts()[0] or {}
