"""The runner: launches worlds, returns futures, and steers the runs there are."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from ..core.bot_seats.bot_desk import BotMeans
from ..errors import RunnerClosed
from .bots.thoughts import Thoughts
from .habits import Habits
from .left_out_values import LeftOutValues
from .line_moderation import BeforeDelivery, LineModeration
from .person import PersonAgent
from .recorder import SavedState, WorldSnapshots
from .run import Run
from .run_context import RunContext, SeatSigns
from .run_state import Phase
from .seats.form_means import ENGLISH_QUESTIONS, FormMeans
from .seats.seat_swap import WAITS_INSIDE, SeatSwap
from .slots import Slots
from .thread_budget import ThreadBudget
from .thread_workers import ThreadWorkers
from .timers import Timers, Wheel
from .turn import SHUT_DOWN, CalledEnd, Commit, Outcome, RunIdentity

log = logging.getLogger(__name__)

NO_SIGNS = SeatSigns()
TICK_SLOT_SECONDS = 0.1
HURRIED_SECONDS = 1.0
MOST_THREADS = 1_000_000
"""More than any system gives: who may wait inside `parley()` is for the thread budget to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerSettings:
    """How much a runner may do at once, and how often it looks after worlds that rest.

    Attributes:
        max_workers: How many runs execute at the same moment; one that waits for a person is not among them.
        max_threads: How many runs may keep a thread while they wait inside `parley()` before nobody new should be
            let in; those inside have a reserve on top of it, and what is beyond that waits to begin.
        tick_seconds: How long a parked world is left alone at most.
        grace_seconds: How long a bot that passes for a person is away before it has left, as people are.
        before_delivery: Called with each line, as an act, and the seat of the person it is for, before that person
            is shown it; says what becomes of it. None: all lines are shown as they are.
        forms: What it takes to ask people forms; by default they are asked in English, question by question.
    """

    max_workers: int = 30
    max_threads: int = 2000
    tick_seconds: float = 5.0
    grace_seconds: float = 60.0
    before_delivery: BeforeDelivery | None = None
    forms: FormMeans = ENGLISH_QUESTIONS


class HostsDesk(Protocol):
    """What operators ask of the hosts on which runs are executed. Any thread."""

    def figures(self) -> tuple[Any, ...]:
        """Return how they do (`service.operations.reading.host_results.HostFigures`)."""

    def found(self) -> Any:
        """Return all that is known of them (`service.operations.reading.host_results.HostsFound`)."""

    def drain(self, name: str) -> int:
        """Have the runs of a host go elsewhere, and none come to it. Returns how many. Raises `OperatorError`."""

    def fill(self, name: str) -> None:
        """Have a host take runs again. Raises `OperatorError`."""


class RunnerMaker(Protocol):
    """Makes the runner of a service: `Runner` itself, or what has runs executed elsewhere, too."""

    def __call__(
        self,
        *,
        timers: Timers,
        commit: Commit,
        signs: SeatSigns,
        settings: RunnerSettings,
        snapshots: WorldSnapshots | None,
        bot_means: BotMeans | None,
    ) -> Runner: ...


class Runner:
    """Executes runs on a thread pool.

    A parked run has no thread and no slot; one that waits inside `parley()` keeps its thread. Constructing starts
    nothing: the pool makes threads when they are first needed.

    Args:
        executor: Where threads come from; the runner closes it. By default one of its own.
        timers: The clock, and callbacks that wait for it.
        commit: Records a turn. Called on worker threads.
        signs: What people are shown besides words.
        settings: How much it may do at once.
        snapshots: How worlds are put on record; None where they are not.
        bot_means: What all bots have in common; None where there is no service.
    """

    def __init__(
        self,
        executor: ThreadPoolExecutor | None = None,
        *,
        timers: Timers,
        commit: Commit,
        signs: SeatSigns = NO_SIGNS,
        settings: RunnerSettings = RunnerSettings(),
        snapshots: WorldSnapshots | None = None,
        bot_means: BotMeans | None = None,
    ) -> None:
        self.commit = commit
        self._threads = ThreadBudget(settings.max_threads)
        self._slots = Slots(executor or ThreadPoolExecutor(MOST_THREADS, "parleyrun-worker"), settings.max_workers)
        self._thoughts = Thoughts(ThreadWorkers(MOST_THREADS, "parleyrun-thinking"), self._slots.look_again)
        self._wheel: Wheel[Run] = Wheel(timers, TICK_SLOT_SECONDS, self._ticked)
        self._context = RunContext(
            slots=self._slots,
            threads=self._threads,
            thoughts=self._thoughts,
            timers=timers,
            tick_seconds=settings.tick_seconds,
            grace_seconds=settings.grace_seconds,
            commit=commit,
            signs=signs,
            snapshots=snapshots,
            habits=Habits(),
            left_out=LeftOutValues().warn,
            bot_means=bot_means,
            forms=settings.forms,
            moderation=None if settings.before_delivery is None else LineModeration(settings.before_delivery),
        )
        self.make_run: Callable[..., Run] = Run
        """Makes runs. Before anything is launched it may be another one that makes such as are watched."""
        self._lock = threading.Lock()  # guards the two below: nothing is launched on a closed runner
        self._runs: dict[str, Run] = {}
        self._closed = False
        self._hurried = False

    def launch(
        self,
        identity: RunIdentity,
        build: Callable[[], Any],
        agents: Sequence[PersonAgent],
        *,
        on_value: Callable[[Any], None] | None = None,
        saved: SavedState | None = None,
    ) -> Future[Outcome]:
        """Run a world for these people.

        Args:
            identity: The run's names.
            build: Returns the world. Called on a worker thread.
            agents: The people's seats, in order.
            on_value: For an overworld: when its `parley()` returns a value, the run falls asleep and this is
                called with it, on a worker thread; `return_overworld(uid)` wakes the run again.
            saved: How far the run had come, if it is restored.

        Returns:
            The run's outcome to come; a failure in author code is its exception. It can be cancelled until the
            world is built. Done-callbacks run on worker threads.

        Raises:
            RunnerClosed: The runner is closed.
        """
        run = self.make_run(identity, build, agents, self._context, self._wheel, on_value, saved)
        with self._lock:
            if self._closed:
                raise RunnerClosed(f"run {run.identity} was launched on a runner that is closed")
            self._runs[run.identity.uid] = run
        run.future.add_done_callback(partial(self._ended, run.identity.uid))
        run.open()
        if run.state.phase is Phase.READY:
            run.seating.ticket.begin()
            if run.state.stopped is not None:  # before it stood in line
                run.seating.ticket.skip_line()
        return run.future

    def call(self, work: Callable[[], None]) -> None:
        """Run a short piece of author code on a worker thread, in a slot. Errors in it are logged."""
        self._slots.queue(_Call(work))

    def stop(self, uid: str, outcome: Outcome) -> None:
        """End a run with this outcome; one that has ended already stays as it is."""
        run = self._runs.get(uid)
        if run is not None:
            run.seating.stop(outcome)

    def call_end(self, uid: str, end: CalledEnd) -> None:
        """Have a run come to its end in good order, by its world where that knows how to."""
        run = self._runs.get(uid)
        if run is not None:
            run.call_end(end)

    def is_asleep(self, uid: str) -> bool:
        """True if this is an overworld that can be called back."""
        run = self._runs.get(uid)
        return run is not None and run.state.phase is Phase.DORMANT

    def return_overworld(self, uid: str) -> bool:
        """Call a sleeping overworld back; False if there is none."""
        run = self._runs.get(uid)
        return run is not None and run.call_back()

    def person_left(self, uid: str, agent: PersonAgent, swap: SeatSwap | None = None) -> None:
        """Tell a run that the person in this seat has gone for good; with `swap` a bot sits down there instead.

        It does so between two parleys. A world that waits inside one is told that the person has left.
        """
        run = self._runs.get(uid)
        if run is None:
            return
        if swap is None:
            run.seating.person_left(agent)
            return
        if run.state.swap(swap):
            self._slots.queue(run)
        self._context.timers.call_later(self._context.tick_seconds, partial(self._look_after_swap, uid, swap))

    def why_no_swap(self, uid: str) -> str | None:
        """Say why no bot can sit down in a person's seat of a run now; None if one can."""
        return WAITS_INSIDE if self.is_at_rest(uid, inside=True) else None

    def close(self, timeout_seconds: float = 10.0) -> list[RunIdentity]:
        """Refuse new runs, stop those there are, wait for them, and close the pool.

        Returns:
            The runs whose author code did not let go in time; their threads cannot be ended. After `hurry()`
            they have `HURRIED_SECONDS`.
        """
        with self._lock:
            self._closed = True
            runs = list(self._runs.values())
        for run in runs:
            run.seating.stop(Outcome("stopped", SHUT_DOWN))
        self._slots.wait_until(lambda: self._hurried or self._is_over(), timeout_seconds)
        if self._hurried:
            self._slots.wait_until(self._is_over, HURRIED_SECONDS)
        self._thoughts.close()
        over = self._is_over()
        stuck = [run.identity for run in list(self._runs.values())]
        self._slots.close(wait=over)
        return stuck

    def hurry(self) -> None:
        """Have a `close()`, one under way or one to come, wait no longer than is needed to stop what stops."""
        self._hurried = True
        self._slots.look_again()

    @property
    def blocked(self) -> int:
        """How many runs hold a thread while they wait inside `parley()`."""
        return self._threads.held

    @property
    def max_threads(self) -> int:
        """How many may before nobody new should be let in."""
        return self._threads.most

    @property
    def has_room(self) -> bool:
        """False while somebody new, whose worlds may wait inside `parley()`, would be one too many."""
        return self._threads.has_room

    def identity_of(self, uid: str) -> RunIdentity | None:
        """Return the names of a run that goes on; None if there is none of that uid. Any thread."""
        run = self._runs.get(uid)
        return None if run is None else run.identity

    def __len__(self) -> int:
        return len(self._runs)

    def is_at_rest(self, uid: str, *, inside: bool = False) -> bool:
        """Whether a run waits for something, with all that it did handed over. Any thread.

        With `inside`, whether it waits for somebody inside `parley()`.
        """
        run = self._runs.get(uid)
        if run is not None and inside:
            return run.state.waits_for(PersonAgent)
        return run is not None and run.state.phase in (Phase.PARKED, Phase.BLOCKED)

    @property
    def hosts(self) -> HostsDesk | None:
        """The hosts on which runs are executed; None where there are only threads of this process."""
        return None

    def trouble(self) -> str | None:
        """Say what keeps worlds from being executed; None while nothing does. Any thread."""
        return None

    @property
    def ready(self) -> int:
        """How many runs wait for a slot."""
        return self._slots.waiting

    @property
    def steps(self) -> int:
        """How many steps were taken so far: unchanged and quiet means that nothing happened in between."""
        return self._slots.steps

    def wait_quiet(self, timeout_seconds: float | None = None) -> bool:
        """Wait until no run is ready or executing, and no model thinks. False after so long (real time)."""
        return self._slots.wait_until(lambda: self._slots.is_quiet and not self._thoughts.busy, timeout_seconds)

    def _ended(self, uid: str, _future: Future[Outcome]) -> None:
        self._runs.pop(uid, None)

    def _look_after_swap(self, uid: str, swap: SeatSwap) -> None:
        run = self._runs.get(uid)
        if run is None or swap not in run.state.swaps:
            return
        if run.state.waits_for(PersonAgent):
            run.seating.person_left(swap.person)
        else:
            again = partial(self._look_after_swap, uid, swap)
            self._context.timers.call_later(self._context.tick_seconds, again)

    def _is_over(self) -> bool:
        return not self._runs and self._slots.is_quiet

    def _ticked(self, slot: int, runs: list[Run]) -> None:
        self._slots.queue_all([run for run in runs if run.state.tick_came(slot)])


class WatchedRun(Run):
    """A run that says when it gets a slot: `woken` is called with its uid then. All else is as for `Run`."""

    __slots__ = ("_woken",)

    def __init__(self, woken: Callable[[str], None], *args: Any) -> None:
        super().__init__(*args)
        self._woken = woken

    def step(self) -> bool:
        """Say so, and step."""
        self._woken(self.identity.uid)
        return super().step()


class _Call:
    """A piece of work that takes a slot like a run does."""

    __slots__ = ("_work",)

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work

    def step(self) -> bool:
        try:
            self._work()
        except BaseException:  # whatever author code raises ends here, and no other run may notice
            log.exception("a call on a worker thread failed")
        return False
