"""A Ray cluster of several nodes on this machine: each has a raylet of its own, and can be killed or cut off."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
from pathlib import Path

MEMORY_BYTES = 80 * 2**20

ENVIRONMENT = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_AUTO_CONNECT": "0",
    "RAY_worker_niceness": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": "5e" * 32,
}
"""What Ray reads as it is imported."""


class Raylets:
    """Started at once, on loopback, with a head that takes no hosts and so many nodes besides.

    Args:
        nodes: How many nodes besides the head.
        cpus: How many processors each of them says it has.
    """

    def __init__(self, nodes: int, cpus: int = 1) -> None:
        set_environment()
        from ray.cluster_utils import Cluster

        self.folder = Path(tempfile.mkdtemp(prefix="prr-", dir="/tmp"))  # short, as sockets are in it
        os.environ["RAY_TMPDIR"] = str(self.folder)
        (self.folder / "ray").mkdir()
        head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": MEMORY_BYTES}
        self._cluster = Cluster(initialize_head=True, head_node_args=head)
        self._cpus = cpus
        for _ in range(nodes):
            self.join(waits=False)
        self._cluster.wait_for_nodes()

    @property
    def address(self) -> str:
        return str(self._cluster.address)

    def join(self, *, waits: bool = True) -> None:
        """Have another node join."""
        self._cluster.add_node(wait=waits, num_cpus=self._cpus, object_store_memory=MEMORY_BYTES)

    def kill(self, pid: int) -> None:
        """End the node of a host at once, the host with it."""
        _send_all(_node_of(pid), signal.SIGKILL)

    def cut_off(self, pid: int) -> None:
        """Have a host and all of its node hear and say nothing any more, as if the network to it were cut."""
        _send_all(_node_of(pid), signal.SIGSTOP)

    def connect(self, pid: int) -> None:
        """Have a node that was cut off be there again."""
        _send_all(_node_of(pid), signal.SIGCONT)

    def close(self) -> None:
        self._cluster.shutdown()
        os.environ.pop("RAY_TMPDIR", None)
        shutil.rmtree(self.folder, ignore_errors=True)


def set_environment() -> None:
    """Have Ray be on loopback only, and let in whoever has the token."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def _node_of(pid: int) -> list[int]:
    """Return a host's raylet and all that it has started; the host alone where its raylet has ended by itself.

    Whoever is the parent of such a host is none of ours to signal: it may be this very process.
    """
    try:
        raylet = parent(pid)
        is_raylet = Path(f"/proc/{raylet}/comm").read_text().strip() == "raylet"
    except OSError:
        return []
    return [raylet, *children(raylet)] if is_raylet else [pid]


def _send_all(pids: list[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def parent(pid: int) -> int:
    return int(_stat(pid)[1])


def children(pid: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if parent(int(folder.name)) == pid:
                found.append(int(folder.name))
    return found


def _stat(pid: int) -> list[str]:
    """Return what the kernel says of a process, behind its name."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
