"""The world runner: launches worlds, returns futures, and shares its slots among the runs that are ready."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

from ..errors import RunnerClosed, TooManyBlockedRuns
from .habits import Habits
from .person import PersonAgent
from .recorder import SavedState, Snapshots
from .run import Run, State
from .timers import Timers, Wheel
from .turn import Commit, Outcome, RunIdentity, Turn

log = logging.getLogger(__name__)

TICK_SLOT_SECONDS = 0.1
HURRIED_SECONDS = 1.0


class _Ready(Protocol):
    """Something that waits for a slot: a run, or a call."""

    @property
    def on_own_thread(self) -> bool: ...

    def grant(self) -> None: ...

    def step(self) -> None: ...


class WorldRunner:
    """Executes runs on a thread pool.

    `max_workers` slots say how many runs execute at the same moment; a run that waits for a person has none.
    A parked run has no thread either; one that waits inside `parley()` keeps its thread, and of those there
    may be `max_threads`. `commit` and `typing` are called on worker threads. Constructing starts nothing: the
    pool makes threads when they are first needed.
    """

    def __init__(
        self,
        executor: ThreadPoolExecutor | None = None,
        *,
        timers: Timers,
        commit: Commit,
        typing: Callable[[str, str | None], None] = lambda participant_id, persona_id: None,
        max_workers: int = 30,
        max_threads: int = 2000,
        tick_seconds: float = 5.0,
        snapshots: Snapshots | None = None,
    ) -> None:
        self.tick_seconds = tick_seconds
        self.snapshots = snapshots
        self.habits = Habits()
        self.commit: Callable[[Turn], None] = commit
        self.typing = typing
        self._timers = timers
        self._max_workers = max_workers
        self._max_threads = max_threads
        self._executor = executor or ThreadPoolExecutor(max_workers + max_threads, "parleyrun-worker")
        self._wheel: Wheel[Run] = Wheel(timers, TICK_SLOT_SECONDS, self._ticked)
        # Guards everything below. A run's own lock may be held when it is taken, never the other way round.
        self._lock = threading.Lock()
        self._quiet = threading.Condition(self._lock)
        self._queue: deque[_Ready] = deque()
        self._free_slots = max_workers
        self._waking = False
        self._blocked = 0
        self._steps = 0
        self._runs: dict[str, Run] = {}
        self._closed = False
        self._hurried = False

    # -- launching ----------------------------------------------------------------------------------------

    def launch_overworld(
        self,
        identity: RunIdentity,
        build: Callable[[], Any],
        agent: PersonAgent,
        on_value: Callable[[Any], None],
        saved: SavedState | None = None,
    ) -> Future[Outcome]:
        """Run an overworld for one person.

        When its `parley()` returns a value, the run falls asleep and `on_value(value)` is called on a worker
        thread; `return_overworld(uid)` wakes it again. Raises `RunnerClosed`.
        """
        return self._launch(Run(identity, build, (agent,), self, on_value, saved))

    def launch_task_world(
        self,
        identity: RunIdentity,
        build: Callable[[], Any],
        agents: Sequence[PersonAgent],
        saved: SavedState | None = None,
    ) -> Future[Outcome]:
        """Run a task world (or an onboarding world) for these people.

        `build` is called on a worker thread and returns the world. A failure in author code is the future's
        exception. Done-callbacks run on worker threads. Raises `RunnerClosed`.
        """
        return self._launch(Run(identity, build, agents, self, saved=saved))

    def call(self, work: Callable[[], None]) -> None:
        """Run a short piece of author code on a worker thread, in a slot. Errors in it are logged."""
        self.ready(_Call(work))

    def _launch(self, run: Run) -> Future[Outcome]:
        with self._lock:
            if self._closed:
                raise RunnerClosed(f"run {run.identity} was launched on a runner that is closed")
            self._runs[run.identity.uid] = run
        run.open()
        if run.state is State.READY:
            self.ready(run)
        return run.future

    # -- steering -----------------------------------------------------------------------------------------

    def stop(self, uid: str, outcome: Outcome) -> None:
        """End a run with this outcome; one that has ended already stays as it is."""
        run = self._runs.get(uid)
        if run is not None:
            run.stop(outcome)

    def is_asleep(self, uid: str) -> bool:
        """True if this is an overworld that can be called back."""
        run = self._runs.get(uid)
        return run is not None and run.state is State.DORMANT

    def return_overworld(self, uid: str) -> bool:
        """Call a sleeping overworld back; False if there is none."""
        run = self._runs.get(uid)
        return run is not None and run.call_back()

    def person_left(self, uid: str, agent: PersonAgent) -> None:
        """Tell a run that the person in this seat has gone for good."""
        run = self._runs.get(uid)
        if run is not None:
            run.person_left(agent)

    def close(self, timeout_seconds: float = 10.0) -> list[RunIdentity]:
        """Refuse new runs, stop those there are, wait for them, and close the pool.

        Returns the runs whose author code did not let go in time; their threads cannot be ended. After
        `hurry()` they have `HURRIED_SECONDS`.
        """
        with self._lock:
            self._closed = True
            runs = list(self._runs.values())
        for run in runs:
            run.stop(Outcome("stopped", "the service shuts down"))
        with self._quiet:
            self._quiet.wait_for(lambda: self._hurried or self._is_over(), timeout_seconds)
            if self._hurried:
                self._quiet.wait_for(self._is_over, HURRIED_SECONDS)
            over = self._is_over()
            stuck = [run.identity for run in self._runs.values()]
        self._executor.shutdown(wait=over, cancel_futures=True)
        return stuck

    def hurry(self) -> None:
        """Have a `close()`, one under way or one to come, wait no longer than is needed to stop what stops."""
        with self._quiet:
            self._hurried = True
            self._quiet.notify_all()

    # -- looking ------------------------------------------------------------------------------------------

    @property
    def blocked(self) -> int:
        """How many runs hold a thread while they wait inside `parley()`."""
        return self._blocked

    def __len__(self) -> int:
        return len(self._runs)

    @property
    def steps(self) -> int:
        """How many steps were taken so far: unchanged and quiet means that nothing happened in between."""
        return self._steps

    def wait_quiet(self, timeout_seconds: float | None = None) -> bool:
        """Wait until no run is ready or executing. False if that took too long (real time)."""
        with self._quiet:
            return self._quiet.wait_for(self._is_quiet, timeout_seconds)

    def _is_over(self) -> bool:
        return not self._runs and self._is_quiet()

    def _is_quiet(self) -> bool:
        return not self._queue and self._free_slots == self._max_workers

    # -- what runs ask of their host (class Run) ----------------------------------------------------------

    def ready(self, run: _Ready) -> None:
        with self._lock:
            self._queue.append(run)
            wake = self._claim_waking()
        if wake:
            self._executor.submit(self._work)

    def tick(self, run: Run, seconds: float, slot: int) -> int:
        return self._wheel.add(run, seconds, slot)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Any:
        return self._timers.call_later(seconds, callback)

    def now(self) -> float:
        return self._timers.clock.monotonic()

    def wall_time(self) -> float:
        return self._timers.clock.time()

    def enter_blocked(self) -> None:
        with self._lock:
            if self._blocked >= self._max_threads:
                raise TooManyBlockedRuns(
                    f"expected at most {self._max_threads} worlds to wait inside parley(), and one more would: "
                    "raise max_threads, or let parley() return when act() gives None"
                )
            self._blocked += 1

    def yield_slot(self) -> None:
        with self._lock:
            hand_over = bool(self._queue)
            if not hand_over:
                self._free_slot()
        if hand_over:
            self._executor.submit(self._work)

    def leave_blocked(self) -> None:
        with self._lock:
            self._blocked -= 1

    def finished(self, run: Run) -> None:
        with self._lock:
            self._runs.pop(run.identity.uid, None)

    # -- slots --------------------------------------------------------------------------------------------

    def _claim_waking(self) -> bool:
        """Under the lock: decide whether one more worker is woken, and reserve its slot.

        Only one worker is on its way at any time; it wakes the next one when it has found work and there is
        more. So a burst wakes as many as are useful, and a single message wakes one.
        """
        if self._waking or not self._queue or not self._free_slots:
            return False
        self._waking = True
        self._free_slots -= 1
        return True

    def _free_slot(self) -> None:
        self._free_slots += 1
        if self._free_slots == self._max_workers:
            self._quiet.notify_all()

    def _work(self) -> None:
        """A worker's life: it holds a slot, takes one ready run after the other, and goes when none is left."""
        arrived = True
        while True:
            with self._lock:
                if arrived:
                    self._waking = arrived = False
                if not self._queue:
                    self._free_slot()
                    return
                run = self._queue.popleft()
                self._steps += 1
                wake = self._claim_waking()
            if wake:
                self._executor.submit(self._work)
            if run.on_own_thread:
                run.grant()  # and with it this worker's slot
                return
            try:
                run.step()
            except BaseException:  # a step never raises; should it, its slot must not be lost with this thread
                log.exception("a step failed that must not fail")

    def _ticked(self, slot: int, runs: list[Run]) -> None:
        ready = [run for run in runs if run.wake_from_tick(slot)]
        if not ready:
            return
        with self._lock:
            self._queue.extend(ready)
            wake = self._claim_waking()
        if wake:
            self._executor.submit(self._work)


class _Call:
    """A piece of work that takes a slot like a run does."""

    __slots__ = ("_work",)

    on_own_thread = False

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work

    def grant(self) -> None:
        raise AssertionError("a call never waits on a thread of its own")

    def step(self) -> None:
        try:
            self._work()
        except BaseException:  # whatever author code raises ends here, and no other run may notice
            log.exception("a call on a worker thread failed")
