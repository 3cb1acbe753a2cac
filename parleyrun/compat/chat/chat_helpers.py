"""Small helpers of ParlAI's chat services."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

DEFAULT_ONBOARD_DATA = "onboard_data"


class TaskState(NamedTuple):
    """What is known of a task that runs."""

    task_name: str
    world_name: str
    agents: list[Any]
    is_overworld: bool = False
    world_type: str | None = None


def get_world_module(world_name: str) -> ModuleType:
    """Import a module of worlds by its dotted name, and return it."""
    return import_module(world_name)


def get_world_fn_attr(
    world_module: Any, world_name: str, fn_name: str, raise_if_missing: bool = True
) -> Callable[..., Any] | None:
    """Return a function of a world class by the names of both; None for none.

    Raises:
        AttributeError: There is none, and that is to be said.
    """
    world = getattr(world_module, world_name, None)
    function: Callable[..., Any] | None = getattr(world, fn_name, None)
    if function is None and raise_if_missing:
        raise AttributeError(f"expected {world_name}.{fn_name} in {world_module!r}, got none")
    return function


def get_eligibility_fn(world_module: Any, world_name: str) -> Callable[..., Any] | None:
    """Return what says whether somebody may take part; None if the world does not say."""
    return get_world_fn_attr(world_module, world_name, "eligibility_function", raise_if_missing=False)


def get_assign_roles_fn(world_module: Any, world_name: str) -> Callable[..., Any] | None:
    """Return what gives roles; None if the world does not say."""
    return get_world_fn_attr(world_module, world_name, "assign_roles", raise_if_missing=False)


def default_assign_roles_fn(agents: list[Any]) -> None:
    """Call them `Agent_0`, `Agent_1`, …, in their order."""
    for number, agent in enumerate(agents):
        agent.disp_id = f"Agent_{number}"
