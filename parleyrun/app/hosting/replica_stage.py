"""One model as it is in a replica: built there, and asked by everybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Self

from ...config.plan import Plan
from ...core.message import FrozenDict
from ...engines.replicas.replica_desk import ReplicaDesk
from ...runner.timers import ThreadTimers, Timers
from ...store.media_library import MediaLibrary
from ..shared_models import make_model_shelf


class ReplicaStage:
    """Constructing is cheap and silent.

    Args:
        plan: The study.
        model: The model's name.
        timers: The clock; without one the stage has one of its own.
    """

    def __init__(self, plan: Plan, model: str, timers: Timers | None = None) -> None:
        self._own_timers: ThreadTimers | None = None
        if timers is None:
            timers = self._own_timers = ThreadTimers()
        self._name = model
        only = replace(plan, models=FrozenDict({model: plan.models[model]}))
        self._models = make_model_shelf(only, timers, MediaLibrary())
        self.runs = ReplicaDesk(self._models, plan.models[model])
        """What it does."""

    def open(self, tell: Callable[[str], object]) -> Self:
        """Build the model, and ask it once.

        Args:
            tell: Called with a line about it.

        Raises:
            AgentError: It cannot be built.
            ModelError: It does not answer.
        """
        if self._own_timers is not None:
            self._own_timers.start()
        self._models.start(tell)
        model = self._models.opened(self._name)
        self.runs.open(model.agent, model.described)
        return self
