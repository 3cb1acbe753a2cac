"""The slots: how many may execute at the same moment, and the worker threads that do it."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

log = logging.getLogger(__name__)

LINGER_SECONDS = 0.5
"""How long a worker that finds nothing to do stays at hand. One that is there is woken for a fraction of what it
costs to have the pool send another."""


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
            worker.bell.release()
        self._executor.shutdown(wait=wait, cancel_futures=True)

    def _call_worker(self) -> bool:
        """Under the lock: call a worker, with a slot, for those who are ready. True: the pool has to send one.

        Only one worker is on its way at any time; it wakes the next one when it has found work and there is
        more. So a burst wakes as many as are useful, and a single message wakes one.
        """
        self._waking = True
        self._free_slots -= 1
        if not self._lingering:
            return True
        self._lingering.pop().bell.release()  # who came last: its thread is still warm
        return False

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
                        send = self._call_worker()
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
        """Wait for a while to be woken. True if there is work, and a slot for it."""
        if not worker.bell.acquire(timeout=LINGER_SECONDS):
            with self._lock:
                if worker in self._lingering:
                    self._lingering.remove(worker)
                    return False
            worker.bell.acquire()  # it rings in this very moment
        return not worker.dismissed


class _Worker:
    """A thread that is at hand: it waits for its bell, a lock that somebody else lets go."""

    __slots__ = ("bell", "dismissed")

    def __init__(self) -> None:
        self.bell = threading.Lock()
        self.bell.acquire()
        self.dismissed = False
