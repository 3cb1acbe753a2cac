"""A queue with one thread behind it: producers on any thread, one consumer, first in, first out."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)


class QueueThread(Generic[T]):
    """Hands what is put to `handle`, in order, on a thread of its own.

    `handle` is given *all that waits* at once, as a list: a burst costs one wake-up and one call. Where each
    item stands for itself, wrap the function: `QueueThread(name, each(handle))`. Whatever `handle` raises is
    logged, and the thread goes on.

    Putting takes no lock: where dozens of threads put at the same moment, each would stand in line for a lock
    whose holder waits for the interpreter.

    Args:
        name: The thread's name, as logs and stack dumps show it.
        handle: Called on the thread with a list of at least one item.
        refuse: Called with each item that was put at the very moment of closing and can't be handled any more,
            on the thread or on that of whoever put it. By default such an item is dropped.
    """

    def __init__(
        self, name: str, handle: Callable[[list[T]], None], *, refuse: Callable[[T], None] = lambda item: None
    ) -> None:
        self.handled = 0
        """How many items were handled so far. Only the thread writes it; anybody may read it."""
        self._name = name
        self._handle = handle
        self._refuse = refuse
        # A tuple is a group of items, an event belongs to somebody in wait_idle(), None ends the thread.
        self._entries: SimpleQueue[tuple[T, ...] | threading.Event | None] = SimpleQueue()
        self._closed = False  # nothing more is taken
        self._over = False  # nothing more is handled
        self._thread: threading.Thread | None = None

    @property
    def started(self) -> bool:
        """True from `start()` on, after `close()` too."""
        return self._thread is not None

    def start(self) -> None:
        """Start the thread. What was put before is handled now."""
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._loop, name=self._name, daemon=True)
            self._thread.start()

    @property
    def waiting(self) -> int:
        """About how many wait to be handled; several that were put at once count as one."""
        return self._entries.qsize()

    def put(self, item: T) -> bool:
        """Have an item handled. Any thread; returns at once.

        Returns:
            False if the queue is closed: the item is not taken, and `refuse` is not called.
        """
        if self._closed:
            return False
        self._entries.put((item,))
        if self._over:
            self._refuse_rest()
        return True

    def put_many(self, items: Iterable[T]) -> bool:
        """Have several items handled with one wake-up, one after the other and nothing in between.

        Returns:
            False if the queue is closed: none of the items is taken, and `refuse` is not called.
        """
        if self._closed:
            return False
        group = tuple(items)
        if group:
            self._entries.put(group)
            if self._over:
                self._refuse_rest()
        return True

    def wait_idle(self, timeout_seconds: float | None = None) -> bool:
        """Wait until nothing waits and nothing is being handled. Not on the thread itself.

        Returns:
            False if that took longer than `timeout_seconds` (real time), or if items wait for `start()`.
        """
        if self._thread is None:
            return self._entries.empty()
        idle = threading.Event()
        self._entries.put(idle)
        if self._over:
            self._refuse_rest()
        return idle.wait(timeout_seconds)

    def close(self, timeout_seconds: float | None = None) -> None:
        """Take nothing more, handle what was put so far, and end the thread. Twice is harmless.

        Returns when that is done, or after `timeout_seconds` (real time); at once if called by `handle` itself.
        What waits for a thread that was never started is refused.
        """
        self._closed = True
        if self._thread is None:
            self._over = True
            self._refuse_rest()
            return
        self._entries.put(None)
        if self._thread is not threading.current_thread():
            self._thread.join(timeout_seconds)

    def _loop(self) -> None:
        more = True
        while more:
            more = self._handle_all()
        self._over = True
        self._refuse_rest()

    def _handle_all(self) -> bool:
        """Wait until something is there, and handle all that is there then. False if it said to end."""
        entries = [self._entries.get()]
        for _ in range(self._entries.qsize()):
            entries.append(self._entries.get())  # noqa: PERF401 - a comprehension would be one call more
        group: list[T] = []
        waiters: list[threading.Event] = []
        for entry in entries:
            if isinstance(entry, tuple):
                group += entry
            elif entry is not None:
                waiters.append(entry)
        if group:
            try:
                self._handle(group)
            except BaseException:  # whatever it is, what comes behind it must not wait for ever
                log.exception("%s could not finish what it was given", self._name)
            self.handled += len(group)
        for idle in waiters:
            if self._entries.empty():
                idle.set()
            else:
                self._entries.put(idle)  # more has come, perhaps from `handle` itself
        return None not in entries

    def _refuse_rest(self) -> None:
        """Refuse what was put while the thread ended: its last look finds that, or this one does."""
        while True:
            try:
                entry = self._entries.get_nowait()
            except Empty:
                return
            if isinstance(entry, tuple):
                for item in entry:
                    self._refuse(item)
            elif entry is not None:
                entry.set()


def each(handle: Callable[[T], None]) -> Callable[[list[T]], None]:
    """Return what handles a group one by one; an error in one item is logged and the next is handled."""

    def handle_each(group: list[T]) -> None:
        for item in group:
            try:
                handle(item)
            except BaseException:
                log.exception("%s could not be finished", item)

    return handle_each
