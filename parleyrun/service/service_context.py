"""What every part of the service works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..config.texts import Texts
from ..core.message import Message
from ..runner.timers import Timer, Timers
from .announcements import Announcements
from .bots.bot_seats import BotSeats
from .current_plan import CurrentPlan
from .desk import Desk
from .holding import Holding
from .hooks import Hooks
from .operations.control_board import ControlBoard
from .places.assignments import Assignments
from .places.visits import Visits
from .sessions import Session
from .signs.reading_signs import ReadingSigns
from .unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceContext:
    """The desk, the time, the unit of work under way, how the system speaks, hooks, what is held, how bots sit.

    They always go together. `assignments` has who got which value of a condition, `visits` how things go for
    people, `controls` what operators have set.
    """

    desk: Desk
    timers: Timers
    unit_of_work: UnitOfWork
    announcements: Announcements
    hooks: Hooks
    reading_signs: ReadingSigns
    holding: Holding
    bot_seats: BotSeats
    assignments: Assignments
    visits: Visits
    controls: ControlBoard

    @property
    def texts(self) -> Texts:
        return self.announcements.texts

    def tell(self, session: Session, sentence: str, **values: object) -> None:
        """Say a sentence of the system's to somebody."""
        self.announcements.tell(session, sentence, **values)

    def tell_enough_people(self, session: Session) -> None:
        """Tell somebody who has come in that the study has had enough people, which is how their visit ends."""
        self.tell(session, self.texts.enough_people)
        self.visits.happened(session, "study_full")

    def tell_as_written(self, session: Session, text: str) -> None:
        """Say something to somebody that an author has written, braces and all."""
        self.announcements.say(session.id, Message(text))

    def wall_time(self) -> float:
        return self.timers.clock.time()

    def call_later(self, seconds: float, work: Callable[..., None], *args: Any) -> Timer:
        """Have `work(*args)` done on the desk in so many seconds; at once if they are over already."""
        return self.timers.call_later(max(0.0, seconds), partial(self.desk.put, work, *args))


def make_service_context(
    plan: CurrentPlan,
    desk: Desk,
    timers: Timers,
    unit_of_work: UnitOfWork,
    reading_signs: ReadingSigns,
    hooks: Hooks,
    bot_seats: BotSeats,
) -> ServiceContext:
    """Build the context of a service from what only the service itself can build."""
    announcements = Announcements(plan.now.config.texts, unit_of_work.say, unit_of_work.signal)
    return ServiceContext(
        desk=desk,
        timers=timers,
        unit_of_work=unit_of_work,
        announcements=announcements,
        hooks=hooks,
        reading_signs=reading_signs,
        holding=Holding(plan, announcements, desk.put, unit_of_work.consume),
        bot_seats=bot_seats,
        assignments=Assignments(plan.now.config.conditions, unit_of_work),
        visits=Visits(plan.now.config, unit_of_work, timers.clock.time),
        controls=ControlBoard(unit_of_work.control),
    )
