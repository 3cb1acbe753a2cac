"""The way to a host that is an actor."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
from typing import Any

import ray
from ray.exceptions import GetTimeoutError, OutOfMemoryError, RayError

from ..host_link import HostLost, HostOffer

GIVE_SECONDS = 5.0
"""How long a host keeps a call waiting that fetches reports, while there are none."""

LOOK_SECONDS = 0.5
END_SECONDS = 2.0


class RayLink:
    """One host (`HostLink`).

    Args:
        offer: What it is called, and what it has.
        actor: The handle; the actor lives as long as it is kept.
        machine: Where it is.
        pid: Its process there.
    """

    def __init__(self, offer: HostOffer, actor: Any, machine: str, pid: int) -> None:
        self.offer = offer
        self.pid = pid
        self._actor = actor
        self._machine = machine
        self._ended = threading.Event()

    def send(self, batch: bytes) -> None:
        self._await(lambda: self._actor.take.remote(batch))

    def receive(self) -> bytes:
        batch: bytes = self._await(lambda: self._actor.give.remote(GIVE_SECONDS))
        return batch

    def end(self) -> None:
        if self._ended.is_set():
            return
        self._ended.set()
        # Ray may wait for a cluster that is gone.
        ending = threading.Thread(target=self._kill, name=f"parleyrun-end-{self.offer.name}", daemon=True)
        ending.start()
        ending.join(END_SECONDS)

    def _kill(self) -> None:
        with contextlib.suppress(RayError, RuntimeError, ValueError, ConnectionError):
            ray.kill(self._actor)
        if self._machine != socket.gethostname():
            return
        until = time.monotonic() + LOOK_SECONDS
        with contextlib.suppress(ProcessLookupError, PermissionError):
            while time.monotonic() < until:
                os.kill(self.pid, 0)
                time.sleep(LOOK_SECONDS / 10)
            os.kill(self.pid, signal.SIGKILL)  # one that is stopped outlives what Ray does to it

    def _await(self, call: Any) -> Any:
        try:
            reference = call()
            while not self._ended.is_set():
                try:
                    return ray.get(reference, timeout=LOOK_SECONDS)
                except GetTimeoutError:
                    continue
        except OutOfMemoryError as error:
            raise HostLost("its process was ended as its machine was out of memory") from error
        except (RayError, ConnectionError) as error:  # the latter where the cluster is reached by ray://
            raise HostLost(_said_shortly(error)) from error
        raise HostLost("it was ended")


def _said_shortly(error: BaseException) -> str:
    """Return the first sentence of what Ray says, which is long."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__
