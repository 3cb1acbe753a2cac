"""Hosts from a Ray cluster: how they are started, and what has to fit before one is taken."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...config.engine.engine_settings import HostGroup, RayConfig
from ...errors import EngineError
from ..host.host_fault import HostFault
from ..host.host_folder import HOSTS_PREFIX, remove_dead_folders
from ..host.host_setup import HostFacts, SetsUpHost, host_facts
from ..host_link import HostLink, HostOffer
from .cluster_presence import ClusterPresence
from .node_choice import SPREAD, NodeChoice
from .ray_cluster import RayCluster

ASK_SECONDS = 0.5
"""How often it is looked whether the cluster is still there, while somebody on it is waited for."""

START_SECONDS = 60.0
"""How long a host may take to be there."""

LOOK_SECONDS = 2.0
"""How often it is looked whether a node has joined, while none has room for a host."""

OPEN_SECONDS = 600.0
"""How long it may take to build the models and to let the world module set itself up."""

SKEW_SECONDS = 10.0
"""How far the clocks of two machines may be apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Started:
    """An actor that was asked for, and is not known to be there yet."""

    offer: HostOffer
    actor: Any
    facts: Any
    presence: ClusterPresence


@dataclass(frozen=True, slots=True, kw_only=True)
class _SettingUp:
    """An actor that is there, and builds its models; `fault` will say why it cannot."""

    started: _Started
    facts: HostFacts
    fault: Any


class RaySource:
    """Hosts that are actors, one a process (`HostSource`). One thread at a time, but for `again`.

    Args:
        config: How many there are to be, and of what.
        name: What is done on them, as the cluster is told.
        setup: Makes what each host is told at first.
        cluster: Where they are, together with others'; None for a cluster of their own.
        what: What they are called in what is told of them.
        leaves: Whether the cluster is left once these are closed.
    """

    def __init__(
        self,
        config: RayConfig,
        name: str,
        setup: Callable[[], SetsUpHost],
        cluster: RayCluster | None = None,
        what: str = "host",
        leaves: bool = True,
    ) -> None:
        self._config = config
        self._make_setup = setup
        self._what = what
        self._leaves = leaves
        self._cluster = RayCluster(config, f"parleyrun-{name}") if cluster is None else cluster
        self._nodes = NodeChoice()
        self._ray: Any = None
        self._setup = b""

    def open(self) -> Sequence[HostLink]:
        self._setup = _pickled(self._make_setup())
        self._ray = self._cluster.join()
        links: list[HostLink] = []
        try:
            self._check_resources()
            started = [self._begin(offer) for offer in _offers(self._config.all_groups)]
            for setting_up in [self._set_up(each) for each in started]:
                links.append(self._link(setting_up))  # noqa: PERF401 - of those that are there each is ended below
        except BaseException:
            for link in links:
                link.end()
            self.close()
            raise
        return links

    def again(self, offer: HostOffer) -> HostLink:
        try:
            presence = self._cluster.join_again(self._ray)
            started = self._begin_elsewhere(offer)
        except EngineError:
            raise
        except Exception as error:  # whatever Ray makes of a cluster that is not there
            _check(presence)
            raise EngineError(why_not(f"{self._what} {offer.name}", error)) from error
        return self._link(self._set_up(started))

    def _begin_elsewhere(self, offer: HostOffer) -> _Started:
        """Ask for another host, which is to be on a node that is known to be there, as soon as one has room."""
        until = time.monotonic() + START_SECONDS
        node = self._nodes.elsewhere(offer, self._ray.nodes())
        started = self._begin(offer, node)
        while node is None and time.monotonic() < until:
            if self._ray.wait([started.facts], timeout=LOOK_SECONDS)[0]:
                break
            _check(started.presence)
            node = self._nodes.elsewhere(offer, self._ray.nodes())
            if node is not None:  # the one that was asked for first goes with its handle
                started = self._begin(offer, node)
        return started

    def trouble(self) -> str | None:
        return self._cluster.trouble()

    def close(self) -> None:
        if self._leaves:
            self._cluster.leave()
        remove_dead_folders(HOSTS_PREFIX)

    def _check_resources(self) -> None:
        """Compare what is asked for with what there is: Ray itself would wait for ever."""
        wanted: dict[str, float] = {}
        for group in self._cluster.config.all_groups.values():
            for name, amount in {"CPU": group.cpus_per_host, **group.resources}.items():
                wanted[name] = wanted.get(name, 0.0) + amount * group.hosts
        there = self._ray.cluster_resources()
        for name, amount in wanted.items():
            if amount > there.get(name, 0.0):
                raise EngineError(
                    f"expected {amount:g} {name} in the Ray cluster for all hosts and replicas, got "
                    f"{there.get(name, 0.0):g}: ask for fewer, or for less on each, under engine.ray and models"
                )

    def _begin(self, offer: HostOffer, node: str | None = None) -> _Started:
        """Ask for an actor, on that node if it is there still."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        from .ray_host import RayHost  # once Ray is there

        resources = {name: amount for name, amount in offer.resources.items() if name != "GPU"}
        kind = self._ray.remote(concurrency_groups={"setup": 1, "orders": 1, "reports": 1})(RayHost)
        actor = kind.options(
            num_cpus=offer.cpus,
            num_gpus=offer.resources.get("GPU", 0),
            resources=resources,
            scheduling_strategy=SPREAD if node is None else NodeAffinitySchedulingStrategy(node, soft=True),
            max_restarts=0,
            max_task_retries=0,
        ).remote()
        return _Started(offer=offer, actor=actor, facts=actor.facts.remote(), presence=self._cluster.presence)

    def _set_up(self, started: _Started) -> _SettingUp:
        """Have a host set up, once it is there and fits; others are meanwhile."""
        offer, actor = started.offer, started.actor
        facts: HostFacts = self._ask(started, started.facts, START_SECONDS)
        asked_at = time.time()
        again: HostFacts = self._ask(started, actor.facts.remote(), START_SECONDS)
        check_facts(offer.name, facts, again.at - (asked_at + time.time()) / 2, self._ray.__version__)
        return _SettingUp(started=started, facts=facts, fault=actor.open.remote(self._setup))

    def _link(self, setting_up: _SettingUp) -> HostLink:
        offer, actor, facts = setting_up.started.offer, setting_up.started.actor, setting_up.facts
        fault: HostFault | None = self._ask(setting_up.started, setting_up.fault, OPEN_SECONDS)
        if fault is not None:
            said = f"{self._what} {offer.name} cannot be set up: {fault.message}"
            raise EngineError(said, fault.as_error(said))
        from .ray_link import RayLink  # once Ray is there

        where = f"{facts.machine}, process {facts.pid}"
        self._nodes.is_on(offer, facts.node)
        there = HostOffer(name=offer.name, cpus=offer.cpus, resources=offer.resources, where=where)
        return RayLink(there, actor, facts.machine, facts.pid, setting_up.started.presence.is_gone)

    def _ask(self, started: _Started, reference: Any, seconds: float) -> Any:
        until, name, presence = time.monotonic() + seconds, started.offer.name, started.presence
        try:
            while not self._ray.wait([reference], timeout=ASK_SECONDS)[0]:
                _check(presence)
                if time.monotonic() >= until:
                    raise EngineError(
                        f"{self._what} {name} was not there after {seconds:.0f} s: no node of the Ray cluster has "
                        "room for it, or its models take too long"
                    )
            return self._ray.get(reference)
        except EngineError:
            raise
        except Exception as error:  # whatever Ray makes of what went wrong there
            raise EngineError(why_not(f"{self._what} {name}", error)) from error


def _check(presence: ClusterPresence) -> None:
    """Raise `EngineError` if a cluster is gone, as Ray itself would wait for it."""
    if presence.is_gone():
        raise EngineError("the Ray cluster is gone")


def why_not(who: str, error: Exception) -> str:
    """Return the one line of what Ray says that tells why a host cannot be started."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = ("No module named", "details = ")  # the latter of a client server that is not there any more
    missing = next((line for line in lines if any(words in line for words in telling)), None)
    said = missing or (lines[0] if lines else type(error).__name__)
    return f"{who} cannot be started: {said[:300]}"


def _offers(groups: Mapping[str, HostGroup]) -> Iterator[HostOffer]:
    for name, group in groups.items():
        for number in range(1, group.hosts + 1):
            yield HostOffer(name=f"{name}-{number}", cpus=group.cpus_per_host, resources=group.resources)


def check_facts(name: str, facts: HostFacts, ahead_seconds: float, ray_version: str) -> None:
    """Refuse a host that is of another version, or whose clock is another one. Raises `EngineError`."""
    ours = host_facts(ray_version)
    for what, here, there in (
        ("parleyrun", ours.parleyrun, facts.parleyrun),
        ("Python", ours.python, facts.python),
        ("Ray", ours.engine, facts.engine),
    ):
        if here != there:
            raise EngineError(f"expected {what} {here} on host {name}, as here, got {there}")
    if abs(ahead_seconds) > SKEW_SECONDS:
        way = "ahead of" if ahead_seconds > 0 else "behind"
        raise EngineError(
            f"the clock of host {name} ({facts.machine}) is {abs(ahead_seconds):.0f} s {way} the one here, "
            f"expected {SKEW_SECONDS:.0f} s at most: have both set by the network (NTP)"
        )


def _pickled(setup: SetsUpHost) -> bytes:
    try:
        return pickle.dumps(setup, 5)
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        raise EngineError(f"what hosts are told at first cannot be pickled: {why}") from error
