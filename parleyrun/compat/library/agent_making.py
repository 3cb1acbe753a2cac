"""Agents and tasks by ParlAI's names for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...core.agents import Agent
from ...core.create import AGENTS, load_agent_class
from ...core.create_task import create_task
from ...core.open_opt import OpenOpt
from ...core.task_names import load_teacher_class
from ...core.worlds.world import World
from ...errors import AgentError

_HOW = "a model behind a server can sit there instead: --model NAME=chat_completions:http://…"


def agent_class(name: str) -> type[Agent]:
    """Return the class of an agent that ParlAI would find by this name.

    Args:
        name: One that comes with parleyrun, a class of the project as `module.path:Class`, or a name as
            `transformer/generator`, which only ParlAI itself has.

    Raises:
        AgentError: There is none here.
    """
    for prefix in ("internal:", "projects:", "projects."):
        if name.startswith(prefix) and ":" not in name.removeprefix(prefix):
            raise AgentError(f"expected an agent as module.path:Class, got '{name}'")
    if "/" in name or (":" not in name and "." not in name and name not in AGENTS.names()):
        raise AgentError(f"the agent '{name}' is ParlAI's own, and needs ParlAI and torch: {_HOW}")
    return load_agent_class(name)


def create_agent(opt: Mapping[str, Any], requireModelExists: bool = False) -> Agent:
    """Return a new agent of the class that `opt['model']` names.

    Raises:
        AgentError: There is none here, or it would be loaded from a file of ParlAI's.
    """
    name = opt.get("model")
    if not name:
        file = opt.get("model_file")
        if file:
            raise AgentError(f"the file '{file}' is a model of ParlAI's, which cannot be loaded here: {_HOW}")
        raise AgentError("expected the name of an agent at 'model' of opt, such as repeat_label, got none")
    return agent_class(str(name))(opt)


def create_agent_from_model_file(model_file: str, opt_overrides: Mapping[str, Any] | None = None) -> Agent:
    """Refuse a trained model, unless the overrides name an agent that is had here."""
    return create_agent(OpenOpt({"model_file": model_file, **(opt_overrides or {})}))


def create_agent_from_opt_file(opt: Mapping[str, Any]) -> Agent | None:
    """Return the agent that options name; None without one."""
    return create_agent(opt) if opt.get("model") else None


def create_task_agent_from_taskname(opt: Mapping[str, Any]) -> list[Agent]:
    """Return the teacher of the task that options name, alone in a list."""
    return [load_teacher_class(str(opt["task"]))(opt)]


def create_parlai_task(
    opt: Mapping[str, Any], user_agents: Any, default_world: type[World] | None = None
) -> World:
    """Return a world in which these agents do the task that options name."""
    agents: Sequence[Any] = user_agents if isinstance(user_agents, list | tuple) else [user_agents]
    return create_task(opt, agents, default_world)


def get_agent_module(dir_name: str) -> type[Agent]:
    """Return the class of an agent by its name."""
    return agent_class(dir_name)
