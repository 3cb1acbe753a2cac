"""`python -m soak.doomed STEPS serve …`: a parleyrun that kills itself, -9, at that step of recording.

A step is a statement that is about to be executed, or a callback that is about to be called or was just called:
so it dies between any two things that it does, which a clock would hit only by luck.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from itertools import count
from typing import Any

from parleyrun.cli import main
from parleyrun.events import Inbound, Receipt
from parleyrun.runner.turn import Turn
from parleyrun.store.protocol import Move, Publish
from parleyrun.store.sqlite import sqlite_store as sqlite
from parleyrun.store.sqlite.sqlite_store import SqliteStore

LINGER_SECONDS = 0.05


class Doom:
    """Counts steps, on any thread, and ends the process at the last one.

    Every other time the thread that records stands still for a moment first, while all others go on: what was let
    out too early is then seen by people, and lost.
    """

    def __init__(self, steps: int) -> None:
        self._last = steps
        self._lingers = steps % 2 == 0
        self._steps = count(1)
        self._lock = threading.Lock()

    def step(self, _: str = "") -> None:
        with self._lock:
            if next(self._steps) >= self._last:
                if self._lingers:
                    time.sleep(LINGER_SECONDS)
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, callback: Callable[..., None]) -> Callable[..., None]:
        def stepping(*args: Any) -> None:
            self.step()
            callback(*args)
            self.step()

        return stepping


def doomed_store(doom: Doom) -> type[SqliteStore]:
    """Return the durable store, with a step at each statement and around each callback."""

    class DoomedStore(SqliteStore):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options, fault=doom.step)

        def journal(self, inbound: Inbound, then: Callable[[Receipt], None]) -> None:
            super().journal(inbound, doom.around(then))

        def commit(self, turn: Turn, publish: Publish) -> None:
            super().commit(turn, doom.around(publish))

        def move(self, move: Move, publish: Publish) -> None:
            super().move(move, doom.around(publish))

    return DoomedStore


if __name__ == "__main__":
    steps = int(sys.argv.pop(1))
    sqlite.SqliteStore = doomed_store(Doom(steps))  # type: ignore[misc]  # the whole point of this file
    main()
