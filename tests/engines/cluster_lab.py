"""A rehearsal whose conversations are executed on hosts, all of them in this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from parleyrun.app.app import App
from parleyrun.app.hosting.engine_choice import HostsEngine
from parleyrun.app.hosting.host_stage import HostStage
from parleyrun.app.hosting.replica_stage import ReplicaStage
from parleyrun.app.planning import plan_of
from parleyrun.config.plan import Plan
from parleyrun.engines.host_link import HostOffer
from parleyrun.engines.hosts import Hosts
from parleyrun.engines.local_link import LocalLink, LocalSource
from parleyrun.engines.replicas.replicas import Replicas
from parleyrun.store.protocol import Store
from parleyrun.testing.rehearsal import DEFAULTS, Rehearsal

LOST_AFTER = 5.0


class HostsApp(App):
    """An app with hosts in this process, whatever its config says."""

    offers: Sequence[HostOffer] = (HostOffer(name="one"), HostOffer(name="two"))
    starts_again = False

    def _make_engine(self, store: Store) -> HostsEngine:
        plan, timers = self.plan_as_written, self.timers
        self.replica_sources = {
            name: LocalSource(
                [HostOffer(name=f"{name}-{number + 1}") for number in range(model.config.replicas)],
                partial(self._replica, name),
                starts_again=self.starts_again,
            )
            for name, model in plan.models.items()
            if model.config.replicas is not None
        }
        replicas = Replicas(self.replica_sources, timers, LOST_AFTER)

        def make() -> Any:
            return HostStage(plan, timers, replicas.facts).open(lambda line: None).runs

        self.source = LocalSource(self.offers, make, starts_again=self.starts_again)
        return HostsEngine(self.plan, store, self.source, LOST_AFTER, replicas)

    def _replica(self, model: str) -> Any:
        return ReplicaStage(self.plan_as_written, model, self.timers).open(lambda line: None).runs

    def __init__(self, plan: Plan, **given: Any) -> None:
        self.plan_as_written = plan
        super().__init__(plan, **given)


class ClusterRehearsal(Rehearsal):
    """Use it as a rehearsal; `host` is one of its hosts."""

    app_kind: type[HostsApp] = HostsApp

    def _new_app(self, plan: Plan, store: Store | Path | str | None) -> App:
        return self.app_kind(plan, store=store or ":memory:", channels=[self.channel], timers=self.timers)

    @property
    def source(self) -> LocalSource:
        assert isinstance(self.app, HostsApp)
        return self.app.source

    @property
    def hosts(self) -> Hosts:
        assert self.app._engine is not None
        return self.app._engine.hosts

    def host(self, name: str) -> LocalLink:
        return self.source.link(name)

    def replica(self, model: str, number: int = 1) -> LocalLink:
        """The replica of a model that was started last under that number."""
        assert isinstance(self.app, HostsApp)
        return self.app.replica_sources[model].link(f"{model}-{number}")

    def runs(self) -> dict[str, int]:
        """How many conversations are on which host."""
        return {figures.name: figures.runs for figures in self.hosts.figures()}

    def host_of_somebody(self) -> LocalLink:
        """The host that has a conversation; with several the first."""
        return self.host(next(name for name, runs in self.runs().items() if runs))


def on_hosts(
    config: Mapping[str, Any],
    worlds: Any,
    *,
    store: Path | str | None = None,
    hosts: Sequence[HostOffer] = (),
    starts_again: bool = False,
) -> ClusterRehearsal:
    """Return a rehearsal of a config on these hosts; by default there are two."""
    own = {**({"offers": tuple(hosts)} if hosts else {}), "starts_again": starts_again}
    kind = type("LabApp", (HostsApp,), own)
    lab = type("LabRehearsal", (ClusterRehearsal,), {"app_kind": kind})
    return lab(plan_of(config, worlds, defaults=DEFAULTS), store=store)
