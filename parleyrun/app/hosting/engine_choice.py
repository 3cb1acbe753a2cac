"""Which engine a config asks for."""

from __future__ import annotations

from functools import partial

from ...config.plan import Plan
from ...engines.cluster_runner import ClusterRunner
from ...engines.host.host_setup import HostSetup
from ...engines.host_link import HostSource, RecordAccess
from ...engines.hosts import Hosts
from ...runner.runner import RunnerMaker
from ...store.protocol import Move, Store


class HostsEngine:
    """Has conversations executed on hosts.

    Args:
        plan: The study.
        store: Its record.
        source: Where the hosts come from.
        lost_after: After how many seconds without an answer a host's conversations go on elsewhere.
    """

    def __init__(self, plan: Plan, store: Store, source: HostSource, lost_after: float) -> None:
        def moved(uid: str, epoch: int) -> None:
            store.move(Move(moved_runs=((uid, epoch),)), lambda line: None)

        needs = {key: task.resources for key, task in plan.config.tasks.items()}
        self.hosts = Hosts(source, RecordAccess(moved=moved, after=store.after), needs, lost_after)
        self.make_runner: RunnerMaker = partial(ClusterRunner, self.hosts)

    def start(self) -> None:
        """Start the hosts. Raises `EngineError`."""
        self.hosts.start()

    def close(self) -> None:
        """End the hosts. Calling it twice is harmless."""
        self.hosts.close()


def make_engine(plan: Plan, store: Store) -> HostsEngine | None:
    """Return the engine that a config asks for; None where this process does everything itself.

    Raises:
        MissingExtra: Ray is not installed.
    """
    ray = plan.config.engine
    if ray is None:
        return None
    from ...engines.ray.ray_source import RaySource  # only where a config asks for it
    from ...engines.ray.study_files import study_files
    from .host_stage import HostStage

    def setup() -> HostSetup:
        study = study_files(plan)
        return HostSetup(config=study.config, files=study.files, make=HostStage)

    return HostsEngine(plan, store, RaySource(ray, plan.config.task_name, setup), ray.lost_after)
