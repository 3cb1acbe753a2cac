"""The thread that tells of what is on record while the writer records what comes next."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

Telling = Callable[[], None]


class Herald:
    """Takes tellings in order from one thread, the writer's, and does them one after the other on its own."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[Telling | None] = SimpleQueue()
        # Each is written by one thread only, so that neither needs a lock.
        self._taken = 0
        self._told = 0
        self._thread = threading.Thread(target=self._loop, name="parleyrun-herald", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """True once everything is told: whatever the writer tells itself then comes in order."""
        return self._taken == self._told

    def take(self, telling: Telling) -> None:
        """Have this told, after all that was taken before. It must not raise."""
        self._taken += 1
        self._waiting.put(telling)

    def close(self) -> None:
        """Return once everything is told."""
        self._waiting.put(None)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def _loop(self) -> None:
        while (telling := self._waiting.get()) is not None:
            telling()
            self._told += 1
