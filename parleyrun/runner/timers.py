"""Time: the one clock of a service, and callbacks that wait for it."""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections.abc import Callable
from itertools import count
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)


class Clock(Protocol):
    """Where the time comes from. `monotonic` is for waiting, `time` (since the epoch) for the record."""

    def monotonic(self) -> float: ...

    def time(self) -> float: ...


class SystemClock:
    """The clock of this machine."""

    # The functions themselves: time is asked for several times a message.
    monotonic = staticmethod(time.monotonic)
    time = staticmethod(time.time)


class Timer:
    """A callback that waits for its moment; `cancel()` makes it not happen, from any thread."""

    __slots__ = ("callback", "when")

    def __init__(self, when: float, callback: Callable[[], None]) -> None:
        self.when = when
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        # One attribute store is atomic: a timer that is firing at this moment may still run once.
        self.callback = None


class Timers(Protocol):
    """Runs callbacks when their time has come. Callbacks must be short: they share one thread."""

    clock: Clock

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer: ...


class ThreadTimers:
    """Timers on one thread that sleeps until the next one is due; with none waiting it sleeps for good."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock: Clock = clock or SystemClock()
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = count()
        self._changed = threading.Condition()  # guards _heap and _closed
        self._closed = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._loop, name="parleyrun-timers", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop; timers that are not due yet never happen."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        timer = Timer(self.clock.monotonic() + seconds, callback)
        with self._changed:
            heapq.heappush(self._heap, (timer.when, next(self._order), timer))
            if self._heap[0][2] is timer:
                self._changed.notify()
        return timer

    def _loop(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                now = self.clock.monotonic()
                if not self._heap or self._heap[0][0] > now:
                    self._changed.wait(min(self._heap[0][0] - now, threading.TIMEOUT_MAX) if self._heap else None)
                    continue
                timer = heapq.heappop(self._heap)[2]
            fire(timer)


def fire(timer: Timer) -> None:
    """Run a timer's callback unless it was cancelled. An error in it is logged, the next timer still runs."""
    callback, timer.callback = timer.callback, None
    if callback is None:
        return
    try:
        callback()
    except Exception:
        log.exception("a timer's callback failed")


class Wheel(Generic[T]):
    """Coarse wake-ups for very many sleepers: one timer per slot of time, however many sleep in it.

    `wake(slot, items)` gets everything that lies in a slot whose time has come, on the timer thread. Nothing
    is ever taken out of a slot, as that would cost more than it saves: `wake` looks at each item whether it
    still waits for this slot.
    """

    def __init__(self, timers: Timers, slot_seconds: float, wake: Callable[[int, list[T]], None]) -> None:
        self._timers = timers
        self._slot_seconds = slot_seconds
        self._wake = wake
        self._slots: dict[int, list[T]] = {}
        self._lock = threading.Lock()  # guards _slots

    def add(self, item: T, seconds: float, already_in: int = 0) -> int:
        """Wake the item in that many seconds, or up to one slot later; return the number of its slot.

        An item that lies in the slot `already_in` is not put there twice.
        """
        now = self._timers.clock.monotonic()
        number = int((now + seconds) / self._slot_seconds) + 1
        if number == already_in:
            return number
        with self._lock:
            slot = self._slots.get(number)
            if slot is not None:
                slot.append(item)
                return number
            self._slots[number] = [item]
        self._timers.call_later(number * self._slot_seconds - now, lambda: self._turn(number))
        return number

    def _turn(self, number: int) -> None:
        with self._lock:
            items = self._slots.pop(number)
        self._wake(number, items)
