"""A plan as it is on a host: its models and the runs of its conversations, without a store and without doors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Self

from ...bots.replicated.replica_route import ReplicaFacts
from ...config.plan import Plan
from ...core.message import FrozenDict
from ...engines.host.asked_replicas import AskedReplicas
from ...engines.host.host_runs import HostRuns
from ...runner.timers import ThreadTimers, Timers
from ...store.media_library import MediaLibrary
from ..shared_models import make_model_shelf, with_shared_models
from ..world_module_setup import with_guarded_setup

NO_REPLICAS: Mapping[str, ReplicaFacts] = FrozenDict()


class HostStage:
    """Made as `App` makes what it serves. Constructing is cheap and silent.

    Args:
        plan: The study.
        timers: The clock; without one the stage has one of its own.
        replicas: What the replicas of models that live on the cluster have in common, by the models' names.
    """

    def __init__(
        self, plan: Plan, timers: Timers | None = None, replicas: Mapping[str, ReplicaFacts] = NO_REPLICAS
    ) -> None:
        self._own_timers: ThreadTimers | None = None
        if timers is None:
            timers = self._own_timers = ThreadTimers()
        self._route = AskedReplicas(replicas)
        self._models = make_model_shelf(plan, timers, MediaLibrary())
        self._models.reach_replicas(self._route)
        self._plan = with_shared_models(with_guarded_setup(plan), self._models)
        self.runs = HostRuns(self._plan, timers, self._models, self._route)

    def open(self, tell: Callable[[str], object]) -> Self:
        """Build the models, and let the world module set itself up.

        Args:
            tell: Called with a line for each model.

        Raises:
            AgentError: A model cannot be built.
            ModelError: A model does not answer.
            WorldError: `module_initialize` fails.
        """
        if self._own_timers is not None:
            self._own_timers.start()
        self._models.start(tell)
        if self._plan.module_initialize is not None:
            self._plan.module_initialize(self._plan.opt, self.runs.authors)
        self._route.host_is_set_up()
        return self

    def close(self) -> None:
        """Stop everything. Calling it twice is harmless."""
        self.runs.close()
        self._models.close()
        if self._own_timers is not None:
            self._own_timers.close()
