"""Onboarding: the world between a choice and the pool."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ...config.plan import Plan, TaskPlan
from ...config.texts import Texts
from ...runner.person import PersonAgent
from ...runner.runner import Runner
from ...runner.turn import Outcome
from ...store.protocol import RunRecord, SavedRun
from ..launching import LOST, Launcher
from ..service_context import ServiceContext
from ..sessions import At, Session
from .routes import Routes


class Onboarding:
    """Runs onboarding worlds. Runs on the desk.

    Args:
        plan: The checked config.
        runner: Is told of people who leave in the middle.
        context: What the parts of the service work with.
        launcher: Launches the worlds.
        routes: Where people go who do not pass.
        on_passed: Takes somebody who may wait for their task.
        on_over: Called after each onboarding has ended.
    """

    def __init__(
        self,
        plan: Plan,
        runner: Runner,
        context: ServiceContext,
        launcher: Launcher,
        routes: Routes,
        on_passed: Callable[[Session, str], None],
        on_over: Callable[[], None],
    ) -> None:
        self._plan = plan
        self._runner = runner
        self._context = context
        self._launcher = launcher
        self._routes = routes
        self._on_passed = on_passed
        self._on_over = on_over
        self._going_on = 0
        self._closing = False

    @property
    def going_on(self) -> int:
        """How many people are being onboarded."""
        return self._going_on

    def close(self) -> None:
        """Let nobody into a pool any more."""
        self._closing = True

    def begin(self, session: Session, task: TaskPlan) -> None:
        """Onboard somebody for a task that asks for it."""
        session.move(At.ONBOARDING, since=self._context.wall_time(), task=task.key)
        self._context.announcements.show_place(session)
        self._context.unit_of_work.touch(session)
        self._open(session, task)

    def leave(self, session: Session) -> None:
        """Tell the world that its person has gone for good."""
        if session.run_uid is not None and session.agent is not None:
            self._person_left(session.run_uid, session.agent)

    def restore(self, session: Session, run: SavedRun | None) -> None:
        """Go on with somebody's onboarding, hold it, or end it, where it cannot go on."""
        holding = self._context.holding
        if run is not None and holding.holds and (reason := holding.unfit(run)) is not None:
            holding.hold(run.record, [session], reason, self._leave_held)
            return
        task = self._plan.tasks.get(session.task or "")
        if run is not None and run.outcome is None and task is not None and task.onboard is not None:
            self._open(session, task, run)
            return
        self._going_on += 1
        uid = "" if run is None else run.record.identity.uid
        session.joined_run(uid)
        outcome = LOST if run is None else self._launcher.end_lost(run)
        self._context.desk.put(self._ended, session, uid, outcome)

    def _open(self, session: Session, task: TaskPlan, saved: SavedRun | None = None) -> None:
        assert task.onboard is not None
        agent = session.take_seat()
        self._going_on += 1
        on_held = None
        if saved is not None and self._context.holding.holds:
            on_held = partial(self._hold, session, saved.record)
        session.joined_run(
            self._launcher.task_world(
                "onboarding", task.key, task.onboard, [agent], partial(self._ended, session), saved, on_held
            )
        )

    def _hold(self, session: Session, record: RunRecord, reason: str) -> None:
        self._going_on -= 1
        self._on_over()
        if session.run_uid == record.identity.uid:
            self._context.holding.hold(record, [session], reason, self._leave_held)

    def _leave_held(self, session: Session) -> None:
        self._routes.outside(session, "goodbye")

    def _person_left(self, uid: str, agent: PersonAgent) -> None:
        self._context.unit_of_work.after(partial(self._runner.person_left, uid, agent))

    def _ended(self, session: Session, uid: str, outcome: Outcome) -> None:
        self._context.unit_of_work.answer(uid)
        self._going_on -= 1
        self._on_over()
        if session.run_uid != uid or session.at is not At.ONBOARDING or session.task is None:
            return
        session.leave_seat()
        refusal = refusal_of(outcome, self._context.texts, closing=self._closing)
        if refusal is None:
            session.onboarded(outcome.data)
            self._on_passed(session, session.task)
        else:
            if outcome.kind in ("failed", "stopped"):
                self._context.visits.happened(session, "failed")
            elif outcome.data is None:
                self._context.visits.happened(session, "screened_out")
            if outcome.kind == "failed":
                session.trip_failed()
            self._context.tell(session, refusal)
            self._routes.to_overworld(session)


def refusal_of(outcome: Outcome, texts: Texts, *, closing: bool = False) -> str | None:
    """Return the sentence that keeps somebody from going on after their onboarding; None if nothing does."""
    if outcome.kind == "failed":
        return texts.onboarding_failed
    if outcome.kind == "stopped":
        return texts.stopped
    if outcome.data is None:
        return texts.turned_away
    return texts.closing_refused if closing else None
