"""How the operators' part of a service is put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...runner.runner import Runner
from ...store.protocol import Store
from ..alerts.alert_board import AlertBoard
from ..journey import Journey
from ..service_context import ServiceContext
from ..session_table import Sessions
from .acting import Acting
from .effect import Effect
from .operators import Operators
from .reading.running_view import RunningView, ServiceFacts
from .reading.trouble_log import TroubleLog
from .study_view import StudyView

THE_SERVICE = "parleyrun"
"""Who does what the service does by itself, for the record."""


def make_operators(
    context: ServiceContext,
    journey: Journey,
    sessions: Sessions,
    store: Store,
    runner: Runner,
    facts: ServiceFacts,
) -> Operators:
    """Build it.

    Args:
        context: What the parts of the service work with.
        journey: The places, and the ways between them.
        sessions: Everybody whom the service has in memory.
        store: The record.
        runner: Executes the worlds.
        facts: What the service knows of itself.
    """
    view = StudyView(sessions, journey, context, store, runner)
    running = RunningView(sessions, journey, context, store, facts, TroubleLog())
    acting = Acting(context, journey, sessions, view, runner)

    def record_alert(name: str, text: str, details: Mapping[str, Any]) -> None:
        acting.record("alert", THE_SERVICE, text, Effect(target=name, details=details))

    alerts = AlertBoard(context.controls, context.unit_of_work, record_alert, context.desk.put, context.wall_time)
    return Operators(context, view, running, acting, runner, alerts)
