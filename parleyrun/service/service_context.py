"""What every part of the service works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..config.texts import Texts
from ..runner.timers import Timer, Timers
from .announcements import Announcements
from .bots.bot_seats import BotSeats
from .desk import Desk
from .holding import Holding
from .hooks import Hooks
from .sessions import Session
from .signs.reading_signs import ReadingSigns
from .unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceContext:
    """The desk, the time, the unit of work under way, how the system speaks, hooks, what is held, how bots sit.

    They always go together.
    """

    desk: Desk
    timers: Timers
    unit_of_work: UnitOfWork
    announcements: Announcements
    hooks: Hooks
    reading_signs: ReadingSigns
    holding: Holding
    bot_seats: BotSeats

    @property
    def texts(self) -> Texts:
        return self.announcements.texts

    def tell(self, session: Session, sentence: str, **values: object) -> None:
        """Say a sentence of the system's to somebody."""
        self.announcements.tell(session, sentence, **values)

    def say_goodbye(self, session: Session) -> None:
        """Say the last words of a visit."""
        self.announcements.say_goodbye(session)

    def wall_time(self) -> float:
        return self.timers.clock.time()

    def call_later(self, seconds: float, work: Callable[..., None], *args: Any) -> Timer:
        """Have `work(*args)` done on the desk in so many seconds; at once if they are over already."""
        return self.timers.call_later(max(0.0, seconds), partial(self.desk.put, work, *args))
