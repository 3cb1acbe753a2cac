"""Afterwards: what people are asked, each alone, once their conversation is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....config.plan import TaskPlan
from ....core.worlds.steps_world import AFTERWARDS, TurnedAway
from ....runner.runner import Runner
from ....runner.turn import Outcome
from ....study.visit_completion import VisitPart
from ...current_plan import CurrentPlan
from ...launching import Launcher
from ...service_context import ServiceContext
from ...sessions import Session
from ..routes import Routes
from .onboarding import sentence_for
from .solo_runs import SoloRuns


class Afterwards(SoloRuns):
    """Asks what is to be asked after conversations. Runs on the desk.

    Args:
        plan: What holds for whatever begins now.
        runner: Is told of people who leave in the middle.
        context: What the parts of the service work with.
        launcher: Launches the worlds.
        routes: Where people go whose visit a form ends.
        see_off: Sends somebody on who is through.
        on_over: Called after each has ended.
    """

    def __init__(
        self,
        plan: CurrentPlan,
        runner: Runner,
        context: ServiceContext,
        launcher: Launcher,
        routes: Routes,
        see_off: Callable[[Session], None],
        on_over: Callable[[], None],
    ) -> None:
        super().__init__("afterwards", plan, runner, context, launcher, routes, on_over)
        self._see_off = see_off

    def begin(self, session: Session, key: str, ended: VisitPart) -> bool:
        """Ask somebody whose conversation is over. False if there is nothing to ask.

        Args:
            session: Who it is.
            key: The task that they were in.
            ended: How it has ended for them.
        """
        task = self._plan.now.tasks.get(key)
        if task is None or task.afterwards is None or not task.afterwards.steps_after(ended, session.condition):
            return False
        of_tasks: dict[str, Any] = session.stored_data.get(AFTERWARDS, {})
        session.stored_data[AFTERWARDS] = {**of_tasks, key: {"ended": ended, "answers": {}}}
        self._context.unit_of_work.touch(session, data=True)
        session.leave_seat()
        self._enter(session, key, task.afterwards)
        return True

    def _world_of(self, task: TaskPlan) -> type[Any] | None:
        return task.afterwards

    def _over(self, session: Session, outcome: Outcome) -> None:
        texts, visits = self._context.texts, self._context.visits
        if outcome.kind == "failed":
            session.trip_failed()
            self._context.tell(session, texts.world_failed)
        elif outcome.kind == "stopped":
            self._context.tell(session, texts.stopped)
        elif isinstance(outcome.data, TurnedAway):
            visits.happened(session, visits.part_named(outcome.data.part))
            self._context.tell(session, sentence_for(outcome.data, texts))
            if visits.may_end_at_once:
                session.data.pop("next_task", None)
                self._context.unit_of_work.touch(session, data=True)
                self._routes.outside(session, "goodbye")
                return
        self._see_off(session)
