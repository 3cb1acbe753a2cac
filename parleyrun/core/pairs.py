"""Stepping many worlds of two at once: what a batch spends its time with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .agents import Agent
from .copies import batch_act
from .dialog import DialogPartnerWorld, takes_turns
from .seats import validate

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
