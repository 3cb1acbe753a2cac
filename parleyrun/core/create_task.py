"""Putting a task, agents and a world together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .agents import Agent
from .opt import whole_number
from .seats import Seat
from .task_names import expand_tasks
from .worlds.batch import BatchWorld
from .worlds.dynamic_batch import DynamicBatchWorld
from .worlds.hogwild.hogwild_world import HogwildWorld
from .worlds.multi import MultiWorld
from .worlds.task_world import create_task_world
from .worlds.world import World


def create_task(
    opt: Mapping[str, Any],
    user_agents: Sequence[Seat | Agent] | Seat | Agent,
    default_world: type[World] | None = None,
) -> World:
    """Return a world in which these agents do the tasks that `opt['task']` lists.

    One task has a world of its own, several a `MultiWorld`. With a `batchsize` above 1 it is a `BatchWorld` of
    that, or with `dynamic_batching` a `DynamicBatchWorld`; with `numthreads` above 1 a `HogwildWorld`, whose
    processes have such worlds.

    Args:
        opt: The options; `task` lists the tasks.
        user_agents: Who sits behind each task's teacher; a single agent is taken as a list of one.
        default_world: The class of a task's world; None is one for two agents or for several, as there are.

    Returns:
        The world, not yet stepped. Use it as a context manager.

    Raises:
        TaskError: There is no task of such a name.
        WorldError: `batchsize` or `numthreads` is no number from 1.
    """
    batchsize, processes = whole_number(opt, "batchsize"), whole_number(opt, "numthreads")
    tasks = expand_tasks(opt.get("task"))
    if len(tasks) == 1:
        world = create_task_world({**opt, "task": tasks[0]}, user_agents, default_world)
    else:
        world = MultiWorld(opt, user_agents, default_world=default_world)
    if opt.get("dynamic_batching"):
        world = DynamicBatchWorld(opt, world)
    if processes > 1:
        return HogwildWorld(opt, world)
    if batchsize > 1 and not isinstance(world, DynamicBatchWorld):
        return BatchWorld(opt, world)
    return world
