"""Onboarding: the world, or the forms, between a choice and the pool."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....config.plan import TaskPlan
from ....config.texts import Texts
from ....core.worlds.steps_world import TurnedAway
from ....runner.runner import Runner
from ....runner.turn import Outcome
from ...current_plan import CurrentPlan
from ...launching import Launcher
from ...service_context import ServiceContext
from ...sessions import Session
from ..routes import Routes
from .solo_runs import SoloRuns


class Onboarding(SoloRuns):
    """Runs onboardings. Runs on the desk.

    Args:
        plan: What holds for whatever begins now.
        runner: Is told of people who leave in the middle.
        context: What the parts of the service work with.
        launcher: Launches the worlds.
        routes: Where people go who do not pass.
        on_passed: Takes somebody who may wait for their task.
        on_over: Called after each onboarding has ended.
    """

    def __init__(
        self,
        plan: CurrentPlan,
        runner: Runner,
        context: ServiceContext,
        launcher: Launcher,
        routes: Routes,
        on_passed: Callable[[Session, str], None],
        on_over: Callable[[], None],
    ) -> None:
        super().__init__("onboarding", plan, runner, context, launcher, routes, on_over)
        self._on_passed = on_passed
        self._closing = False

    def close(self) -> None:
        """Let nobody into a pool any more."""
        self._closing = True

    def begin(self, session: Session, task: TaskPlan) -> None:
        """Onboard somebody for a task that asks for it."""
        assert task.onboard is not None
        if task.onboards_by_condition and not self._context.assignments.assign(session):
            self._context.tell_enough_people(session)
            self._context.desk.put(self._routes.to_overworld, session)
            return
        self._enter(session, task.key, task.onboard)

    def _world_of(self, task: TaskPlan) -> type[Any] | None:
        return task.onboard

    def _over(self, session: Session, outcome: Outcome) -> None:
        refusal = refusal_of(outcome, self._context.texts, closing=self._closing)
        if refusal is None:
            session.onboarded(outcome.data)
            self._on_passed(session, session.task or "")
            return
        visits = self._context.visits
        if outcome.kind in ("failed", "stopped"):
            visits.happened(session, "failed")
        elif isinstance(outcome.data, TurnedAway):
            visits.happened(session, visits.part_named(outcome.data.part))
        elif outcome.data is None:
            visits.happened(session, "screened_out")
        if outcome.kind == "failed":
            session.trip_failed()
        self._context.tell(session, refusal)
        if isinstance(outcome.data, TurnedAway) and visits.may_end_at_once:
            self._routes.outside(session, "goodbye")
        else:
            self._routes.to_overworld(session)


def refusal_of(outcome: Outcome, texts: Texts, *, closing: bool = False) -> str | None:
    """Return the sentence that keeps somebody from going on after their onboarding; None if nothing does."""
    if outcome.kind == "failed":
        return texts.onboarding_failed
    if outcome.kind == "stopped":
        return texts.stopped
    if isinstance(outcome.data, TurnedAway):
        return sentence_for(outcome.data, texts)
    if outcome.data is None:
        return texts.turned_away
    return texts.closing_refused if closing else None


def sentence_for(turned_away: TurnedAway, texts: Texts) -> str:
    """Return what somebody is told whom a form has kept from going on."""
    if turned_away.part == "declined":
        return texts.declined
    return texts.time_for_form_over if turned_away.part == "timed_out" else texts.not_taking_part
