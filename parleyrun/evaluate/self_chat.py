"""Agents that talk with each other, without people and without a task."""

from __future__ import annotations

import queue
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..core.agents import Agent
from ..core.asking import shut_down
from ..core.metrics.metrics import Report, add_reports
from ..core.worlds.dialog import MultiAgentDialogWorld
from .conversations_file import DialogueLine, line_of_act
from .side_by_side import copies_of
from .thread_crew import ThreadCrew

Exchange = list[DialogueLine]
"""What was said in one round, each agent at most once."""


def names_of(agents: Sequence[Agent]) -> list[str]:
    """Return what to call the agents, whatever they call themselves: nobody must be taken for the other."""
    names = [agent.getID() for agent in agents]
    if len(set(names)) == len(names):
        return names
    return [f"{name} {number}" for number, name in enumerate(names, 1)]


@dataclass(frozen=True, slots=True)
class _Plan:
    """How agents talk: their names, how many rounds at most, and what is taken to have been said before."""

    names: Sequence[str]
    turns: int
    opening: str | None


def self_chats(
    opt: Mapping[str, Any],
    agents: Sequence[Agent],
    *,
    episodes: int = 1,
    turns: int = 5,
    opening: str | None = None,
    concurrency: int = 1,
    on_report: Callable[[Report], object] = lambda report: None,
) -> Iterator[Iterator[Exchange]]:
    """Let agents talk with each other; before each conversation they forget the one before.

    Args:
        opt: The options of the world they talk in.
        agents: Those who talk, in the order in which they speak. They are shut down at the end.
        episodes: How many conversations there are.
        turns: How many rounds each has at most; an act with `episode_done` ends it sooner.
        opening: What the second agent is taken to have said before the first one begins.
        concurrency: How many conversations are held at the same time, by threads and copies of the agents.
        on_report: Called at the end with what the agents have measured.

    Yields:
        The rounds of each conversation, in order. One at a time they are held as they are asked for; what nobody
        asked for is not held.
    """
    plan = _Plan(names_of(agents), turns, opening)
    with MultiAgentDialogWorld(opt, list(agents)) as world:
        if concurrency == 1:
            for _ in range(episodes):
                yield _conversation(world, plan)
            on_report(world.report())
            return
        copies = copies_of(world, min(concurrency, episodes))
        chats = _ChatsAtOnce(copies, episodes, plan)
        try:
            yield from chats.conversations()
            on_report(add_reports(*(copy.report() for copy in copies)))
        finally:
            chats.close()


class _ChatsAtOnce:
    """Conversations that are held at the same time, and told of one after the other."""

    def __init__(self, copies: Sequence[MultiAgentDialogWorld], episodes: int, plan: _Plan) -> None:
        self._copies = copies
        self._episodes = episodes
        self._plan = plan
        # Whoever is free takes the next one: an iterator of C's gives each number once, whichever thread asks.
        self._numbers = iter(range(episodes))
        self._events: queue.SimpleQueue[tuple[int, Exchange | BaseException | None]] = queue.SimpleQueue()
        self._held: defaultdict[int, deque[Exchange | None]] = defaultdict(deque)
        self._crew = ThreadCrew([partial(self._hold, copy) for copy in copies])

    def conversations(self) -> Iterator[Iterator[Exchange]]:
        """Yield each of them, in order."""
        self._crew.start()
        for number in range(self._episodes):
            yield self._told(number)
            # Whoever has looked at a part of it only does not find the rest in the next one.
            self._held.pop(number, None)

    def close(self) -> None:
        """End those that go on."""
        self._crew.end()
        shut_down(copy for number, copy in enumerate(self._copies) if self._crew.is_at_rest(number))

    def _hold(self, world: MultiAgentDialogWorld, is_over: Callable[[], bool]) -> None:
        number = -1
        try:
            for number in self._numbers:
                for exchange in _conversation(world, self._plan):
                    self._events.put((number, exchange))
                    if is_over():
                        return
                self._events.put((number, None))
        except BaseException as error:  # raised again on the thread that is told of them
            self._events.put((number, error))

    def _told(self, number: int) -> Iterator[Exchange]:
        held = self._held[number]
        while True:
            while not held:
                of, event = self._events.get()
                if isinstance(event, BaseException):
                    raise event
                self._held[of].append(event)
            exchange = held.popleft()
            if exchange is None:
                return
            yield exchange


def _conversation(world: MultiAgentDialogWorld, plan: _Plan) -> Iterator[Exchange]:
    world.reset()
    if plan.opening is not None:
        said_first = {"id": plan.names[1], "text": plan.opening}
        world.agents[0].observe(said_first)
        yield [said_first]
    for _ in range(plan.turns):
        world.parley()
        acts = world.get_acts()
        yield [line_of_act(act, name) for act, name in zip(acts, plan.names, strict=True) if act is not None]
        if world.episode_done():
            return
