"""The world of one task, by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from ...errors import TaskError
from ..agents import Agent
from .dialog import DialogPartnerWorld, MultiAgentDialogWorld
from .world import World

# By name, and when one is asked for: tasks are built on this library, and it knows none of them.
_TASKS = f"{__package__.split('.')[0]}.tasks.loading"


def expand_tasks(text: str | None) -> list[str]:
    """Return the single tasks that `opt['task']` lists, with commas between them; `#QA` is all with that tag."""
    if not text:
        raise TaskError("expected the name of a task at 'task' of opt, such as babi:Task1k:1, got none")
    names: list[str] = import_module(_TASKS).expand_tasks(text)
    return names


def load_teacher_class(name: str) -> type[Agent]:
    """Return the class that teaches the single task of that name. Raises `TaskError`."""
    found: type[Agent] = import_module(_TASKS).load_teacher_class(name)
    return found


def create_agents_for_task(opt: Mapping[str, Any]) -> list[Agent]:
    """Return a new teacher for each of the tasks that `opt['task']` lists."""
    return [load_teacher_class(task)({**opt, "task": task}) for task in expand_tasks(opt.get("task"))]


def create_task_world(
    opt: Mapping[str, Any], user_agents: Sequence[Agent] | Agent, default_world: type[World] | None = None
) -> World:
    """Return the world of a single task, in which these agents sit behind its teacher.

    It is of the class `default_world`, or else one for two agents or for several, as there are.
    """
    users = [user_agents] if isinstance(user_agents, Agent) else list(user_agents)
    agents = [*create_agents_for_task(opt), *users]
    kind = default_world or (DialogPartnerWorld if len(agents) == 2 else MultiAgentDialogWorld)
    return kind(opt, agents)
