"""How the operators' part of a service is put together."""

from __future__ import annotations

from collections.abc import Callable

from ...runner.runner import Runner
from ...store.protocol import Store
from ..counts import FINISHED, Counts
from ..journey import Journey
from ..service_context import ServiceContext
from ..session_table import Sessions
from .acting import Acting
from .operators import Operators
from .study_view import ServiceState, StudyView


def make_operators(
    context: ServiceContext,
    journey: Journey,
    sessions: Sessions,
    store: Store,
    runner: Runner,
    counts: Callable[[], Counts],
    troubles: Callable[[], tuple[str | None, bool]],
) -> Operators:
    """Build it.

    Args:
        context: What the parts of the service work with.
        journey: The places, and the ways between them.
        sessions: Everybody whom the service has in memory.
        store: The record.
        runner: Executes the worlds.
        counts: Returns what is going on.
        troubles: Returns what keeps the service from its work, None for nothing, and whether it is closing.
    """

    def state() -> ServiceState:
        conversations = counts().conversations
        trouble, closing = troubles()
        ended = {FINISHED: conversations.finished, **conversations.ended}
        return ServiceState(ended=ended, trouble=trouble, closing=closing)

    view = StudyView(sessions, journey, context, store, runner, state)
    return Operators(context, view, Acting(context, journey, sessions, view, runner), runner)
