"""Agents by name: what stands at `opt['model']`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from ..errors import AgentError
from ..registry import Registry
from ..text import did_you_mean
from .agents import Agent


def _fault(_name: str, kind: Any) -> str | None:
    return None if isinstance(kind, type) and issubclass(kind, Agent) else "is no subclass of parleyrun.Agent"


AGENTS: Registry[type[Agent]] = Registry("a bot", "parleyrun.bots", _fault)
"""The agents there are by name. A package adds one by the entry point `parleyrun.bots`: its class."""


def create_agent(opt: Mapping[str, Any]) -> Agent:
    """Return a new agent of the class that `opt['model']` names; it is built from `(opt)`.

    Args:
        opt: The options; those of the agent are in it too.

    Returns:
        The agent.

    Raises:
        AgentError: There is no agent of that name.
    """
    name = opt.get("model")
    if not name:
        raise AgentError("expected the name of an agent at 'model' of opt, such as repeat_label, got none")
    return load_agent_class(name)(opt)


def load_agent_class(name: str) -> type[Agent]:
    """Return the class of that name. What a module of yours raises when it is imported comes through.

    Args:
        name: One that is registered, such as `repeat_label`, or your own by `module.path:Class`.

    Returns:
        The class, a subclass of `Agent`.

    Raises:
        AgentError: There is none.
    """
    if not isinstance(name, str) or not name:
        raise AgentError(f"expected a name such as repeat_label, or module.path:Class, got {name!r:.60}")
    path, colon, wanted = name.partition(":")
    if "." not in path and (not colon or path in AGENTS.names()):
        # What comes after the colon then is for the agent itself, as an address is.
        found = AGENTS.find(path)
        if found is None:
            hint = did_you_mean(name, AGENTS.names(), "agents")
            raise AgentError(f"expected the name of an agent, or module.path:Class, got '{name}': {hint}")
        return found
    module = _import(path, name)
    found = _class_in(module, wanted if colon else path.rpartition(".")[2].replace("_", ""))
    if found is None:
        raise _no_such_agent(module, wanted, name)
    return found


def _no_such_agent(module: ModuleType, wanted: str, name: str) -> AgentError:
    if isinstance(other := getattr(module, wanted, None), type):
        return AgentError(f"expected a subclass of parleyrun.Agent at {name!r}, got {other!r}")
    # What a module has imported to subclass it is not what somebody looks for there.
    own = [kind.__name__ for kind in _classes(module) if kind.__module__ == module.__name__]
    return AgentError(
        f"expected an agent at {name!r}, but the agents in {module.__name__} are: {', '.join(own) or 'none'}"
    )


def _import(path: str, name: str) -> ModuleType:
    try:
        return import_module(path)
    except ModuleNotFoundError as error:
        # A module that is there, and itself imports one that is not, is another matter.
        if error.name is None or not f"{path}.".startswith(f"{error.name}."):
            raise
        raise AgentError(
            f"expected the name of an agent, or module.path:Class, got {name!r}: there is no module {path}"
        ) from None


def _class_in(module: ModuleType, wanted: str) -> type[Agent] | None:
    by_name = {kind.__name__.casefold(): kind for kind in _classes(module)}
    return by_name.get(wanted.casefold()) or by_name.get(f"{wanted}agent".casefold())


def _classes(module: ModuleType) -> list[type[Agent]]:
    found = (value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Agent))
    return [kind for kind in found if kind is not Agent]
