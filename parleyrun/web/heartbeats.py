"""Heartbeats: the open sockets are looked at again and again, whether anybody is still there."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

log = logging.getLogger(__name__)

PARTS = 10
"""In how many parts the sockets are looked at, one after the other, so that nobody waits for all of them."""


class Beating(Protocol):
    """Somebody at a socket."""

    def beat(self) -> None:
        """Look whether anybody is there."""


class Heartbeats:
    """Has each socket looked at once in a while, by one timer for all. On the loop.

    Args:
        every_seconds: How often each is looked at.
    """

    def __init__(self, every_seconds: float) -> None:
        self._pause_seconds = every_seconds / PARTS
        self._parts: list[set[Beating]] = [set() for _ in range(PARTS)]
        self._turn = 0
        self._next: asyncio.TimerHandle | None = None

    def begin(self, peer: Beating) -> None:
        """Have this one looked at from now on."""
        min(self._parts, key=len).add(peer)
        if self._next is None:
            self._set_next()

    def end(self, peer: Beating) -> None:
        """It is closed. Calling it twice is harmless."""
        for part in self._parts:
            part.discard(peer)

    def _set_next(self) -> None:
        self._next = asyncio.get_running_loop().call_later(self._pause_seconds, self._look)

    def _look(self) -> None:
        self._turn = (self._turn + 1) % PARTS
        for peer in list(self._parts[self._turn]):
            try:
                peer.beat()
            except Exception:  # the others are looked at all the same
                log.exception("a socket could not be looked at")
        self._next = None
        if any(self._parts):
            self._set_next()
