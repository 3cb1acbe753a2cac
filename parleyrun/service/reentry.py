"""Re-entry: what a changed config asks of those who were inside, before they go on where they were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from ..config.plan import TaskPlan
from ..core.message import Message
from ..core.worlds.steps_world import TurnedAway
from ..runner.person import PersonAgent
from ..runner.runner import Runner
from ..runner.turn import Outcome
from .launching import Launcher
from .places.alone.onboarding import refusal_of
from .places.door import Door
from .service_context import ServiceContext
from .sessions import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Followups:
    """What comes after it. All are called on the desk.

    Attributes:
        passed: They go on.
        refused: Their new onboarding turned them away, or failed; they were told.
        left: They stayed away for too long; they are about to be outside.
    """

    passed: Callable[[], None]
    refused: Callable[[], None]
    left: Callable[[], None]


@dataclass(slots=True)
class _Entering:
    """Somebody on their way back in. What they wrote before, for the world they were in, is put aside."""

    session: Session
    task: TaskPlan | None
    then: Followups
    aside: list[Message]
    run: tuple[str, PersonAgent] | None = field(default=None)


class Reentry:
    """Asks people for the password, then onboards them, while their conversation waits. Runs on the desk.

    Where they are on record does not change meanwhile: a process that dies here begins with it again.

    Args:
        runner: Is told of people who leave in the middle of their onboarding.
        context: What the parts of the service work with.
        launcher: Launches the onboarding.
        door: Asks for the password.
    """

    def __init__(self, runner: Runner, context: ServiceContext, launcher: Launcher, door: Door) -> None:
        self._runner = runner
        self._context = context
        self._launcher = launcher
        self._door = door
        self._entering: dict[str, _Entering] = {}

    def begin(self, session: Session, task: TaskPlan | None, then: Followups) -> None:
        """Ask somebody who is inside for all that is new.

        Args:
            session: Who it is.
            task: The task whose onboarding they have not been through; None if there is none.
            then: What comes after it.
        """
        entering = _Entering(session, task, then, session.mailbox.set_aside())
        self._entering[session.id] = entering
        if self._door.asks(session):
            self._door.ask_inside(session, partial(self._onboard, entering))
        else:
            self._onboard(entering)

    def left(self, session: Session) -> bool:
        """Somebody goes for good. False if they are not on their way back in."""
        entering = self._entering.pop(session.id, None)
        if entering is None:
            return False
        if entering.run is not None:
            self._context.unit_of_work.after(partial(self._runner.person_left, *entering.run))
        self._consume(entering.aside)
        self._door.leave_gate(session)
        entering.then.left()
        return True

    def _onboard(self, entering: _Entering) -> None:
        task, session = entering.task, entering.session
        if task is None or task.onboard is None:
            self._pass(entering)
            return
        self._context.tell(session, self._context.texts.before_going_on)
        agent = session.new_agent()
        ended = partial(self._onboarded, entering)
        entering.run = (
            self._launcher.task_world("onboarding", task.key, task.onboard, [agent], ended),
            agent,
        )

    def _onboarded(self, entering: _Entering, uid: str, outcome: Outcome) -> None:
        self._context.unit_of_work.answer(uid)
        session = entering.session
        if self._entering.get(session.id) is not entering:
            return
        entering.run = None
        refusal = refusal_of(outcome, self._context.texts)
        if refusal is None:
            session.onboarded(outcome.data)
            self._context.unit_of_work.touch(session)
            self._pass(entering)
            return
        del self._entering[session.id]
        if isinstance(outcome.data, TurnedAway):
            self._context.visits.happened(session, self._context.visits.part_named(outcome.data.part))
        self._context.tell(session, refusal)
        self._consume(entering.aside)
        entering.then.refused()

    def _pass(self, entering: _Entering) -> None:
        session = entering.session
        del self._entering[session.id]
        session.mailbox.put_back(entering.aside)
        self._context.announcements.show_place(session)
        entering.then.passed()

    def _consume(self, messages: list[Message]) -> None:
        for message in messages:
            self._context.unit_of_work.consume(message)
