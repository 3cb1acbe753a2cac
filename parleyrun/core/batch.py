"""Many copies of a world, stepped together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .copies import CopiesWorld, batch_act
from .dialog import takes_turns
from .message import Act
from .multi import MultiWorld
from .opt import whole_number
from .pairs import Pairs
from .seats import ask, validate
from .world import World

_Seated = Sequence[tuple[int, Any]]
"""Copies with their numbers."""


class BatchWorld(CopiesWorld):
    """`opt['batchsize']` copies of a world; one parley is a parley of each whose epoch is not over.

    An agent with `batch_act` is asked once for all copies; others are asked one by one, and so are those in
    worlds with a `parley` of their own.
    """

    def __init__(
        self,
        opt: Mapping[str, Any],
        agents: World | None = None,
        shared: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(opt, agents, shared)
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
