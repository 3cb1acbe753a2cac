"""The way to a host that is an actor."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import ray
from ray.exceptions import GetTimeoutError, OutOfMemoryError, RayError

from ..host_link import HostLost, HostOffer
from .report_flow import GIVE_SECONDS, TELL_AFTER

LOOK_SECONDS = 0.5
END_SECONDS = 2.0


class RayLink:
    """One host (`HostLink`).

    Args:
        offer: What it is called, and what it has.
        actor: The handle; the actor lives as long as it is kept.
        machine: Where it is.
        pid: Its process there.
        is_gone: Says whether the cluster is gone, which Ray itself would wait for.
    """

    def __init__(self, offer: HostOffer, actor: Any, machine: str, pid: int, is_gone: Callable[[], bool]) -> None:
        self.offer = offer
        self.pid = pid
        self._actor = actor
        self._machine = machine
        self._is_gone = is_gone
        self._ended = threading.Event()
        # A stream takes half of what it takes to ask for each batch, which is all that `ray://` can do.
        client: Any = ray.util.client.ray
        self._streams = not client.is_connected()
        self._stream: Any = None
        self._received = 0
        self._taken = 0  # of these, when the next one was asked for
        self._told = 0

    def send(self, batch: bytes) -> None:
        taken = self._told = self._taken
        with _losses():
            self._await(self._actor.take.remote(batch, taken))

    def receive(self) -> bytes:
        with _losses():
            reference = self._next_in_stream() if self._streams else self._actor.give.remote(GIVE_SECONDS)
            batch: bytes = self._await(reference)
            self._received += 1
            return batch

    def _next_in_stream(self) -> Any:
        """Return the reference of the next batch. Raises `HostLost` once the host was ended."""
        self._taken = self._received
        if self._taken - self._told >= TELL_AFTER:
            self._told = self._taken
            self._actor.taken.remote(self._taken)
        while self._is_there():
            if self._stream is None:
                self._stream = self._actor.stream.remote()
            if ray.wait([self._stream], timeout=LOOK_SECONDS)[0]:
                try:
                    return next(self._stream)
                except StopIteration:
                    self._stream = None
        raise HostLost("it was ended")

    def end(self) -> None:
        if self._ended.is_set():
            return
        self._ended.set()
        # Ray may wait for a cluster that is gone.
        ending = threading.Thread(target=self._kill, name=f"parleyrun-end-{self.offer.name}", daemon=True)
        ending.start()
        ending.join(END_SECONDS)

    def _kill(self) -> None:
        if not self._is_gone():
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

    def _is_there(self) -> bool:
        """Return False once the host was ended. Raises `HostLost` once the cluster is gone."""
        if self._ended.is_set():
            return False
        if self._is_gone():
            raise HostLost("the Ray cluster is gone")
        return True

    def _await(self, reference: Any) -> Any:
        while self._is_there():
            try:
                return ray.get(reference, timeout=LOOK_SECONDS)
            except GetTimeoutError:
                continue
        raise HostLost("it was ended")


@contextlib.contextmanager
def _losses() -> Iterator[None]:
    """Raise `HostLost` for what Ray makes of a host that is not there any more."""
    try:
        yield
    except OutOfMemoryError as error:
        raise HostLost("its process was ended as its machine was out of memory") from error
    except (RayError, ConnectionError) as error:  # the latter where the cluster is reached by ray://
        raise HostLost(_said_shortly(error)) from error


def _said_shortly(error: BaseException) -> str:
    """Return the first sentence of what Ray says, which is long."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__
