"""Outgoing: the way from any thread onto the server's loop."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from typing import Protocol

log = logging.getLogger(__name__)


class Flushed(Protocol):
    """Something that has to go out."""

    def flush(self) -> None:
        """On the loop: send what waits."""


class Outgoing:
    """Brings what other threads want to send onto the loop, with one wake-up for all that waits."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loop_thread = 0
        self._waiting: deque[Flushed] = deque()
        self._woken = False

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Bring everything onto this loop, on whose thread this is called."""
        self._loop_thread = threading.get_ident()
        self._loop = loop

    def detach(self) -> None:
        """The loop is about to close: what comes from now on cannot be sent any more."""
        self._loop = None

    def add(self, item: Flushed) -> None:
        """Have an item flushed soon. Any thread."""
        # No lock: deque.append is atomic, and _flush clears the flag before it looks at what waits, so whoever
        # finds the flag set has appended before that look.
        self._waiting.append(item)
        if self._woken:
            return
        loop = self._loop
        if loop is None:
            return
        self._woken = True
        if threading.get_ident() == self._loop_thread:
            loop.call_soon(self._flush)  # awake as it is, the loop need not be woken
            return
        try:
            loop.call_soon_threadsafe(self._flush)
        except RuntimeError:
            log.debug("the server's loop has closed; nothing more is sent")

    def _flush(self) -> None:
        self._woken = False
        while self._waiting:
            self._waiting.popleft().flush()
