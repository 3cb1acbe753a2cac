"""Batches of examples of similar length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ...errors import WorldError
from ..asking import ask, validate
from .copies import CopiesWorld, batch_act
from .dialog import takes_turns
from .length_choice import LengthChoice
from .multi import MultiWorld
from .world import World


class _Waiting(NamedTuple):
    """An example that a copy's second agent has observed and not answered."""

    length: int
    observation: Any


class DynamicBatchWorld(CopiesWorld):
    """Copies of a world of two agents, of which those are answered together whose examples are of similar length.

    The second agent needs `batch_act`, and pads less than in a `BatchWorld`. `opt['dynamic_batching']` is
    `batchsort` for batches of `batchsize`, or `full` for as many as take up `batchsize * truncate` words when each
    is as long as the longest; `opt['truncate']` is the most words that an example counts as.
    `opt['dynamic_batch_buffer']` says how many copies there are to choose from. One parley is one batch.

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
        self._choice = LengthChoice(opt)
        super().__init__(opt, agents, shared, world=world)
        self._refuse_others()
        self.start_over()

    def _copy_count(self) -> int:
        return self._choice.buffer(self.world.num_episodes())

    def _refuse_others(self) -> None:
        for world in self.world.worlds if isinstance(self.world, MultiWorld) else [self.world]:
            agents = world.get_agents()
            if not takes_turns(world) or len(agents) != 2 or not hasattr(agents[1], "batch_act"):
                raise WorldError(
                    f"expected a world of two agents who take turns, of which the second has batch_act, for "
                    f"{type(self).__name__}, got {type(world).__name__} of {agents}"
                )

    def start_over(self) -> None:
        super().start_over()
        self._waiting: dict[int, _Waiting] = {}
        self._choice.start_over()

    def parley(self) -> None:
        """Answer one batch. Does nothing once all copies are through."""
        for index, world in enumerate(self.worlds):
            if index not in self._waiting and world.begin():
                self._ask_next(index, world)
        if not self._waiting:
            return
        batches: dict[int, list[int]] = {}
        for index in self._choice.choose({index: each.length for index, each in self._waiting.items()}):
            batches.setdefault(id(self._model(index)), []).append(index)
        for batch in batches.values():
            self._answer(batch)
        self.update_counters()

    def _model(self, index: int) -> Any:
        return self.model_of(self.worlds[index], 1)

    def _ask_next(self, index: int, world: Any) -> None:
        teacher, student = world.get_agents()
        act = ask(teacher)
        if act is not None:
            observation: Any = next((made for agent, made in world.deliver(0, act) if agent is student), {})
            self._waiting[index] = _Waiting(self._choice.length(act, observation), observation)

    def _answer(self, batch: Sequence[int]) -> None:
        acts = batch_act(self._model(batch[0]), [self._waiting[index].observation for index in batch])
        for index, act in zip(batch, acts, strict=True):
            world = self.worlds[index]
            world.get_agents()[1].self_observe(validate(act))
            world.deliver(1, act)
            world.update_counters()
            del self._waiting[index]

    def episode_done(self) -> bool:
        return not self._waiting and super().episode_done()

    def epoch_done(self) -> bool:
        return not self._waiting and super().epoch_done()
