"""The head of a Ray cluster, started by the command line, as people start theirs."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from ray_lab import wait_until
from raylets import MEMORY_BYTES, children, set_environment


class RayHead:
    """Started at once, on loopback; in this folder it says where it is."""

    def __init__(self, folder: Path) -> None:
        self._current = folder / "ray/ray_current_cluster"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._client_port = free.getsockname()[1]
        self._has_client = find_spec("grpc") is not None
        self.start()

    @property
    def addresses(self) -> list[str]:
        by_client = [f"ray://127.0.0.1:{self._client_port}"] if self._has_client else []
        return ["auto", self._current.read_text(), *by_client]

    def start(self) -> None:
        self._current.unlink(missing_ok=True)
        arguments = {
            "port": 0,
            **({"ray-client-server-port": self._client_port} if self._has_client else {}),
            "num-cpus": 2,
            "include-dashboard": False,
            "object-store-memory": MEMORY_BYTES,
            "node-ip-address": "127.0.0.1",
        }
        given = [f"--{name}={value}" for name, value in arguments.items()]
        program = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", *given]
        self._process = subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: self._current.exists() and self._current.read_text())
        if self._has_client:
            wait_until(lambda: is_open(self._client_port))

    def kill(self) -> None:
        """End it at once, with all that it has started."""
        for pid in (self._process.pid, *children(self._process.pid)):
            os.kill(pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """End it; it ends all that it has started."""
        self._process.terminate()
        self._process.wait()


@contextmanager
def started_head(monkeypatch: pytest.MonkeyPatch) -> Iterator[RayHead]:
    """Yield a head which those find who look for one on this machine."""
    folder = Path(tempfile.mkdtemp(prefix="prr-", dir="/tmp"))  # short, as sockets are in it
    (folder / "ray").mkdir()
    monkeypatch.setenv("RAY_TMPDIR", str(folder))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    set_environment()
    head = RayHead(folder)
    try:
        yield head
    finally:
        head.stop()
        shutil.rmtree(folder, ignore_errors=True)


def is_open(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0
