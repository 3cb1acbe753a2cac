"""The world of one task, by its name."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..agents import Agent
from ..seats import Seat
from ..task_names import expand_tasks, load_teacher_class
from .dialog import DialogPartnerWorld, MultiAgentDialogWorld
from .world import World


def create_agents_for_task(opt: Mapping[str, Any]) -> list[Agent]:
    """Return a new teacher for each of the tasks that `opt['task']` lists.

    A task whose module has a `create_agents(opt)` makes its agents itself: a teacher, and perhaps others.

    Args:
        opt: The options; `task` lists the tasks.

    Returns:
        The teachers, in the order of the list.

    Raises:
        TaskError: There is no task of such a name.
    """
    return [agent for task in expand_tasks(opt.get("task")) for agent in _agents_of({**opt, "task": task})]


def _agents_of(opt: Mapping[str, Any]) -> list[Agent]:
    kind = load_teacher_class(opt["task"])
    make: Callable[[Mapping[str, Any]], Iterable[Agent]] | None = _named_by(kind, "create_agents")
    return [kind(opt)] if make is None else list(make(opt))


def own_world_of(task: str) -> type[World] | None:
    """Return the class of world that a task brings along: `DefaultWorld` of its teacher's module; None for none.

    Raises:
        TaskError: There is no task of that name.
    """
    world = _named_by(load_teacher_class(task), "DefaultWorld")
    return world if isinstance(world, type) and issubclass(world, World) else None


def has_own_agents(task: str) -> bool:
    """Return whether a task makes its agents itself, by `create_agents(opt)` of its teacher's module."""
    return _named_by(load_teacher_class(task), "create_agents") is not None


def _named_by(kind: type, name: str) -> Any:
    """Return what an author's module has under a name; what it has only imported is not meant."""
    found = vars(sys.modules[kind.__module__]).get(name)
    return found if getattr(found, "__module__", None) == kind.__module__ else None


def create_task_world(
    opt: Mapping[str, Any],
    user_agents: Sequence[Seat | Agent] | Seat | Agent,
    default_world: type[World] | None = None,
) -> World:
    """Return the world of a single task, in which these agents sit behind its teacher.

    It is of the class that the task brings along, as `DefaultWorld` in its teacher's module; else `default_world`,
    or one for two agents or for several, as there are.

    Args:
        opt: The options; `task` is the name of a single task.
        user_agents: Who sits behind the teacher; a single agent is taken as a list of one.
        default_world: The class of the world.

    Returns:
        The world, with the teacher in its first seat.

    Raises:
        TaskError: There is no task of that name.
    """
    users = [*user_agents] if isinstance(user_agents, Iterable) else [user_agents]
    agents: list[Seat | Agent] = [*create_agents_for_task(opt), *users]
    kind = (
        own_world_of(opt["task"])
        or default_world
        or (DialogPartnerWorld if len(agents) == 2 else MultiAgentDialogWorld)
    )
    return kind(opt, agents)
