"""Lanes at the same time, each on a thread of its own; one that hangs is left behind, and another goes on."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from ...core.thinking import SURROUNDINGS
from ...errors import WorldError
from ..log.example_record import ExampleKey
from ..thread_crew import END_SECONDS, ThreadSurroundings
from .example_failures import timed_out
from .example_tally import EndingTally
from .lane_batch import Asking
from .task_lane import Asked, TaskLane


class _Worker:
    """A lane, the example that it begins with where another one hung, and what its thread is given."""

    def __init__(self, lane: TaskLane, first: Asked | None = None) -> None:
        self.lane = lane
        self.first = first
        self.surroundings = ThreadSurroundings()


class LaneThreads:
    """A thread for each lane.

    Args:
        lanes: Those that are gone through.
        totals: Their tally.
        timeout: How many seconds an answer may take; None for as long as it takes.
        new_agent: Makes another copy of the agent, for this lane, whose own hangs.
        clock: The seconds of the lanes.
        asking: Told of what is asked, on the lane's thread.
    """

    def __init__(
        self,
        lanes: Sequence[TaskLane],
        totals: EndingTally,
        timeout: float | None,
        new_agent: Callable[[TaskLane], Any],
        clock: Callable[[], float] = time.monotonic,
        asking: Asking = lambda examples: None,
    ) -> None:
        self._lanes = lanes
        self._totals = totals
        self._timeout = timeout
        self._new_agent = new_agent
        self._clock = clock
        self._asking = asking
        self._tries: Counter[ExampleKey] = Counter()
        self._changed = threading.Condition()  # guards the three below
        self._busy: set[_Worker] = set()
        self._at_rest: list[TaskLane] = []
        self._failure: BaseException | None = None

    def run(self) -> None:
        """Go through all lanes, and raise what one of them raises. Ctrl-C ends them, too."""
        try:
            for lane in self._lanes:
                self._start(_Worker(lane))
            with self._changed:
                while self._busy and self._failure is None:
                    self._changed.wait(self._seconds_left())
                    for worker in list(self._busy):
                        self._leave_behind_if_it_hangs(worker)
        finally:
            self._end()
        if self._failure is not None:
            raise self._failure

    def at_rest(self) -> list[TaskLane]:
        """Return the lanes that no thread is at any more."""
        with self._changed:
            return list(self._at_rest)

    def _start(self, worker: _Worker) -> None:
        # A daemon, as the answer of a slow server must not keep the process from ending.
        thread = threading.Thread(target=self._do, args=(worker,), name="parleyrun-lane", daemon=True)
        with self._changed:
            self._busy.add(worker)
            try:
                thread.start()
            except RuntimeError as error:
                self._busy.discard(worker)
                raise WorldError(
                    f"expected {len(self._lanes)} threads, and the system gives {len(self._busy)}: lower the "
                    "concurrency"
                ) from error

    def _do(self, worker: _Worker) -> None:
        SURROUNDINGS.set(worker.surroundings)
        failure: BaseException | None = None
        try:
            self._go_through(worker)
        except BaseException as error:  # raised again on the thread that waits for it
            failure = error
        with self._changed:
            if worker in self._busy:
                self._busy.discard(worker)
                self._at_rest.append(worker.lane)
                if not worker.surroundings.is_over():
                    self._failure = self._failure or failure
            self._changed.notify_all()

    def _go_through(self, worker: _Worker) -> None:
        lane, is_over = worker.lane, worker.surroundings.is_over
        if worker.first is not None:
            self._asking([worker.first])
            lane.ask(worker.first, is_over)
        while not (is_over() or self._totals.has_enough()):
            asked = lane.next()
            if asked is None:
                break
            self._asking([asked])
            lane.ask(asked, is_over)
        if not is_over():
            lane.finish()

    def _seconds_left(self) -> float | None:
        """Return how long nobody can hang for too long."""
        if self._timeout is None:
            return None
        now = self._clock()
        waiting = [since for worker in self._busy if (since := worker.lane.waits_since()) is not None]
        return max(0.0, min([*waiting, now]) + self._timeout - now)

    def _leave_behind_if_it_hangs(self, worker: _Worker) -> None:
        if self._timeout is None:
            return
        asked = worker.lane.give_up(self._clock() - self._timeout)
        if asked is None:
            return
        self._busy.discard(worker)
        worker.surroundings.end()
        lane = worker.lane.successor(self._new_agent(worker.lane))
        self._tries[asked.key] += 1
        tries = self._tries[asked.key]
        if tries < self._totals.policy.tries:
            self._start(_Worker(lane, asked))
            return
        lane.failed(asked, timed_out(self._timeout, tries))
        self._start(_Worker(lane))

    def _end(self) -> None:
        """Have those end that go on, and wait for them, but not for answers of servers that take their time."""
        with self._changed:
            for worker in self._busy:
                worker.surroundings.end()
            self._changed.wait_for(lambda: not self._busy, END_SECONDS)
