"""How the seats of a task's conversation are made from those of its people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ...config.plan import TaskPlan
from ...core.bot_seats.bot_agent import BotAgent
from ...runner.person import PersonAgent
from ..places.role_giving import roles_to_fill
from .bot_seats import BotSeats

MakeSeats = Callable[[Sequence[PersonAgent]], list[Any]]
"""Makes all seats of a world from those of its people. Called on a worker thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstSeats:
    """Makes the seats of a conversation that begins (`MakeSeats`).

    Attributes:
        bot_seats: Makes bots.
        task: Its task, under the conditions that hold.
        filling: The roles of those in whose places nobody came.
        filled_after: After how many seconds bots sit down there.
    """

    bot_seats: BotSeats
    task: TaskPlan
    filling: Sequence[str] = ()
    filled_after: float | None = None

    def __call__(self, people: Sequence[PersonAgent]) -> list[PersonAgent | BotAgent]:
        return self.bot_seats.seats_of(self.task, people, self.filling, self.filled_after)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatsAgain:
    """Makes the seats of a conversation that was cut off before its world was on record (`MakeSeats`).

    Attributes:
        bot_seats: Makes bots.
        task: Its task.
        person_name: What people are called who have no role.
    """

    bot_seats: BotSeats
    task: TaskPlan
    person_name: str

    def __call__(self, people: Sequence[PersonAgent]) -> list[PersonAgent | BotAgent]:
        task = self.task
        if people and people[0].condition:
            task = task.under(people[0].condition)
        seats = self.bot_seats.seats_of(task, people, roles_to_fill(task, people, self.person_name))
        for seat in seats:
            if isinstance(seat, BotAgent):
                seat.absence.was_cut_off = True
        return seats
