"""Solo runs: worlds that people go through alone, before a conversation or after it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from ....config.plan import TaskPlan
from ....runner.runner import Runner
from ....runner.turn import Outcome
from ....store.protocol import RunRecord, SavedRun
from ...current_plan import CurrentPlan
from ...launching import LOST, Launcher
from ...service_context import ServiceContext
from ...sessions import At, Session
from ..routes import Routes


class SoloRuns(ABC):
    """Runs such worlds, of one kind. Runs on the desk.

    Args:
        kind: Which; people are at the place of that name meanwhile.
        plan: What holds for whatever begins now.
        runner: Is told of people who leave in the middle.
        context: What the parts of the service work with.
        launcher: Launches the worlds.
        routes: Where people go who would rather leave than wait for a run that is held.
        on_over: Called after each run.
    """

    def __init__(
        self,
        kind: Literal["onboarding", "afterwards"],
        plan: CurrentPlan,
        runner: Runner,
        context: ServiceContext,
        launcher: Launcher,
        routes: Routes,
        on_over: Callable[[], None],
    ) -> None:
        self._kind = kind
        self._plan = plan
        self._place = At(kind)
        self._runner = runner
        self._context = context
        self._launcher = launcher
        self._routes = routes
        self._on_over = on_over
        self._going_on = 0

    @property
    def going_on(self) -> int:
        """How many people are in one."""
        return self._going_on

    @abstractmethod
    def _world_of(self, task: TaskPlan) -> type[Any] | None:
        """Return what people of a task go through here, None if there is nothing."""

    @abstractmethod
    def _over(self, session: Session, outcome: Outcome) -> None:
        """The run of somebody who is still there has ended."""

    def _enter(self, session: Session, task: str, world: type[Any]) -> None:
        """Bring somebody to the place, and into a world of that class."""
        session.move(self._place, since=self._context.wall_time(), task=task)
        self._context.announcements.show_place(session)
        self._context.unit_of_work.touch(session)
        self._open(session, task, world)

    def leave(self, session: Session) -> None:
        """Tell the world that its person has gone for good."""
        if session.run_uid is not None and session.agent is not None:
            self._context.unit_of_work.after(partial(self._runner.person_left, session.run_uid, session.agent))

    def restore(self, session: Session, run: SavedRun | None) -> None:
        """Go on with somebody's run, hold it, or end it, where it cannot go on."""
        task = self._plan.now.tasks.get(session.task or "")
        world = None if task is None else self._world_of(task)
        holding = self._context.holding
        if run is not None and holding.holds and (reason := holding.unfit(run)) is not None:
            holding.hold(run.record, [session], reason, self._leave_held)
            return
        if run is not None and run.outcome is None and world is not None:
            self._open(session, session.task or "", world, run)
            return
        self._going_on += 1
        uid = "" if run is None else run.record.identity.uid
        session.joined_run(uid)
        outcome = LOST if run is None else self._launcher.end_lost(run)
        self._context.desk.put(self._ended, session, uid, outcome)

    def _open(self, session: Session, task: str, world: type[Any], saved: SavedRun | None = None) -> None:
        agent = session.take_seat()
        self._going_on += 1
        on_held = None
        if saved is not None and self._context.holding.holds:
            on_held = partial(self._hold, session, saved.record)
        ended = partial(self._ended, session)
        session.joined_run(self._launcher.task_world(self._kind, task, world, [agent], ended, saved, on_held))

    def _hold(self, session: Session, record: RunRecord, reason: str) -> None:
        self._going_on -= 1
        self._on_over()
        if session.run_uid == record.identity.uid:
            self._context.holding.hold(record, [session], reason, self._leave_held)

    def _leave_held(self, session: Session) -> None:
        self._routes.outside(session, "goodbye")

    def _ended(self, session: Session, uid: str, outcome: Outcome) -> None:
        self._context.unit_of_work.answer(uid)
        self._going_on -= 1
        if session.run_uid == uid and session.at is self._place and session.task is not None:
            session.leave_seat()
            self._over(session, outcome)
        self._on_over()
