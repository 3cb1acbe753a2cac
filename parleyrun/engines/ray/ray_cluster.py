"""Joining a Ray cluster, or starting one on this machine."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from ...config.engine.engine_settings import RayConfig
from ...errors import EngineError, MissingExtra
from ..host.host_folder import make_own_folder
from .cluster_address import CLIENT, check_address, port_hint
from .cluster_presence import ClusterPresence, presence_of
from .ray_lines import send_to_log

log = logging.getLogger(__name__)

JOIN_SECONDS = 90.0
"""How long it may take to join a cluster that is there, with the folders that `runtime_env` has it take along."""

LEAVE_SECONDS = 15.0

SETTLE_SECONDS = 1.5
"""So long after a cluster is gone nobody waits in Ray for an answer any more."""

FOLDERS_PREFIX = "parleyrun-ray-"
"""What the folders of clusters are called that were started here."""

_ALWAYS: Mapping[str, str] = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # Whoever still starts a host while all closes would else have Ray join the cluster once more, by itself.
    "RAY_ENABLE_AUTO_CONNECT": "0",
    # Workers would run at nice 15 otherwise, and starve beside a busy coordinator.
    "RAY_worker_niceness": "0",
}
_LOCAL: Mapping[str, str] = {
    # All on loopback: without it Ray listens on every interface.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_AUTH_MODE": "token",
}
_LOCAL_SETTINGS: Mapping[str, Any] = {
    # An order or a report larger than 100 kB would go through shared memory, which takes ten times as long.
    "max_direct_call_object_size": 5_242_880,
}


class RayCluster:
    """The cluster that a config names. Any thread.

    Args:
        config: What stands under `engine.ray`, with all that is to be there.
        namespace: What is ours in it.
    """

    def __init__(self, config: RayConfig, namespace: str) -> None:
        self.config = config
        """What is to be there."""
        self._lock = threading.Lock()  # has one after the other join, and leave
        self._namespace = namespace
        self._folder: str | None = None
        self._thread: threading.Thread | None = None
        self._leaving = threading.Event()
        self._presence: ClusterPresence | None = None
        self._left = threading.Event()

    def join(self) -> Any:
        """Join it, or start it, and return the module `ray`. In a process that has joined one, that one counts.

        Raises:
            EngineError: It cannot be reached, or is of another version.
            MissingExtra: Ray is not installed.
        """
        self._set_environment()
        try:
            import ray
        except ModuleNotFoundError as error:
            if error.name != "ray":
                raise
            raise MissingExtra("engine: ray", "ray") from None
        send_to_log(ray, by_client=self.config.address.startswith(CLIENT))
        with self._lock:
            if not ray.is_initialized():
                check_address(self.config.address)
                self._initialise(ray)
            if self._presence is None:
                self._presence = presence_of(ray, self.config.address, is_ours=self._folder is not None)
        return ray

    def join_again(self, ray: Any) -> ClusterPresence:
        """Join it anew, or start another one, if the one that was joined is gone. Blocks for some seconds then.

        Args:
            ray: The module.

        Returns:
            What looks after the cluster that is joined now.

        Raises:
            EngineError: There is none, or none yet: it may be tried again.
        """
        with self._lock:
            presence = self._presence
            if presence is None or self._left.is_set():
                raise EngineError("the Ray cluster was left")
            if not presence.is_gone():
                presence.look()
                if (trouble := presence.trouble()) is not None:  # Ray itself would wait for it
                    raise EngineError(trouble)
                if not _is_on_a_node(ray):
                    presence.give_up("the node of the Ray cluster that this process is on is gone")
            if presence.is_gone():
                time.sleep(SETTLE_SECONDS)  # until nobody asks Ray any more
                self._let_go()
                check_address(self.config.address)
                self._initialise(ray)
                if self._left.is_set():  # meanwhile
                    self._let_go()
                    raise EngineError("the Ray cluster was left")
                presence = self._presence = presence_of(ray, self.config.address, is_ours=self._folder is not None)
                log.warning("there is a Ray cluster again: hosts are started on it")
        return presence

    @property
    def presence(self) -> ClusterPresence:
        """What looks after the cluster that was joined. Raises `EngineError` if there is none."""
        if self._presence is None:
            raise EngineError("the Ray cluster was not joined")
        return self._presence

    def trouble(self) -> str | None:
        """Say that the cluster does not answer, or is gone; None while all is well."""
        return None if self._presence is None or self._left.is_set() else self._presence.trouble()

    def leave(self) -> None:
        """Leave it; one that was started here ends. Calling it twice is harmless."""
        self._left.set()
        if self._presence is not None:
            self._presence.stop()
        self._let_go()

    def _let_go(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            self._leaving.set()
            thread.join(LEAVE_SECONDS)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _set_environment(self) -> None:
        wanted = {**_ALWAYS, **(_LOCAL if self.config.address == "local" else {})}
        for name, value in wanted.items():
            os.environ.setdefault(name, value)
        if os.environ.get("RAY_AUTH_MODE") == "token" and self.config.address == "local":
            os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))

    def _initialise(self, ray: Any) -> None:
        """Have a thread of its own join, and stay.

        On the main thread Ray would take our place with SIGTERM; and what it starts ends with the thread that has
        started it.
        """
        joined: Future[None] = Future()
        self._leaving = threading.Event()
        self._thread = threading.Thread(
            target=self._stay, args=(ray, joined, self._leaving), name="parleyrun-ray", daemon=True
        )
        self._thread.start()
        address = self.config.address
        try:
            joined.result(None if address == "local" else JOIN_SECONDS)
        except BaseException as error:
            if joined.done() or address == "local":  # or it is in Ray's hands, and cannot be called back
                self._let_go()
            raise EngineError(explained(error, address)) from error

    def _stay(self, ray: Any, joined: Future[None], leaving: threading.Event) -> None:
        try:
            initialise(ray, self._arguments())
        except BaseException as error:  # raised where it is waited for
            joined.set_exception(error)
        else:
            joined.set_result(None)
        leaving.wait()
        with contextlib.suppress(Exception):  # whatever is left of it
            ray.shutdown()

    def _arguments(self) -> dict[str, Any]:
        config = self.config
        arguments: dict[str, Any] = {
            "namespace": self._namespace,
            "log_to_driver": False,
            "logging_level": logging.WARNING,
            "runtime_env": _plain(config.runtime_env) or None,
        }
        if config.address != "local":
            return {**arguments, "address": config.address}
        arguments["address"] = "local"  # whatever stands in RAY_ADDRESS
        # A short path, as sockets are in it.
        self._folder = str(make_own_folder(FOLDERS_PREFIX, "/tmp" if os.path.isdir("/tmp") else None))  # noqa: S108
        groups = config.all_groups.values()
        names = {name for group in groups for name in group.resources}
        offered = {name: sum(group.hosts * group.resources.get(name, 0) for group in groups) for name in names}
        gpus = offered.pop("GPU", None)
        return {
            **arguments,
            # What Ray counts are promises: here the config says how many hosts this machine is to bear.
            "num_cpus": max(1, round(sum(group.hosts * group.cpus_per_host for group in groups) + 0.5)),
            **({} if gpus is None else {"num_gpus": gpus}),
            "resources": offered,
            "include_dashboard": False,
            "_temp_dir": self._folder,
            "_system_config": dict(_LOCAL_SETTINGS),
        }


def initialise(ray: Any, arguments: Mapping[str, Any]) -> None:
    """Have Ray join with these arguments. Raises what Ray does.

    A client server whose own process for us ended before it was up is asked once more: on a busy machine that may
    happen.
    """
    try:
        ray.init(**arguments)
    except ConnectionAbortedError as error:
        log.info("the client server of the Ray cluster is asked once more: %s", str(error).rpartition("\n")[2])
        ray.init(**arguments)


def _plain(value: Any) -> Any:
    """Return what a config holds as plain values, as Ray takes no others."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _is_on_a_node(ray: Any) -> bool:
    """Whether the node by which this process is in the cluster is known to be there; by a client server it is."""
    if ray.util.client.ray.is_connected():
        return True
    own = ray.get_runtime_context().get_node_id()
    return any(node["NodeID"] == own and node["Alive"] for node in ray.nodes())


def explained(error: BaseException, address: str) -> str:
    """Return why a cluster cannot be joined, in one sentence."""
    text = " ".join(str(error).split())
    if "ersion mismatch" in text:
        return f"expected a Ray cluster of this version at {address}: {text[:300]}"
    if isinstance(error, ConnectionError) and address == "auto":
        return "expected a Ray cluster that runs on this machine, got none: start one, or say address: local"
    if isinstance(error, TimeoutError) and not text:
        return f"the Ray cluster {address} did not let us in for {JOIN_SECONDS:.0f} s: {port_hint(address)}"
    if isinstance(error, ConnectionError):
        return (
            f"the Ray cluster {address} cannot be joined, though somebody answers there: {port_hint(address)}, "
            f"and its token in RAY_AUTH_TOKEN ({text[:200]})"
        )
    return f"the Ray cluster {address} cannot be joined: {type(error).__name__}: {text[:300]}"
