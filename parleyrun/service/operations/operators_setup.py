"""How the operators' part of a service is put together."""

from __future__ import annotations

from ...runner.runner import Runner
from ...store.protocol import Store
from ..journey import Journey
from ..service_context import ServiceContext
from ..session_table import Sessions
from .acting import Acting
from .operators import Operators
from .reading.running_view import RunningView, ServiceFacts
from .reading.trouble_log import TroubleLog
from .study_view import StudyView


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
    return Operators(context, view, running, Acting(context, journey, sessions, view, runner), runner)
