"""The slots: how many may execute at the same moment, and the worker threads that do it."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

log = logging.getLogger(__name__)

LINGER_SECONDS = 0.5
"""How long a worker that finds nothing to do stays at hand. One that is there is woken for a fraction of what it
costs to have the pool send another."""

GUARD_SECONDS = 0.004
"""How long a burst may stand still before a second worker joins the one that works it off."""

EAGER_SECONDS = 1.0
"""How long, after a burst stood still, each worker that finds more to do calls the next one at once."""


class SlotSeeker(Protocol):
    """Something that waits for a slot: a run, or a call."""

    def step(self) -> bool:
        """Do what there is to do, on a worker thread that holds a slot. Never raises.

        Returns:
            True if the slot went to another thread, which waited for it.
        """


class Slots:
    """A queue of those who are ready, and at most `max_workers` threads that take one after the other.

    A thread that waits inside author code has no slot: it gives it up with `give_up()` and is granted another one
    by the worker that finds it in the queue. Constructing starts nothing: threads come from the pool when they
    are first needed.

    Where steps are short, a burst is worked off by one worker, as more would only take the interpreter from each
    other. Another one stands *guard*: it joins once nothing was taken from the queue for a while, as the first is
    held up in author code, and for some time after that workers call each other at once.

    Args:
        executor: Where threads come from. It is closed with the slots.
        max_workers: How many may execute at the same moment.
    """

    def __init__(self, executor: ThreadPoolExecutor, max_workers: int) -> None:
        self._executor = executor
        self._max_workers = max_workers
        # Guards all below. A run's own lock may be held when it is taken, never the other way round.
        self._lock = threading.Lock()
        self._quiet = threading.Condition(self._lock)
        self._watchers = 0
        self._queue: deque[SlotSeeker] = deque()
        self._free_slots = max_workers
        self._waking = False
        self._lingering: list[_Worker] = []
        self._guard: _Worker | None = None  # one of those who linger
        self._eager_until = 0.0
        self._steps = 0
        self._closed = False
        self._short_of_threads = False

    @property
    def steps(self) -> int:
        """How many steps were taken so far: unchanged and quiet means that nothing happened in between."""
        return self._steps

    @property
    def is_quiet(self) -> bool:
        """True while nobody is ready or executing."""
        return not self._queue and self._free_slots == self._max_workers

    @property
    def waiting(self) -> int:
        """How many wait for a slot."""
        return len(self._queue)

    def queue(self, seeker: SlotSeeker) -> None:
        """Have somebody step as soon as there is a slot. Any thread; returns at once."""
        with self._lock:
            self._queue.append(seeker)
            send = self._free_slots and not self._waking and self._call_worker()
        if send:
            self._send_worker()

    def queue_all(self, seekers: Iterable[SlotSeeker]) -> None:
        """Have several step. Any thread; returns at once."""
        with self._lock:
            self._queue.extend(seekers)
            send = self._queue and self._free_slots and not self._waking and self._call_worker()
        if send:
            self._send_worker()

    def give_up(self) -> None:
        """Give up the slot of the calling thread, which is about to wait."""
        with self._lock:
            self._free_slot()
            send = self._queue and self._call_worker()
        if send:
            self._send_worker()

    def wait_until(self, over: Callable[[], bool], timeout_seconds: float | None = None) -> bool:
        """Wait until something is so. False if that took too long (real time).

        Args:
            over: Called under the lock, when the last slot becomes free and after `look_again()`.
            timeout_seconds: How long to wait; None for as long as it takes.
        """
        with self._quiet:
            self._watchers += 1
            try:
                return self._quiet.wait_for(over, timeout_seconds)
            finally:
                self._watchers -= 1

    def look_again(self) -> None:
        """Have those in `wait_until()` look again."""
        with self._quiet:
            self._quiet.notify_all()

    def close(self, *, wait: bool) -> None:
        """Let the threads go, and with `wait` see them end."""
        with self._lock:
            self._closed = True
            lingering, self._lingering = self._lingering, []
            for worker in lingering:
                worker.dismissed = True
                worker.ring()
        self._executor.shutdown(wait=wait, cancel_futures=True)

    def _call_worker(self) -> bool:
        """Under the lock: call a worker, with a slot, for those who are ready. True: the pool has to send one.

        Only one worker is on its way at any time. Nobody is called while somebody works and another stands guard.
        """
        if self._guard is not None and self._free_slots < self._max_workers:
            return False
        self._waking = True
        self._free_slots -= 1
        if not self._lingering:
            return True
        worker = self._lingering.pop()  # who came last: its thread is still warm
        if worker is self._guard:
            self._guard = None
        if worker.bell.locked():  # as `ring()`, which would be one more call for each message
            worker.bell.release()
        return False

    def _post_guard(self) -> bool:
        """Under the lock: have a worker that lingers stand guard. False: there is none, or steps take long."""
        if self._guard is not None:
            return True
        if not self._lingering or time.monotonic() < self._eager_until:
            return False
        guard = self._guard = self._lingering[-1]
        guard.steps_seen = self._steps
        guard.ring()
        return True

    def _send_worker(self) -> None:
        """Have the pool send a worker. Where the system gives no thread, one that becomes free goes instead."""
        try:
            self._executor.submit(self._work)
        except RuntimeError:
            if self._closed:
                raise
            if not self._short_of_threads:
                self._short_of_threads = True
                log.exception("the system gives no more threads: worlds wait for those there are")

    def _free_slot(self) -> None:
        """Under the lock."""
        self._free_slots += 1
        if self._watchers and self._free_slots == self._max_workers:
            self._quiet.notify_all()

    def _work(self) -> None:
        """A worker's life: it holds a slot, takes one after the other, and lingers when none is left."""
        worker = _Worker()
        arrived = has_slot = True
        while True:
            send = False
            with self._lock:
                if arrived:
                    self._waking = arrived = False
                if has_slot and self._queue:
                    seeker = self._queue.popleft()
                    self._steps += 1
                    if self._queue and self._free_slots and not self._waking:
                        send = not self._post_guard() and self._call_worker()
                else:
                    seeker = None
                    if has_slot:
                        self._free_slot()
                    if self._closed:
                        return
                    self._lingering.append(worker)
            if seeker is None:
                if not self._linger(worker):
                    return
                arrived = has_slot = True
                continue
            if send:
                self._send_worker()
            try:
                has_slot = not seeker.step()
            except BaseException:  # a step never raises; should it, its slot must not be lost with this thread
                log.exception("a step failed that must not fail")

    def _linger(self, worker: _Worker) -> bool:
        """Wait for a while to be called. True if there is work, and a slot for it."""
        while True:
            rung = worker.bell.acquire(timeout=GUARD_SECONDS if worker is self._guard else LINGER_SECONDS)
            with self._lock:
                if worker not in self._lingering:
                    break
                if worker is self._guard:
                    if not rung and self._guard_joins(worker):
                        return True
                elif not rung:
                    self._lingering.remove(worker)
                    return False
        if not rung:
            worker.bell.acquire()  # it rings in this very moment
        return not worker.dismissed

    def _guard_joins(self, guard: _Worker) -> bool:
        """Under the lock: have the guard join in with a slot, if the burst stands still."""
        if not self._queue:
            self._guard = None
            return False
        if self._steps != guard.steps_seen or not self._free_slots:
            guard.steps_seen = self._steps
            return False
        self._free_slots -= 1
        self._waking = True
        self._eager_until = time.monotonic() + EAGER_SECONDS
        self._guard = None
        self._lingering.remove(guard)
        return True


class _Worker:
    """A thread that is at hand: it waits for its bell, a lock that somebody else lets go."""

    __slots__ = ("bell", "dismissed", "steps_seen")

    def __init__(self) -> None:
        self.bell = threading.Lock()
        self.bell.acquire()
        self.dismissed = False
        self.steps_seen = 0
        """Of a guard: how many steps had been taken when it last looked."""

    def ring(self) -> None:
        """Wake the thread, under the lock of the slots. Twice before it wakes is once."""
        if self.bell.locked():
            self.bell.release()
