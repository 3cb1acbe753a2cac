"""Where conversations are executed, if not on threads of this process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...core.message import FrozenDict


@dataclass(frozen=True, slots=True, kw_only=True)
class HostGroup:
    """Hosts that have the same. `hosts` is how many; each of them takes `cpus_per_host` and `resources`."""

    hosts: int = 1
    cpus_per_host: float = 1.0
    resources: Mapping[str, float] = field(default_factory=FrozenDict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RayConfig:
    """Conversations are executed on hosts of a Ray cluster.

    Attributes:
        address: `local` starts a cluster on this machine for as long as the service runs; `auto` takes the one
            that runs here, and `ray://HOST:PORT` one elsewhere.
        hosts: How many hosts there are.
        cpus_per_host: How many of the cluster's processors each of them takes.
        resources: What else of the cluster each of them takes, by name, such as `GPU`.
        groups: Hosts that have something else, by a name for each such group; these are besides `hosts`.
        runtime_env: What Ray is told of the environment of hosts, as it is.
        files: Files that worlds read, beside the config, which hosts are to have as well.
        lost_after: After how many seconds without an answer a host's conversations go on elsewhere.
    """

    address: str = "local"
    hosts: int = 2
    cpus_per_host: float = 1.0
    resources: Mapping[str, float] = field(default_factory=FrozenDict)
    groups: Mapping[str, HostGroup] = field(default_factory=FrozenDict)
    runtime_env: Mapping[str, Any] = field(default_factory=FrozenDict, repr=False)
    files: tuple[str, ...] = ()
    lost_after: float = 5.0

    @property
    def all_groups(self) -> Mapping[str, HostGroup]:
        """All hosts that there are to be, by the name that the names of each group's hosts begin with."""
        plain = HostGroup(hosts=self.hosts, cpus_per_host=self.cpus_per_host, resources=self.resources)
        return {**({"host": plain} if self.hosts else {}), **self.groups}
