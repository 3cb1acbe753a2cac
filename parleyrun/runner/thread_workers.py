"""Workers: threads that do what blocks. They come when there is work, and go when there is none for a while."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

log = logging.getLogger(__name__)

IDLE_SECONDS = 10.0

Job = Callable[[], None]


class Workers(Protocol):
    """Does jobs, many at the same time."""

    def run(self, job: Job) -> None:
        """Have a job done. Any thread; returns at once."""

    def close(self) -> None:
        """Take no more jobs. Those under way are not waited for."""


class ThreadWorkers:
    """At most `most` threads of that name, none before there is a job."""

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._changed = threading.Condition()  # guards everything below
        self._jobs: deque[Job] = deque()
        self._threads = 0
        self._idle = 0
        self._closed = False

    def run(self, job: Job) -> None:
        with self._changed:
            if self._closed:
                return
            self._jobs.append(job)
            # A thread that was woken counts as idle until it runs, so it is jobs against threads, not one of each.
            if len(self._jobs) > self._idle and self._threads < self._most:
                self._start_thread()
            else:
                self._changed.notify()

    def _start_thread(self) -> None:
        # A daemon, as the last answer of a slow server must not keep the process from ending.
        thread = threading.Thread(target=self._work, name=self._name, daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system gives no more of them: the job waits for one that there is
            log.exception("with %d threads, one more could not be started", self._threads)
        else:
            self._threads += 1

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._jobs.clear()
            self._changed.notify_all()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                job()
            except Exception:
                log.exception("a job of %s failed", self._name)

    def _next(self) -> Job | None:
        with self._changed:
            self._idle += 1
            try:
                self._changed.wait_for(lambda: self._jobs or self._closed, IDLE_SECONDS)
            finally:
                self._idle -= 1
            if not self._jobs:
                self._threads -= 1
                return None
            return self._jobs.popleft()
