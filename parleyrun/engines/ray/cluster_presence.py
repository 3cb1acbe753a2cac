"""Whether a Ray cluster is still there: Ray waits for a head that is gone, and then ends the process."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from .cluster_address import CLIENT

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
CONNECT_SECONDS = 2.0

OURS_GONE_AFTER = 2.0
"""A head that was started here never comes back: after so many seconds without an answer it is gone."""

GONE_AFTER = 15.0
"""Another one may be started again with all that it knew; but after a minute Ray ends this process."""


class ClusterPresence:
    """Looks after the head of a cluster, from the moment at which it was joined. Any thread.

    Args:
        answers: Says whether the head answers, and blocks for some seconds at most.
        where: What it is called in what is told of it.
        gone_after: After how many seconds without an answer it is gone.
    """

    def __init__(self, answers: Callable[[], bool], where: str, gone_after: float) -> None:
        self._answers = answers
        self._where = where
        self._gone_after = gone_after
        self._silent_since: float | None = None
        self._why_gone = ""
        self._gone = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="parleyrun-ray-head", daemon=True)

    def start(self) -> ClusterPresence:
        """Begin to look."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Look no more, as it is left: it counts as gone."""
        self._over.set()
        self._gone.set()

    def is_gone(self) -> bool:
        """Whether it is given up, with all that was on it. It stays so."""
        return self._gone.is_set()

    def give_up(self, why: str) -> None:
        """It is gone, as somebody else knows."""
        if not self._gone.is_set():
            self._why_gone = why
            self._gone.set()
            log.error("%s: all hosts are lost with it, and are started again once there is one", why)

    def trouble(self) -> str | None:
        """Say that it does not answer, or is gone; None while all is well."""
        if self._why_gone:
            return self._why_gone
        since = self._silent_since
        if since is None:
            return None
        return f"the head of the Ray cluster ({self._where}) has not answered for {time.monotonic() - since:.0f} s"

    def look(self) -> None:
        """Ask it once."""
        if self._answers():
            self._silent_since = None
            return
        now = time.monotonic()
        if self._silent_since is None:
            self._silent_since = now
        elif now - self._silent_since >= self._gone_after:
            self.give_up(str(self.trouble()))

    def _watch(self) -> None:
        while not self._over.wait(LOOK_SECONDS) and not self._gone.is_set():
            self.look()


def presence_of(ray: Any, address: str, *, is_ours: bool) -> ClusterPresence:
    """Return what looks after the cluster that was joined, started.

    Args:
        ray: The module; it has joined.
        address: Where the cluster is, as the config says.
        is_ours: Whether it was started here.
    """
    client = ray.util.client.ray
    if client.is_connected():
        # Ray tries to reach it again for half a minute, in which it says that it is connected.
        server = address.removeprefix(CLIENT)
        return ClusterPresence(lambda: client.is_connected() and _is_reached(server), address, GONE_AFTER).start()
    where = str(ray.get_runtime_context().gcs_address)
    gone_after = OURS_GONE_AFTER if is_ours else GONE_AFTER
    return ClusterPresence(lambda: _is_reached(where), where, gone_after).start()


def _is_reached(where: str) -> bool:
    host, _, port = where.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS).close()
    except OSError:
        return False
    return True
