"""The journey: people's way from the door through overworld, onboarding and pool into a task, and back."""

from __future__ import annotations

from collections.abc import Callable

from ..core.worlds.steps_world import FORMS_DONE
from ..runner.runner import Runner
from .current_plan import CurrentPlan
from .launching import Launcher
from .places.admission import Admission
from .places.departures import Departures
from .places.door import Door
from .places.overworld import Overworlds
from .places.participation import Participation
from .places.party import Party
from .places.routes import Farewell, Routes
from .places.tasks import Tasks
from .reentry import Reentry
from .service_context import ServiceContext
from .sessions import At, Session


class Journey:
    """The places of a service, and the routes between them. Runs on the desk.

    Args:
        plan: What holds for whatever begins now.
        runner: Executes the worlds.
        context: What the parts of the service work with.
        launcher: Launches the worlds.
        departures: Lets go of those who are out of sight.
        on_drained: Called when the service is closing and the last conversation has ended.
    """

    def __init__(
        self,
        plan: CurrentPlan,
        runner: Runner,
        context: ServiceContext,
        launcher: Launcher,
        departures: Departures,
        on_drained: Callable[[], None],
    ) -> None:
        self._context = context
        self.holding = context.holding
        routes = Routes(to_overworld=self.to_overworld, to_task=self.to_task, outside=self.outside)
        admission = Admission(plan.now.config.limits, context.texts, lambda: runner.has_room)
        participation = Participation(plan, context.unit_of_work)
        self.door = Door(context, departures, plan.now.password, admission, participation, routes)
        self.overworlds = Overworlds(plan, runner, context, launcher, routes)
        self.tasks = Tasks(plan, runner, context, launcher, routes, participation, on_drained)
        self.reentry = Reentry(runner, context, launcher, self.door)

    def close(self) -> None:
        """Begin nothing new."""
        self.door.close()
        self.tasks.close()

    def party_of(self, session: Session) -> Party | None:
        """Return who somebody is in conversation with, None while they are in none."""
        return self.tasks.party_of(session)

    def person_left(self, session: Session) -> None:
        """Somebody stayed away for too long: free their place, and tell those who were with them."""
        if not self.reentry.left(session):
            self.tasks.leave(session)
        # Their seats keep the old mailbox, so that what they left unread opens no door for somebody who is
        # not there, and nothing said on a later visit is read by the world they left.
        for message in session.take_fresh_mailbox():
            self._context.unit_of_work.consume(message)
        self.outside(session, "left")

    def leave_pool(self, session: Session) -> None:
        """Put it on record that somebody waits for nothing any more, who was not put back into a pool."""
        self._context.unit_of_work.leave_pool(session.id)

    def tell_to_wait(self, session: Session) -> None:
        """Tell somebody that their conversation waits for others."""
        self._context.tell(session, self._context.texts.others_first)

    def to_overworld(self, session: Session) -> None:
        """Send somebody to their overworld."""
        self.overworlds.enter(session)

    def to_task(self, session: Session, key: str) -> None:
        """Send somebody to a task; back to their overworld, where they may not go there."""
        if self.tasks.go_to(session, key):
            return
        if session.at is At.OVERWORLD:
            self.overworlds.choose_again(session)
        else:
            self.overworlds.enter(session)

    def outside(self, session: Session, farewell: Farewell) -> None:
        """Send somebody out of the door."""
        self._context.assignments.went(session)
        if session.stored_data.pop(FORMS_DONE, None) is not None:
            self._context.unit_of_work.touch(session, data=True)
        self.overworlds.leave(session, farewell)
        self.door.go_out(session, farewell)
