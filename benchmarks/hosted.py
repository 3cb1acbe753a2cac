"""A server whose conversations are on hosts of its own, and what each part of it uses."""

from __future__ import annotations

import importlib.util
import json
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from processes import PROJECT, Failed, Server, cpu_of

ENVIRONMENT = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "PYTHONPATH": str(PROJECT)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Seconds of processors that the coordinator, all its hosts, and Ray's own processes have used."""

    coordinator: float
    hosts: float
    ray: float

    def since(self, before: Used) -> Used:
        return Used(
            coordinator=self.coordinator - before.coordinator,
            hosts=self.hosts - before.hosts,
            ray=self.ray - before.ray,
        )


class HostedServer(Server):
    """`parleyrun serve` with a cluster of its own on this machine. Raises `Failed` where Ray is not installed."""

    def __init__(self, config: Path, store: Path | str) -> None:
        if importlib.util.find_spec("ray") is None:
            raise Failed("Ray is not installed: pip install -e '.[ray]'")
        options = ("--port", "0", "--store", str(store), "--grace", "0")
        super().__init__("-m", "parleyrun", "serve", str(config), *options, environment=ENVIRONMENT)

    def hosts(self) -> dict[str, int]:
        """Return the names of its hosts, and their processes."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz") as answer:
            hosts = json.load(answer).get("hosts", [])
        return {host["name"]: int(host["where"].rpartition(" ")[2]) for host in hosts}

    def used(self, hosts: Iterable[int]) -> Used:
        """Return what was used so far, with these processes being the hosts. Ended processes count for nothing."""
        hosts = set(hosts)
        others = family(self.pid) - hosts - {self.pid}
        return Used(coordinator=self.cpu_seconds(), hosts=cpu_seconds(hosts), ray=cpu_seconds(others))


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the user and system time of these processes, as far as they are there."""
    return sum(cpu_of(stat) for pid in pids if (stat := _stat(pid)) is not None)


def family(pid: int) -> set[int]:
    """Return a process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        stat = _stat(int(folder.name))
        if stat is not None:
            children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(folder.name))
    found, left = set(), [pid]
    while left:
        one = left.pop()
        found.add(one)
        left += children.get(one, [])
    return found


def _stat(pid: int) -> str | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text()
    except OSError:  # it has ended
        return None
