"""ParlAI's registers of agents and teachers, and what finds them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ...core.agents import Agent
from ...core.create import AGENTS
from ...core.task_names import load_teacher_class
from .agent_making import agent_class

_Kind = TypeVar("_Kind", bound=type[Any])


def register_agent(name: str) -> Callable[[_Kind], _Kind]:
    """Return a decorator that gives an agent's class a name, for `create_agent`.

    One that inherits from what only ParlAI has is left as it is: it is no agent here.
    """

    def register(kind: _Kind) -> _Kind:
        if issubclass(kind, Agent):
            AGENTS.register(name, kind)
        return kind

    return register


def register_teacher(_name: str) -> Callable[[_Kind], _Kind]:
    """Return a decorator that leaves a teacher as it is: it is named as `module.path:Class`."""
    return lambda kind: kind


def load_agent_module(agent_path: str) -> type[Any]:
    """Return the class of an agent by its name."""
    return agent_class(agent_path)


def load_task_module(taskname: str) -> type[Any]:
    """Return the teacher of a task by its name."""
    return load_teacher_class(taskname)
