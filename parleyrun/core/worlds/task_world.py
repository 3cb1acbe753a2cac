"""The world of one task, by its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..agents import Agent
from ..seats import Seat
from ..task_names import expand_tasks, load_teacher_class
from .dialog import DialogPartnerWorld, MultiAgentDialogWorld
from .world import World


def create_agents_for_task(opt: Mapping[str, Any]) -> list[Agent]:
    """Return a new teacher for each of the tasks that `opt['task']` lists.

    Args:
        opt: The options; `task` lists the tasks.

    Returns:
        The teachers, in the order of the list.

    Raises:
        TaskError: There is no task of such a name.
    """
    return [load_teacher_class(task)({**opt, "task": task}) for task in expand_tasks(opt.get("task"))]


def create_task_world(
    opt: Mapping[str, Any],
    user_agents: Sequence[Seat | Agent] | Seat | Agent,
    default_world: type[World] | None = None,
) -> World:
    """Return the world of a single task, in which these agents sit behind its teacher.

    It is of the class `default_world`, or else one for two agents or for several, as there are.

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
    kind = default_world or (DialogPartnerWorld if len(agents) == 2 else MultiAgentDialogWorld)
    return kind(opt, agents)
