"""Going once through tasks with an agent, in as many copies and processes as are wanted."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.agents import Agent
from ..core.create_task import create_task
from ..core.metrics.metrics import Report
from ..core.worlds.hogwild.hogwild_world import HogwildWorld
from ..core.worlds.world import World
from .progress_bar import counting

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Result:
    """What an evaluation found, and how long it took. `tasks` are the names that the tasks have in the report."""

    report: Report
    tasks: tuple[str, ...]
    examples: int
    seconds: float


def evaluate(
    opt: Mapping[str, Any],
    agent: Agent,
    tasks: Sequence[str],
    default_world: type[World] | None = None,
    clock: Clock = time.monotonic,
) -> Result:
    """Go through the tasks that `opt` says, with a bar on a terminal. `tasks` are their single names."""
    with create_task(opt, agent, default_world) as world:
        began = clock()
        if isinstance(world, HogwildWorld):
            # Before the bar, which has threads: the first parley forks, best done while there are none.
            world.parley()
        with counting("examples", world.num_examples(), _count_of(world)):
            while not world.epoch_done():
                world.parley()
        report = world.report()
        return Result(report, _names_in_report(world, tasks), world.get_total_exs(), clock() - began)


def _count_of(world: World) -> Callable[[], int]:
    """Return what tells how many examples are done, at once and from any thread."""
    return world.examples_so_far if isinstance(world, HogwildWorld) else world.get_total_exs


def _names_in_report(world: World, tasks: Sequence[str]) -> tuple[str, ...]:
    """A teacher is called after its task, but one of the user's own may have given itself another name."""
    names = tuple(world.getID().split(","))
    return names if len(names) == len(tasks) else tuple(tasks)
