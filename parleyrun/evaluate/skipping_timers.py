"""Time that is skipped while nothing happens: what people would wait for need not be waited for."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

from ..runner.timers import Clock, Timer, Timers, fire


class SkippingClock:
    """The clock of this machine, and what was skipped."""

    def __init__(self, base: Clock) -> None:
        self._base = base
        self.skipped_seconds = 0.0

    def monotonic(self) -> float:
        return self._base.monotonic() + self.skipped_seconds

    def time(self) -> float:
        return self._base.time() + self.skipped_seconds


class SkippingTimers:
    """Timers of a clock that goes on by itself, and can skip what is left until the next of them.

    `start` and `close` are for one thread, all else for any.

    Args:
        base: The clock that it goes by.
    """

    def __init__(self, base: Clock) -> None:
        self._skipping = SkippingClock(base)
        self.clock: Clock = self._skipping
        self._changed = threading.Condition()  # guards all below, and what was skipped
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = count()
        self._moves = 0
        self._is_firing = False
        self._closed = False
        self._thread = threading.Thread(target=self._loop, name="parleyrun-skipping", daemon=True)

    def start(self) -> None:
        """Begin to fire."""
        self._thread.start()

    def close(self) -> None:
        """Stop; timers that are not due yet never happen."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        timer = Timer(self.clock.monotonic() + seconds, callback)
        with self._changed:
            heapq.heappush(self._heap, (timer.when, next(self._order), timer))
            self._changed.notify_all()
        return timer

    @property
    def moves(self) -> int:
        """How often something was set in motion: by a timer that fired, or in a `setting_in_motion`."""
        return self._moves

    @contextmanager
    def setting_in_motion(self) -> Iterator[None]:
        """In this block somebody sets something in motion that is no timer: nothing is skipped meanwhile."""
        with self._changed:
            yield
            self._moves += 1
            self._changed.notify_all()

    def skip(self, moves: int) -> None:
        """Skip the time until the next timer, and wait until that has fired.

        Where there is none this waits for one, and skips nothing. Nor does it where something was set in motion
        since it was last known that nothing moves.

        Args:
            moves: What `moves` was before that was known.
        """
        with self._changed:
            if not self._heap:
                self._changed.wait_for(lambda: self._closed or self._heap or moves != self._moves)
                return
            # One that fires sets something in motion once it has.
            self._changed.wait_for(lambda: self._closed or not self._is_firing)
            if self._closed or moves != self._moves:
                return
            ahead = self._heap[0][0] - self.clock.monotonic()
            if ahead > 0:
                self._skipping.skipped_seconds += ahead
                self._changed.notify_all()
            # What comes of it is to be waited for.
            self._changed.wait_for(lambda: self._closed or moves != self._moves)

    def _loop(self) -> None:
        while True:
            with self._changed:
                timer = self._next()
            if timer is None:
                return
            fire(timer)
            with self._changed:
                self._is_firing = False
                self._moves += 1
                self._changed.notify_all()

    def _next(self) -> Timer | None:
        """Wait for a timer that is due; None once it is closed. The lock is held."""
        while not self._closed:
            left = self._heap[0][0] - self.clock.monotonic() if self._heap else None
            if left is not None and left <= 0:
                self._is_firing = True
                return heapq.heappop(self._heap)[2]
            self._changed.wait(None if left is None else min(left, threading.TIMEOUT_MAX))
        return None


class CountedTimers:
    """Timers that know what waits: callbacks, as of models that ask a server again later, and what is named.

    Any thread.

    Args:
        timers: What calls back.
    """

    def __init__(self, timers: Timers) -> None:
        self.clock: Clock = timers.clock
        self._timers = timers
        self._changed = threading.Condition()  # guards the three below
        self._waiting = 0
        self._named: set[int] = set()
        self._begun = 0

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        with self._changed:
            self._begun += 1
            self._waiting += 1
        return self._timers.call_later(seconds, lambda: self._call(callback))

    def begin(self, number: int) -> None:
        """Something of that number is waited for, besides."""
        with self._changed:
            self._begun += 1
            self._named.add(number)

    def end(self, number: int) -> None:
        """It is there, and whoever has waited goes on; or nobody waits for it any more."""
        with self._changed:
            self._named.discard(number)
            self._changed.notify_all()

    def wait_for_rest(self, timeout_seconds: float) -> int | None:
        """Wait until nobody waits, and return how many have begun to so far; None if it took too long."""
        with self._changed:
            rests = self._changed.wait_for(lambda: not (self._waiting or self._named), timeout_seconds)
            return self._begun if rests else None

    def rested_since(self, begun: int) -> bool:
        """Whether nobody has waited since it was known that so many had begun to."""
        with self._changed:
            return self._begun == begun

    def _call(self, callback: Callable[[], None]) -> None:
        try:
            callback()
        finally:
            # After it, so that there is no moment in which nothing seems to go on.
            with self._changed:
                self._waiting -= 1
                self._changed.notify_all()
