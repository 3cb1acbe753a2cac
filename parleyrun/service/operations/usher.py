"""The usher: takes people out of where they are, and brings them elsewhere."""

from __future__ import annotations

from typing import get_args

from ...errors import OperatorError
from ...study.visit_completion import VisitOutcome
from ..journey import Journey
from ..service_context import ServiceContext
from ..sessions import At, Session

SENT_ELSEWHERE = "an operator sent its person elsewhere"
"""Why an overworld is over, as its record says it."""


_OUTCOMES = get_args(VisitOutcome)


def outcome_named(name: str | None) -> VisitOutcome | None:
    """Return the outcome of that name, None for None. Raises `OperatorError` for any other name."""
    if name is None or name in _OUTCOMES:
        return name  # type: ignore[return-value]  # it is one of them
    raise OperatorError(f"expected an outcome ({', '.join(_OUTCOMES)}), got '{name}'")


class Usher:
    """Sends people where an operator wants them. Runs on the desk.

    Args:
        journey: The places, and the ways between them.
        context: What the parts of the service work with.
    """

    def __init__(self, journey: Journey, context: ServiceContext) -> None:
        self._journey = journey
        self._context = context

    def back(self, session: Session) -> None:
        """Send somebody who is inside to a fresh overworld."""
        self._get_up(session)
        self._journey.to_overworld(session)

    def to_task(self, session: Session, key: str) -> None:
        """Send somebody who is inside to a task; to an overworld, where they may not go there."""
        self._get_up(session)
        session.leave_seat()
        if session.at is not At.OVERWORLD:
            session.move(At.OVERWORLD, since=self._context.wall_time())
            self._context.unit_of_work.touch(session)
        self._journey.to_task(session, key)

    def out(self, session: Session, outcome: VisitOutcome | None) -> None:
        """Send somebody who is inside out of the door, with the outcome of their visit if one is given."""
        if outcome is not None:
            self._context.visits.is_told(session, outcome)
        self._get_up(session)
        self._journey.outside(session, "goodbye")

    def _get_up(self, session: Session) -> None:
        """Free somebody's place, and tell those who were with them. What they wrote for it is read by nobody."""
        if session.held:
            session.release()
        elif not self._journey.reentry.left(session):
            self._journey.tasks.leave(session)
        # What they write from now on is for none of the worlds they were in, one that sleeps among them.
        self._journey.overworlds.leave(session, "goodbye", SENT_ELSEWHERE)
        for message in session.take_fresh_mailbox():
            self._context.unit_of_work.consume(message)
