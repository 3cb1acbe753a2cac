"""The desk: the one thread on which people are moved from place to place."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from ..runner.queue_thread import QueueThread

log = logging.getLogger(__name__)

_Job = tuple[Callable[..., None], tuple[Any, ...]]


class Desk:
    """Does what is put on it, one thing after the other, in order.

    Sessions and pools are touched here only, so they need no locks. Nothing that may take long, and no author
    code, belongs here. `after_each()` is called after each, whether it failed or not.
    """

    def __init__(self, after_each: Callable[[], None] = lambda: None) -> None:
        self._after_each = after_each
        self._jobs: QueueThread[_Job] = QueueThread("parleyrun-desk", self._do)

    def start(self) -> None:
        self._jobs.start()

    def close(self) -> None:
        """Work off what was put here so far, then stop; what is put here later is not done."""
        self._jobs.close()

    def put(self, work: Callable[..., None], *args: Any) -> None:
        """Have `work(*args)` done. Any thread; returns at once."""
        self._jobs.put((work, args))

    @property
    def started(self) -> bool:
        return self._jobs.started

    @property
    def done(self) -> int:
        """How many things were done so far: unchanged and idle means that nothing happened in between."""
        return self._jobs.handled

    def wait_idle(self, timeout_seconds: float | None = None) -> bool:
        """Wait until nothing is left to do. False if that took too long (real time)."""
        return self._jobs.wait_idle(timeout_seconds)

    def _do(self, jobs: list[_Job]) -> None:
        for work, args in jobs:
            try:
                work(*args)
            except Exception:
                log.exception("the desk could not finish %s", getattr(work, "__qualname__", work))
            try:
                self._after_each()
            except Exception:
                log.exception("the desk could not record what it did")
