"""The desk: the one thread on which people are moved from place to place."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

log = logging.getLogger(__name__)


class Desk:
    """Runs what is put on it, one thing after the other, in order.

    Sessions and pools are touched here only, so they need no locks. Nothing that may take long, and no author
    code, belongs here. `after_each()` is called after each, whether it failed or not.
    """

    def __init__(self, after_each: Callable[[], None] = lambda: None) -> None:
        self._after_each = after_each
        self._queue: SimpleQueue[tuple[Callable[..., None], tuple[Any, ...]] | None] = SimpleQueue()
        self._lock = threading.Lock()  # guards _open, _taken and _closed, and with them what "idle" means
        self._idle = threading.Condition(self._lock)
        self._open = 0
        self._taken = 0
        self._closed = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._loop, name="parleyrun-desk", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Work off what was put here so far, then stop; what is put here later is not done."""
        with self._lock:
            self._closed = True
        if self._thread is not None:
            self._queue.put(None)
            if self._thread is not threading.current_thread():
                self._thread.join()

    def put(self, work: Callable[..., None], *args: Any) -> None:
        """Have `work(*args)` done. Any thread; returns at once."""
        with self._lock:
            if self._closed:
                return
            self._open += 1
            self._taken += 1
            # Under the lock, so that nothing can be queued behind the None that ends the loop.
            self._queue.put((work, args))

    @property
    def started(self) -> bool:
        return self._thread is not None

    @property
    def taken(self) -> int:
        """How many things were put here so far: unchanged and idle means that nothing happened in between."""
        return self._taken

    def wait_idle(self, timeout_seconds: float | None = None) -> bool:
        """Wait until nothing is left to do. False if that took too long (real time)."""
        with self._idle:
            return self._idle.wait_for(lambda: self._open == 0, timeout_seconds)

    def _loop(self) -> None:
        while (item := self._queue.get()) is not None:
            work, args = item
            try:
                work(*args)
            except Exception:
                log.exception("the desk could not finish %s", getattr(work, "__qualname__", work))
            try:
                self._after_each()
            except Exception:
                log.exception("the desk could not record what it did")
            with self._lock:
                self._open -= 1
                if self._open == 0:
                    self._idle.notify_all()
