"""Agents that talk with each other, without people and without a task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..core.agents import Agent
from ..core.worlds.dialog import MultiAgentDialogWorld
from .conversations_file import DialogueLine, line_of_act

Exchange = list[DialogueLine]
"""What was said in one round, each agent at most once."""


def names_of(agents: Sequence[Agent]) -> list[str]:
    """Return what to call the agents, whatever they call themselves: nobody must be taken for the other."""
    names = [agent.getID() for agent in agents]
    if len(set(names)) == len(names):
        return names
    return [f"{name} {number}" for number, name in enumerate(names, 1)]


def self_chats(
    opt: Mapping[str, Any],
    agents: Sequence[Agent],
    *,
    episodes: int = 1,
    turns: int = 5,
    opening: str | None = None,
) -> Iterator[Iterator[Exchange]]:
    """Let agents talk with each other; before each conversation they forget the one before.

    Args:
        opt: The options of the world they talk in.
        agents: Those who talk, in the order in which they speak. They are shut down at the end.
        episodes: How many conversations there are.
        turns: How many rounds each has at most; an act with `episode_done` ends it sooner.
        opening: What the second agent is taken to have said before the first one begins.

    Yields:
        The rounds of each conversation, which are held as they are asked for. What nobody asked for is not held.
    """
    with MultiAgentDialogWorld(opt, list(agents)) as world:
        names = names_of(agents)
        for _ in range(episodes):
            yield _conversation(world, names, turns, opening)


def _conversation(
    world: MultiAgentDialogWorld, names: Sequence[str], turns: int, opening: str | None
) -> Iterator[Exchange]:
    world.reset()
    if opening is not None:
        said_first = {"id": names[1], "text": opening}
        world.agents[0].observe(said_first)
        yield [said_first]
    for _ in range(turns):
        world.parley()
        acts = world.get_acts()
        yield [line_of_act(act, name) for act, name in zip(acts, names, strict=True) if act is not None]
        if world.episode_done():
            return
