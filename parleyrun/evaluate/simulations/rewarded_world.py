"""A rewarded world: an author's own, that is asked at its end how well it went."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...core.metrics.metrics import AverageMetric, Report
from ...core.worlds.world import World
from ...errors import RunStopped, WorldError

REWARD = "reward"
"""The name of the figure where a world returns a plain number."""

Take = Callable[[Report, Exception | None], None]
"""Told what the world returned, as metrics, or what it raised. On the thread of the run."""


class RewardedWorld:
    """Stands where the author's class does, for one conversation.

    Args:
        world: That class.
        opt: What its `opt` has besides.
        take: Told of the reward, before the world is shut down.
    """

    def __init__(self, world: type[Any], opt: Mapping[str, Any], take: Take) -> None:
        self.__name__ = world.__name__
        self._world = world
        self._opt = opt
        self._take = take

    def generate_world(self, opt: Mapping[str, Any], agents: Sequence[Any]) -> Any:
        """Return the author's world, that will be asked for its reward."""
        seed = {"seed": int(opt.get("seed") or 0) + self._opt["repeat"]} if self._opt.get("repeat") else {}
        world = self._world.generate_world({**opt, **seed, **self._opt}, agents)
        shutdown = getattr(world, "shutdown", None)

        def ask_first() -> None:
            try:
                self._ask(world)
            finally:
                if shutdown is not None:
                    shutdown()

        world.shutdown = ask_first
        return world

    def _ask(self, world: Any) -> None:
        try:
            reward = world.reward()
            report = report_of(reward, self.__name__)
        except RunStopped:
            self._take(
                {}, WorldError(f"expected {self.__name__}.reward() to ask nobody, as the conversation is over")
            )
        except Exception as error:  # goes on record, as the reason why this example has no figure
            self._take({}, error)
        else:
            self._take(report, None)


def report_of(reward: Any, world: str) -> Report:
    """Return a reward as metrics: a number, or several by name; none for None. Raises `WorldError` for another."""
    if reward is None:
        return {}
    named = reward if isinstance(reward, Mapping) else {REWARD: reward}
    report: Report = {}
    for name, value in named.items():
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not isinstance(name, str) or not math.isfinite(number):
            raise WorldError(f"expected a number, or numbers by name, from {world}.reward(), got {reward!r:.60}")
        report[name] = AverageMetric(int(number) if number.is_integer() else number)
    return report


def has_reward(world: type[Any]) -> bool:
    """Whether a class has a `reward()` of its own."""
    own = getattr(world, "reward", None)
    return callable(own) and own is not World.reward
