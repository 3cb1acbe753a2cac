"""The desk: the one thread on which people are moved from place to place."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from ..runner.queue_thread import QueueThread
from ..runner.runner import Runner

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
    def waiting(self) -> int:
        """About how many things wait to be done."""
        return self._jobs.waiting

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


def quiet_within(timeout_seconds: float, await_store: Callable[[float], bool], desk: Desk, runner: Runner) -> bool:
    """Wait until everything that was set in motion has come to rest. Real time; False if it took too long.

    Args:
        timeout_seconds: How long to wait at most.
        await_store: Waits for so long until all that was handed to the store is recorded; False if it took longer.
        desk: Where people are moved.
        runner: Executes the worlds.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        left_seconds = max(0.0, deadline - time.monotonic())
        before = (desk.done, runner.steps)
        # The runs first, too: one that is still at it hands something to the store behind the store's back.
        if (
            not runner.wait_quiet(left_seconds)
            or not await_store(left_seconds)
            or not desk.wait_idle(left_seconds)
            or not runner.wait_quiet(left_seconds)
        ):
            return False
        # Each wakes the others: only if nothing was done since the first look were all at rest together.
        if before == (desk.done, runner.steps):
            return True
        if not left_seconds:
            return False
