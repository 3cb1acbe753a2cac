"""Many copies of a world, stepped together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..agents import Agent
from ..asking import ask, validate
from ..message import Act
from ..opt import whole_number
from .copies import CopiesWorld, batch_act
from .dialog import DialogPartnerWorld, takes_turns
from .multi import MultiWorld
from .world import World

_Seated = Sequence[tuple[int, Any]]
"""Copies with their numbers."""


class BatchWorld(CopiesWorld):
    """`opt['batchsize']` copies of a world; one parley is a parley of each whose epoch is not over.

    An agent with `batch_act` is asked once for all copies; others are asked one by one, and so are those in
    worlds with a `parley` of their own.

    Args:
        opt: The options, any mapping; it is never changed.
        agents: The world to make copies of.
        shared: In its place, what `share()` of another one of this class gave.
        world: The same as `agents`, as it is called in ParlAI.

    Raises:
        WorldError: Neither agents nor shared are given, or one of the options above cannot be used.
    """

    def __init__(
        self,
        opt: Mapping[str, Any],
        agents: World | None = None,
        shared: Mapping[str, Any] | None = None,
        *,
        world: World | None = None,
    ) -> None:
        super().__init__(opt, agents, shared, world=world)
        roots = self.world.worlds if isinstance(self.world, MultiWorld) else [self.world]
        batching = any(hasattr(agent, "batch_act") for root in roots for agent in root.get_agents())
        self._together = batching and all(map(takes_turns, roots))
        self._seen: dict[int, Any] = {}
        model = self.world.agents[-1] if self.world.agents else None
        self._pairs = Pairs(self.worlds, model) if Pairs.fits(self.worlds, model) else None

    def _copy_count(self) -> int:
        return whole_number(self.opt, "batchsize")

    def parley(self) -> None:
        """Step every copy whose epoch is not over. Does nothing once they all are."""
        if self.over is not False and self.epoch_done():
            return
        if self._pairs is not None:
            self._pairs.step()
        elif self._together:
            self._step_together()
        else:
            for world in self.worlds:
                if not world.epoch_done():
                    world.parley()
        self.update_counters()

    def _step_together(self) -> None:
        live, opened = self._open()
        for place in range(max((len(world.get_agents()) for _, world in live), default=0)):
            seated = [(index, world) for index, world in live if _has_turn(world, place)]
            acts = opened if place == 0 else {}
            acts.update(self._acts(place, [each for each in seated if each[0] not in acts]))
            for index, world in seated:
                act = acts[index]
                if act is not None:
                    for agent, observation in world.deliver(place, act):
                        self._seen[id(agent)] = observation
        for _, world in live:
            world.update_counters()

    def _open(self) -> tuple[list[tuple[int, Any]], dict[int, Act | None]]:
        """Return the copies that have a round to make, and what the first agents do that answer for themselves."""
        live: list[tuple[int, Any]] = []
        opened: dict[int, Act | None] = {}
        for index, world in enumerate(self.worlds):
            # One after the other: the last example of a stream may just have gone to the copy before.
            if world.begin():
                live.append((index, world))
                if not hasattr(self.model_of(world, 0), "batch_act"):
                    opened[index] = ask(world.get_agents()[0])
        return live, opened

    def _acts(self, place: int, seated: _Seated) -> dict[int, Act | None]:
        """Return what each of these copies' agents at this place does, by the number of the copy."""
        groups: dict[int, tuple[Any, list[tuple[int, Any]]]] = {}
        for index, world in seated:
            model = self.model_of(world, place)
            groups.setdefault(id(model), (model, []))[1].append((index, world))
        acts: dict[int, Act | None] = {}
        for model, its in groups.values():
            if hasattr(model, "batch_act"):
                acts.update(self._ask_together(model, place, its))
            else:
                acts.update((index, ask(world.get_agents()[place])) for index, world in its)
        return acts

    def _ask_together(self, model: Any, place: int, its: _Seated) -> dict[int, Act | None]:
        agents = {index: world.get_agents()[place] for index, world in its}
        observations: list[Any] = [None] * len(self.worlds)
        for index, agent in agents.items():
            # An agent that has seen nothing yet has to act all the same, unlike one whose copy is through.
            observations[index] = self._seen.pop(id(agent), {})
        acts = batch_act(model, observations)
        for index, agent in agents.items():
            agent.self_observe(validate(acts[index]))
        return {index: acts[index] for index in agents}

    def start_over(self) -> None:
        super().start_over()
        self._seen.clear()
        if self._pairs is not None:
            self._pairs.start_over()


def _has_turn(world: Any, place: int) -> bool:
    return place < len(world.get_agents()) and not (place and world.cut_short())


_Live = tuple[int, DialogPartnerWorld, Agent, Agent]


class Pairs:
    """Copies of a `DialogPartnerWorld`, for whose second agents `model` answers all at once.

    A step does what the copies' own `begin` and `deliver` do, in two loops; and so it is only for those which
    have not overridden them (see `fits`).
    """

    def __init__(self, worlds: Sequence[DialogPartnerWorld], model: Any) -> None:
        self._worlds = worlds
        self._model = model
        self._told = type(model).self_observe is not Agent.self_observe
        self._live: list[_Live] | None = None

    @staticmethod
    def fits(worlds: Sequence[Any], model: Any) -> bool:
        """Return whether these are worlds of two that make their rounds as usual, with a model for a batch."""
        return isinstance(model, Agent) and hasattr(model, "batch_act") and all(map(_is_usual, worlds))

    def start_over(self) -> None:
        """Look anew which copies have something to do."""
        self._live = None

    def step(self) -> None:
        """Make one round in each copy whose epoch is not over."""
        if self._live is None:
            everyone: list[_Live] = [(index, world, *world.agents) for index, world in enumerate(self._worlds)]  # type: ignore[misc]  # each has two
            self._live = [each for each in everyone if not each[1].epoch_done()]
        observations: list[Any] = [None] * len(self._worlds)
        for index, world, first, second in self._live:
            act = first.act()
            world.acts = [act, None]
            # An agent that was told nothing has to act all the same, unlike one whose copy is through.
            observations[index] = (
                {} if act is None else second.observe(act if type(act) is dict else validate(act))
            )
        answers = batch_act(self._model, observations)
        over = False
        for index, world, first, second in self._live:
            answer = answers[index]
            if type(answer) is not dict:
                validate(answer)
            if self._told:
                second.self_observe(answer)
            first.observe(answer)
            world.acts[1] = answer
            world.update_counters()
            if world.over:
                over = True
        if over:
            self._live = None


def _is_usual(world: Any) -> bool:
    if not isinstance(world, DialogPartnerWorld) or not takes_turns(world):
        return False
    return world.is_plain and not hasattr(world.agents[0], "batch_act")
