"""Arrivals played in virtual time: how the cells of a study fill, and how long people wait, before anybody comes.

Pools, matching and conditions are the service's own. Neither worlds nor functions of an author's run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from time import process_time
from typing import Any, Protocol

from ..config.plan import Plan, TaskPlan
from ..core.conditions import Value
from ..runner.runner import Runner
from ..runner.timers import Timers
from ..service.bots.bot_seats import BotSeats
from ..service.current_plan import CurrentPlan
from ..service.desk import Desk
from ..service.hooks import Hooks
from ..service.places.participation import Participation
from ..service.places.pools.matching import Match
from ..service.places.pools.waiting import Waiting
from ..service.service_context import make_service_context
from ..service.sessions import At, Session
from ..service.signs.reading_signs import ReadingSigns
from ..service.unit_of_work import UnitOfWork, no_pickle
from ..store.memory_store import MemoryStore
from ..study.condition_counts import CellCount
from ..study.visit_completion import VisitPart
from .answers_by_lot import AnswersByLot

MOST_SECONDS = 5.0
"""How long (of a processor's time) arrivals are played at most; who has not come by then is left out."""


class MovableTimers(Timers, Protocol):
    """Timers whose clock stands still until it is moved."""

    def advance(self, seconds: float, settle: Callable[[], None] = ...) -> None:
        """Move the clock, firing what becomes due on the way; `settle` is called after each moment."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalSettings:
    """What is assumed of people who come.

    Attributes:
        arrivals: How many come.
        every: How many seconds lie between two of them, on average; the times are random.
        talk: How many seconds a conversation takes, on average: between half and one and a half of it.
        drop_out: Which part of people leaves for good in mid-conversation; 0 to 1.
        seed: The same seed gives the same play.
    """

    arrivals: int = 1_000
    every: float = 20.0
    talk: float = 300.0
    drop_out: float = 0.05
    seed: int = 0


@dataclass(slots=True, kw_only=True)
class TaskTally:
    """How it went for those who came to one task. `waits` are in seconds, of those who were matched."""

    came: int = 0
    conversations: int = 0
    with_bots: int = 0
    finished: int = 0
    dropped: int = 0
    partner_left: int = 0
    in_vain: int = 0
    still_waiting: int = 0
    waits: list[float] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class CellTally:
    """Who began conversations with one value of a condition; `waits` as in `TaskTally`."""

    people: set[str] = field(default_factory=set)
    conversations: int = 0
    waits: list[float] = field(default_factory=list)


class _Here(Desk):
    """A desk that works on the caller's thread, when it is told to."""

    def __init__(self, after_each: Callable[[], None]) -> None:
        super().__init__(after_each)
        self._waiting: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._then = after_each

    def put(self, work: Callable[..., None], *args: Any) -> None:
        self._waiting.append((work, args))

    def work_off(self) -> None:
        while self._waiting:
            work, args = self._waiting.popleft()
            work(*args)
            self._then()


class ArrivalPlay:
    """One play of a config. One thread; use it once.

    Args:
        plan: The checked config.
        timers: A clock that stands still.
        settings: What is assumed of people.

    Attributes:
        plan: The config without its author's functions.
        authors_tasks: The tasks with them.
        values: What stands in for what people would answer.
        tasks: How it went, by task.
        cell_tallies: Who began conversations, by condition and value.
        arrived: How many have come.
        refused: How many were told that there are enough people.
        seconds: How long the play took, in its own time.
    """

    def __init__(self, plan: Plan, timers: MovableTimers, settings: ArrivalSettings) -> None:
        self.settings = settings
        self.authors_tasks = plan.tasks
        self.plan = _without_authors_code(plan)
        self.tasks = {key: TaskTally() for key in plan.tasks}
        self.cell_tallies = {
            name: {value: CellTally() for value in condition.values}
            for name, condition in plan.config.conditions.items()
        }
        self.arrived = 0
        self.refused = 0
        self.seconds = 0.0
        self.values = AnswersByLot(plan.config)
        self._timers = timers
        self._lot = Random(settings.seed)  # noqa: S311  # a play, and no secret
        self._chosen: dict[str, str] = {}
        self._runs = 0
        self._begun_at = timers.clock.time()
        store = MemoryStore(timers.clock)
        unit_of_work = UnitOfWork(store, lambda *_: None, lambda *_: None, no_pickle, timers.clock)
        self._desk = _Here(unit_of_work.close)
        self._runner = Runner(timers=timers, commit=lambda *_: None)
        current = CurrentPlan(self.plan)
        hooks = Hooks(current, self._runner)
        signs = ReadingSigns(store.after, lambda *_: None, hooks)
        self._context = make_service_context(
            current, self._desk, timers, unit_of_work, signs, hooks, BotSeats(None)
        )
        self._participation = Participation(current, unit_of_work)
        self._waiting = Waiting(current, self._runner, self._context, self._matched, self._stopped_waiting)

    @property
    def cells(self) -> Mapping[str, Mapping[Value, CellCount]]:
        """How many had which value of each condition, and what became of them."""
        return self._context.assignments.cells()

    def play(self, most_seconds: float = MOST_SECONDS) -> None:
        """Let everybody come, and wait until nobody is on the way any more who may still get somewhere."""
        end = process_time() + most_seconds
        for pause in self._pauses():
            if process_time() > end:
                break
            self._timers.advance(pause, self._desk.work_off)
            self.arrived += 1
            self._desk.put(self._comes, Session(f"played:{self.arrived}"))
            self._desk.work_off()
        self.seconds = self._timers.clock.time() - self._begun_at
        longest = [task.max_time_in_pool or 600.0 for task in self.plan.tasks.values()]
        self._timers.advance(sum(longest) + 2 * self.settings.talk, self._desk.work_off)
        self._runner.close()

    def _pauses(self) -> Iterator[float]:
        for _ in range(self.settings.arrivals):
            yield self._lot.expovariate(1 / self.settings.every)

    def _comes(self, session: Session) -> None:
        self.values.give(session, self._lot)
        session.move(At.OVERWORLD, since=self._timers.clock.time())
        self._goes_to(session, self._lot.choice([*self.plan.tasks]))

    def _goes_to(self, session: Session, key: str) -> None:
        self._chosen[session.id] = key
        self.tasks[key].came += 1
        self.tasks[key].still_waiting += 1
        self._participation.begins_round(session, key)
        self._waiting.enter(session, key)

    def _matched(self, task: TaskPlan, match: Match) -> None:
        drawn = self._context.assignments.draw_for_group()
        self._runs += 1
        uid = f"played:{self._runs}"
        tally = self.tasks[task.key]
        people = [entry.session for entry in match.entries]
        now = self._timers.clock.time()
        for session in people:
            tally.waits.append(now - session.since)
            tally.still_waiting -= 1
            session.move(At.TASK, since=now, task=task.key)
            self._participation.takes(session, task.key, uid)
        tally.conversations += 1
        tally.with_bots += bool(match.filling)
        self._context.assignments.begin_group(uid, drawn, people)
        self._tally_cells(people, tally.waits[-len(people) :])
        seconds = self.settings.talk * self._lot.uniform(0.5, 1.5)
        limit = task.config.talk.seconds_under(people[0].condition)
        seconds = seconds if limit is None else min(seconds, limit)
        leaves = [session for session in people if self._lot.random() < self.settings.drop_out]
        if leaves:
            seconds *= self._lot.random()
        self._context.call_later(seconds, self._over, task.key, uid, people, leaves)

    def _tally_cells(self, people: list[Session], waits: list[float]) -> None:
        for name, tallies in self.cell_tallies.items():
            for session, wait in zip(people, waits, strict=True):
                if name in session.condition:
                    cell = tallies[session.condition[name]]
                    cell.people.add(session.id)
                    cell.waits.append(wait)
            for value in {session.condition[name] for session in people if name in session.condition}:
                tallies[value].conversations += 1

    def _over(self, key: str, uid: str, people: list[Session], leaves: list[Session]) -> None:
        assignments, tally = self._context.assignments, self.tasks[key]
        ended: VisitPart = "partner_left" if leaves else "finished"
        staying = [session for session in people if session not in leaves]
        on = {session.id for session in staying if self._participation.round_over(session, key, uid, ended)}
        assignments.end_group(uid, people, well=not leaves, going_on=on)
        tally.dropped += len(leaves)
        for session in people:
            if session.id in on:
                tally.came -= 1
                self._goes_to(session, key)
                continue
            if session in staying:
                tally.finished += not leaves
                tally.partner_left += bool(leaves)
            self._leaves(session)

    def _stopped_waiting(self, session: Session, next_task: str | None) -> None:
        tally = self.tasks[self._chosen[session.id]]
        tally.still_waiting -= 1
        if session.at is not At.WAITING:
            tally.came -= 1
            self.refused += 1
        elif next_task is None:
            tally.in_vain += 1
        else:
            self._goes_to(session, next_task)
            return
        self._leaves(session)

    def _leaves(self, session: Session) -> None:
        self._context.assignments.went(session)
        session.move(At.GONE, since=self._timers.clock.time())


def _without_authors_code(plan: Plan) -> Plan:
    tasks = {key: replace(task, eligibility=None, assign_roles=None) for key, task in plan.tasks.items()}
    return replace(plan, tasks=tasks, mark_removed=None, after_agent_removed=None)
