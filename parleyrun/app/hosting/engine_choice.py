"""Which engine a config asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from ...config.engine.engine_settings import HostGroup
from ...config.plan import Plan
from ...engines.cluster_runner import ClusterRunner
from ...engines.host.host_setup import HostSetup
from ...engines.host_link import HostSource, RecordAccess
from ...engines.hosts import Hosts
from ...engines.replicas.replicas import Replicas
from ...runner.runner import RunnerMaker
from ...runner.timers import Timers
from ...store.protocol import Move, Store


class HostsEngine:
    """Has conversations executed on hosts.

    Args:
        plan: The study.
        store: Its record.
        source: Where the hosts come from.
        lost_after: After how many seconds without an answer a host's conversations go on elsewhere.
        replicas: The models that live on the cluster, too.
    """

    def __init__(
        self, plan: Plan, store: Store, source: HostSource, lost_after: float, replicas: Replicas
    ) -> None:
        def moved(uid: str, epoch: int) -> None:
            store.move(Move(moved_runs=((uid, epoch),)), lambda line: None)

        needs = {key: task.resources for key, task in plan.config.tasks.items()}
        self.hosts = Hosts(source, RecordAccess(moved=moved, after=store.after), needs, lost_after, replicas)
        self.make_runner: RunnerMaker = partial(ClusterRunner, self.hosts)

    @property
    def replicas(self) -> Replicas:
        """The models that live on the cluster. They are there before the hosts are, which are told of them."""
        return self.hosts.replicas

    def start(self) -> None:
        """Start the hosts. Raises `EngineError`."""
        self.hosts.start()

    def close(self) -> None:
        """End the hosts. Calling it twice is harmless."""
        self.hosts.close()


def make_engine(plan: Plan, store: Store, timers: Timers) -> HostsEngine | None:
    """Return the engine that a config asks for; None where this process does everything itself.

    Args:
        plan: The study.
        store: Its record.
        timers: The clock.

    Raises:
        MissingExtra: Ray is not installed.
    """
    ray = plan.config.engine
    if ray is None:
        return None
    from ...engines.ray.ray_cluster import RayCluster  # only where a config asks for it
    from ...engines.ray.ray_source import RaySource
    from ...engines.ray.study_files import study_files
    from .host_stage import HostStage
    from .replica_stage import ReplicaStage

    def setup(make: Callable[[Plan], Any]) -> HostSetup:
        study = study_files(plan)
        return HostSetup(config=study.config, files=study.files, make=make)

    name = plan.config.task_name
    groups = _replica_groups(plan)
    cluster = RayCluster(replace(ray, groups={**ray.groups, **groups}), f"parleyrun-{name}")
    sources = {
        model: RaySource(
            replace(ray, hosts=0, groups={model: group}),
            name,
            partial(setup, partial(ReplicaStage, model=model)),
            cluster,
            "replica",
            leaves=False,
        )
        for model, group in groups.items()
    }
    replicas = Replicas(sources, timers, ray.lost_after)
    hosts = RaySource(ray, name, lambda: setup(partial(HostStage, replicas=replicas.facts)), cluster)
    return HostsEngine(plan, store, hosts, ray.lost_after, replicas)


def _replica_groups(plan: Plan) -> Mapping[str, HostGroup]:
    """Return what the replicas of each model take of the cluster, by the model's name."""
    return {
        name: HostGroup(
            hosts=model.config.replicas,
            cpus_per_host=model.config.cpus_per_replica,
            resources=model.config.resources,
        )
        for name, model in plan.models.items()
        if model.config.replicas is not None
    }
