"""Agents by name: what stands at `opt['model']`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from ..errors import AgentError
from .agents import Agent

_BOTS = f"{__package__.rpartition('.')[0]}.bots"


def create_agent(opt: Mapping[str, Any]) -> Agent:
    """Return a new agent of the class that `opt['model']` names; it is built from `(opt)`."""
    name = opt.get("model")
    if not name:
        raise AgentError("expected the name of an agent at 'model' of opt, such as repeat_label, got none")
    return load_agent_class(name)(opt)


def load_agent_class(name: str) -> type[Agent]:
    """Return the class of that name: one of ours (`repeat_label`), or your own by `module.path:Class`.

    Raises `AgentError` if there is none. What a module of yours raises when it is imported comes through.
    """
    if not isinstance(name, str) or not name:
        raise AgentError(f"expected a name such as repeat_label, or module.path:Class, got {name!r:.60}")
    path, colon, wanted = name.partition(":")
    own = bool(colon) or "." in name
    module = _import(path if own else f"{_BOTS}.{path}", name)
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
            f"expected one of parleyrun's agents or module.path:Class, got {name!r}: there is no module {path}"
        ) from None


def _class_in(module: ModuleType, wanted: str) -> type[Agent] | None:
    by_name = {kind.__name__.casefold(): kind for kind in _classes(module)}
    return by_name.get(wanted.casefold()) or by_name.get(f"{wanted}agent".casefold())


def _classes(module: ModuleType) -> list[type[Agent]]:
    found = (value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Agent))
    return [kind for kind in found if kind is not Agent]
