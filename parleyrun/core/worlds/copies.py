"""A world of copies of another one: what batches of all kinds have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from ...errors import WorldError
from ..asking import shut_down
from ..metrics.metrics import Report, add_reports
from ..sharing import create_world_from_shared, override_opts_in_shared
from .multi import MultiWorld
from .world import World


class CopiesWorld(World, ABC):
    """Copies of one world, which know by `batchindex` and `batchsize` in all their opts which of them they are.

    It is given that world in the place of agents, or what `share()` of another one gave. The world itself makes
    no step, but its agents may answer for those of its copies. Subclasses write `parley` and `_copy_count`.
    """

    def __init__(
        self,
        opt: Mapping[str, Any],
        agents: World | None = None,
        shared: Mapping[str, Any] | None = None,
        *,
        world: World | None = None,
    ) -> None:
        world = world_to_copy(type(self).__name__, agents or world, shared)
        super().__init__(opt, world.agents)
        self.world = world
        self.over: bool | None = None
        """Whether the last parley ended the epoch, None before the first; while it is False nobody is asked."""
        table, count = world.share(), self._copy_count()
        self.worlds: list[Any] = [
            create_world_from_shared(override_opts_in_shared(table, {"batchindex": index, "batchsize": count}))
            for index in range(count)
        ]

    @abstractmethod
    def _copy_count(self) -> int:
        """Return how many copies to make."""

    def model_of(self, copy: World, place: int) -> Any:
        """Return the agent of which the one at this place of a copy is a copy, and which answers for a batch."""
        if isinstance(self.world, MultiWorld) and isinstance(copy, MultiWorld):
            return self.world.worlds[copy.current].get_agents()[place]
        return self.world.get_agents()[place]

    def update_counters(self) -> None:
        """Count a parley; examples are counted by the copies."""
        self.total_parleys += 1
        self.over = self.epoch_done()
        if self.over:
            self.total_epochs += 1

    def getID(self) -> str:
        return self.world.getID()

    def get_acts(self) -> Any:
        """Return what each copy's agents did in their last parley: a list for each copy."""
        return [world.get_acts() for world in self.worlds]

    def display(self) -> str:
        return "\n".join(f"- - - {index} - - -\n{world.display()}" for index, world in enumerate(self.worlds))

    def episode_done(self) -> bool:
        return self.world.episode_done() or all(world.episode_done() for world in self.worlds)

    def epoch_done(self) -> bool:
        if self.world.epoch_done():
            return True
        # A loop, as the first copy mostly says no, and a generator costs more than it.
        for world in self.worlds:  # noqa: SIM110 - see above
            if not world.epoch_done():
                return False
        return True

    def num_examples(self) -> int | None:
        return self.world.num_examples()

    def num_episodes(self) -> int | None:
        return self.world.num_episodes()

    def get_total_exs(self) -> int:
        return sum(world.get_total_exs() for world in self.worlds)

    def report(self) -> Report:
        """Return what all copies measured, and the agents that answered for them."""
        return add_reports(self.world.report(), *(world.report() for world in self.worlds))

    def reset(self) -> None:
        for world in (self.world, *self.worlds):
            world.reset()
        self.start_over()

    def reset_agents(self) -> None:
        for world in (self.world, *self.worlds):
            world.reset_agents()
        self.start_over()

    def start_over(self) -> None:
        """Forget what was noted about the copies, as they have begun anew."""
        return

    def reset_metrics(self) -> None:
        for world in (self.world, *self.worlds):
            world.reset_metrics()

    def share(self) -> dict[str, Any]:
        return {"world_class": type(self), "opt": self.opt, "world": self.world.share()}

    def shutdown(self) -> None:
        """Shut every copy down, and the world they are copies of."""
        shut_down((self.world, *self.worlds))


def world_to_copy(kind: str, world: World | None, shared: Mapping[str, Any] | None) -> World:
    """Return the world that one of this kind is to make copies of; raise `WorldError` if it was given none."""
    if world is None and shared is None:
        raise WorldError(f"expected either a world or shared for {kind}(opt, …), got neither")
    given = create_world_from_shared(shared["world"]) if shared is not None else world
    if not isinstance(given, World):
        raise WorldError(f"expected a world to make copies of for {kind}(opt, world), got {given!r:.80}")
    return given


def batch_act(model: Any, observations: list[Any]) -> list[Any]:
    """Ask a model for a whole batch. Raises `WorldError` if it does not return an act for each observation."""
    acts = list(model.batch_act(observations))
    if len(acts) != len(observations):
        kind = type(model).__name__
        raise WorldError(
            f"expected {len(observations)} acts from {kind}.batch_act(), one for each observation, got {len(acts)}"
        )
    return acts
