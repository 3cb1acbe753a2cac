"""Thoughts: what the models of runs do on threads of their own, while their runs hold no slot."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from ...core.thinking import CallLater, Thinking
from ..thread_workers import Workers


class Thoughts:
    """Any thread.

    Args:
        workers: Whose threads they are done on.
        on_rest: Called whenever nobody thinks any more.
    """

    def __init__(self, workers: Workers, on_rest: Callable[[], None]) -> None:
        self._workers = workers
        self._on_rest = on_rest
        self._lock = threading.Lock()  # guards the number
        self._busy = 0

    @property
    def busy(self) -> int:
        """How many are being thought, those left out that only wait for a time to come."""
        return self._busy

    def begin(self, work: Callable[[Thinking], Any], done: Callable[[Thought], None]) -> Thought:
        """Have work done; `done` is called on its thread once there is a result."""
        thought = Thought(self._change)
        self._change(1)
        self._workers.run(lambda: thought.do(work, done))
        return thought

    def close(self) -> None:
        """Begin none any more. Those under way are not waited for."""
        self._workers.close()

    def _change(self, by: int) -> None:
        with self._lock:
            self._busy += by
            rests = not self._busy
        if rests:
            self._on_rest()


class Thought:
    """One piece of work (`core.thinking.Thinking`)."""

    __slots__ = ("_abandoned", "_change", "_error", "_lock", "_result", "_wake", "is_done")

    def __init__(self, change: Callable[[int], None]) -> None:
        self._change = change
        self._lock = threading.Lock()  # guards the two below
        self._abandoned = False
        self._wake: _Once | None = None
        self._result: Any = None
        self._error: BaseException | None = None
        self.is_done = False

    def is_over(self) -> bool:
        return self._abandoned

    def wait(self, seconds: float, call_later: CallLater) -> None:
        # It is at rest until the very moment in which its time has come, and busy again from then on.
        with self._lock:
            if self._abandoned:
                return
            wake = self._wake = _Once(partial(self._change, 1))
        # In this order: whoever finds that all rests can move the time on, and must find what waits for it.
        call_later(seconds, wake)
        self._change(-1)
        wake.called.wait()

    def abandon(self) -> None:
        """Nobody waits for it any more."""
        with self._lock:
            self._abandoned = True
            wake = self._wake
        if wake is not None:
            wake()

    def do(self, work: Callable[[Thinking], Any], done: Callable[[Thought], None]) -> None:
        """On the thread that it is done on."""
        try:
            self._result = work(self)
        except BaseException as error:  # raised again where it is waited for
            self._error = error
        self.is_done = True
        try:
            done(self)
        finally:
            # After whoever waits was woken, so that there is no moment in which nothing seems to go on.
            self._change(-1)

    def result(self) -> Any:
        """Return what came of it, or raise what it raised."""
        if self._error is not None:
            raise self._error
        return self._result


class _Once:
    """Does something the first time it is called. Any thread."""

    __slots__ = ("_lock", "_work", "called")

    def __init__(self, work: Callable[[], None]) -> None:
        self._lock = threading.Lock()  # guards the work
        self._work: Callable[[], None] | None = work
        self.called = threading.Event()

    def __call__(self) -> None:
        with self._lock:
            work, self._work = self._work, None
        if work is not None:
            work()
            self.called.set()
