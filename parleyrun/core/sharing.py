"""Sharing: tables from which copies of worlds and agents are made, and copies of opt that differ a little."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import AgentError
from .agents import Agent


def create_agent_from_shared(shared: Mapping[str, Any]) -> Agent:
    """Return a copy of the agent whose `share()` gave this table: `class` and `opt` are in it.

    Args:
        shared: What an agent's `share()` returned.

    Returns:
        An agent of the same class, built as `class(opt, shared)`.

    Raises:
        AgentError: That is no such table, or what was built of it neither acts nor observes.
    """
    try:
        kind, opt = shared["class"], shared["opt"]
    except KeyError as error:
        raise AgentError(f"expected what an agent's share() returned, got a table without {error}") from None
    copy = kind(opt, shared)
    if not callable(getattr(copy, "act", None)) or not callable(getattr(copy, "observe", None)):
        raise AgentError(
            f"expected {kind!r}(opt, shared) to be an agent, with act() and observe(), got {copy!r:.60}"
        )
    return copy  # type: ignore[no-any-return]  # whatever acts and observes sits in a world like an Agent


def create_agents_from_shared(shared: Iterable[Mapping[str, Any]]) -> list[Agent]:
    """Return copies of these agents, in order.

    Args:
        shared: A table for each.

    Returns:
        The copies.

    Raises:
        AgentError: One of the tables is none.
    """
    return [create_agent_from_shared(table) for table in shared]


def override_opts_in_shared(table: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table like this one in which every `opt` has these values, in the tables in it too.

    The table that was given, and its opts, stay as they are. A copy is no deeper than it must be: tables that
    had an opt in common have the new one in common, and all else is the same object as before. Tables in a
    table are those that are a mapping with an `opt`, or a list of such.

    Args:
        table: What `share()` of a world or an agent returned.
        overrides: Options by name.

    Returns:
        The new table.
    """
    return _override(table, overrides, {})


def _override(
    table: Mapping[str, Any], overrides: Mapping[str, Any], made: dict[int, dict[str, Any]]
) -> dict[str, Any]:
    copy = dict(table)
    for key, value in table.items():
        if key == "opt" and isinstance(value, Mapping):
            # The opt that was given is alive as long as its table, so its id names it.
            copy[key] = made.setdefault(id(value), {**value, **overrides})
        elif _is_table(value):
            copy[key] = _override(value, overrides, made)
        elif isinstance(value, list | tuple) and value and _is_table(value[0]):
            # Only the first is looked at: a list of data may be long, and this is done for every copy.
            copy[key] = [_override(item, overrides, made) if _is_table(item) else item for item in value]
    return copy


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) and "opt" in value


def create_world_from_shared(shared: Mapping[str, Any]) -> Any:
    """Return a copy of the world whose `share()` gave this table."""
    return shared["world_class"](shared["opt"], None, shared)
