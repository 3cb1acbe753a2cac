"""The door: people outside, their knocking, and their going."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from ...core.message import Message
from ...signals import Ended, VisitEnd
from ..service_context import ServiceContext
from ..sessions import At, Session
from .admission import Admission
from .departures import Departures
from .participation import Participation
from .password import PasswordGate
from .routes import Farewell, Routes

FIRST_MESSAGE = "first_message"
"""What somebody's visit began with, in their `stored_data`. A password is not kept."""


class Door:
    """Lets people in and out. Runs on the desk.

    Args:
        context: What the parts of the service work with.
        departures: Lets go of those who are out of sight.
        password: Asked for at the door; None lets everybody in.
        admission: Says who may not come in just now.
        participation: Says who may never come in again.
        routes: Where people go from here.
    """

    def __init__(
        self,
        context: ServiceContext,
        departures: Departures,
        password: str | None,
        admission: Admission,
        participation: Participation,
        routes: Routes,
    ) -> None:
        self._context = context
        self._departures = departures
        self.admission = admission
        self._participation = participation
        self._routes = routes
        self._gate = PasswordGate(password, context, self._let_in)
        self._closing = False
        self._asked_inside: dict[str, Callable[[], None]] = {}

    def close(self) -> None:
        """Let nobody in any more."""
        self._closing = True

    def stand_outside(self, session: Session) -> None:
        """Wait for somebody's first message, which only opens the door. Any thread, for a newcomer."""
        session.mailbox.listen(partial(self._context.desk.put, self._knocked, session))

    def open(self, session: Session, words: str | None = None) -> None:
        """Let somebody in who is outside. `words` are those they knock with, if they do."""
        if session.here:
            return
        if self._closing:
            self._context.tell(session, self._context.texts.closing_refused)
            return
        if self._participation.is_over(session):
            self._context.announcements.say_farewell(session, self._context.texts.once_only)
            end = self._context.visits.last_end(session)
            self._context.announcements.tell_end(session, end)
            self._context.announcements.signal(session.id, Ended("once", again=False, end=end))
            return
        shut = self._context.controls.door != "open"
        refusal = self._context.texts.enough_people if shut else self.admission.refusal(session)
        if refusal is not None:
            self._context.tell(session, refusal)
            return
        self._departures.came_back(session)
        if session.at is At.GONE:
            session.move(At.DOOR, since=self._context.wall_time())
            self._context.unit_of_work.touch(session)
        if self._gate.opens_for(session, words):
            session.admit()
        elif words is not None:
            session.stored_data[FIRST_MESSAGE] = words
            self._context.unit_of_work.touch(session, data=True)
        self._gate.open(session)

    def back_at_gate(self, session: Session) -> None:
        """Somebody who was asked for the password has a connection again."""
        self._gate.look_again(session)

    def go_out(self, session: Session, farewell: Farewell) -> None:
        """Somebody goes: they are outside from now on."""
        end = self._context.visits.ends(session, farewell)
        self._say_farewell(session, farewell, end)
        self.admission.left(session)
        session.leave_seat()
        session.chose_well()
        # What they were in is remembered until they come back and are told.
        lost_task = session.task if farewell == "left" else None
        session.move(At.GONE, since=self._context.wall_time(), task=lost_task)
        # With their data: it is in memory no more once they are out of sight.
        self._context.unit_of_work.touch(session, data=bool(session.data or session.stored_data))
        self._participation.ended(session, well=farewell == "goodbye")
        reason: Literal["left", "goodbye"] = "left" if farewell == "left" else "goodbye"
        again = self._participation.may_come_again(session)
        self._context.announcements.signal(session.id, Ended(reason, again, end))
        self.stand_outside(session)
        self.out_of_sight(session)

    def tell_of_loss(self, session: Session, *, opens: bool) -> None:
        """Somebody comes back too late to a place that was given up.

        A chat page (`opens`) shows the end of that visit, and its person begins another one when they like. What
        the page kept for the conversation, and sends at once, is on record and goes nowhere else.
        """
        session.told_of_loss(late_words=opens)
        end = self._context.visits.last_end(session)
        own = "" if end is None else end.text
        self._context.unit_of_work.touch(session)
        if opens:
            self._context.announcements.say_farewell(session, own or self._context.texts.place_lost)
            self._context.announcements.tell_end(session, end)
            again = self._participation.may_come_again(session)
            self._context.announcements.signal(session.id, Ended("left", again, end))
        else:
            if own:
                self._context.announcements.say(session.id, Message(own))
            else:
                self._context.tell(session, self._context.texts.place_lost)
            self._context.announcements.tell_end(session, end)

    def out_of_sight(self, session: Session) -> None:
        """Somebody is outside and may never come back."""
        self._departures.out_of_sight(session)

    def restore(self, session: Session) -> None:
        """Put somebody back who was outside when the process ended."""
        if session.at is At.GONE:
            self.stand_outside(session)
            self.out_of_sight(session)
        elif session.at_gate and not self._gate.open_to_all:
            self._gate.listen(session)
        else:
            session.left_gate()
            self.stand_outside(session)

    def asks(self, session: Session) -> bool:
        """Say whether somebody has never said the password that is asked for."""
        return self._gate.asks(session)

    def ask_inside(self, session: Session, then: Callable[[], None]) -> None:
        """Ask somebody for the password who came in while there was none; `then` is called once they know it."""
        self._asked_inside[session.id] = then
        self._gate.open(session)

    def leave_gate(self, session: Session) -> None:
        """Ask somebody inside no more: they go, or no password is asked for any more."""
        self._asked_inside.pop(session.id, None)
        session.left_gate()

    def _say_farewell(self, session: Session, farewell: Farewell, end: VisitEnd | None) -> None:
        """Say the last words of a visit. Who stayed away too long hears them when they come back."""
        if farewell == "left":
            return
        own = "" if end is None else end.text
        if own or farewell == "goodbye":
            self._context.announcements.say_farewell(session, own or self._context.texts.goodbye)
        self._context.announcements.tell_end(session, end)

    def _let_in(self, session: Session) -> None:
        self.admission.entered(session)
        then = self._asked_inside.pop(session.id, None)
        if then is None:
            self._routes.to_overworld(session)
        else:
            then()

    def _knocked(self, session: Session) -> None:
        # At the gate, what is written is an answer and belongs to the gate.
        if session.here or session.at_gate:
            return
        knock = session.mailbox.take()
        if knock is not None and session.late_words:
            self._context.unit_of_work.consume(knock)
            return
        if knock is not None:
            self._context.unit_of_work.consume(knock)
            # Who writes long after they went is there, though no connection was told of. Before that it may be
            # mail that they left behind, and the grace that runs then lets them out again.
            if not session.in_grace:
                session.arrived()
            self.open(session, knock.text)
            if not session.here:
                self.out_of_sight(session)
