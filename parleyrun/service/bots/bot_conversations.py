"""Conversations of bots among themselves: a task with a bot in each seat, and nobody who waits for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ...config.plan import TaskPlan
from ...core.bot_seats.bot_settings import BotSettings
from ...core.conditions import Value
from ...errors import WorldError
from ...runner.runner import Runner
from ...runner.turn import Outcome
from ..launching import Launcher, OnEnd
from ..places.role_giving import empty_seat, give_roles
from ..service_context import ServiceContext
from .task_seats import MakeSeats

StandIns = Callable[[str], BotSettings]
"""Says how a bot behaves that sits in a person's place, by the role of that. Any thread."""

_SOMEBODY = BotSettings(model="somebody")


class BotConversations:
    """Any thread.

    Args:
        runner: Runs them.
        context: Of the service.
        launcher: Launches them.
    """

    def __init__(self, runner: Runner, context: ServiceContext, launcher: Launcher) -> None:
        self._runner = runner
        self._context = context
        self._launcher = launcher

    def roles_of_people(self, task: TaskPlan) -> list[str]:
        """Return the roles that people would have in a task, who are as many as it needs. Runs author code.

        Raises:
            WorldError: The author's `assign_roles` gives nobody a role, or what is none.
        """
        seats = [empty_seat(_SOMEBODY) for _ in range(task.agents_required)]
        give_roles(task, seats, self._context.texts.person_name)
        roles = [seat.disp_id for seat in seats if seat.disp_id is not None]
        if not roles:
            raise WorldError(f"expected assign_roles of task '{task.key}' to give roles, got none for anybody")
        return roles

    def begin(
        self,
        task: TaskPlan,
        condition: Mapping[str, Value],
        stand_ins: StandIns,
        began: Callable[[str], object],
        ended: OnEnd,
    ) -> None:
        """Begin a conversation. Returns at once.

        The first in a person's place speaks first, unless one of the task's own bots does.

        Args:
            task: Its task.
            condition: The values of the conditions that hold in it.
            stand_ins: Who sits in people's places.
            began: Called with its uid, on the desk, before anything is said in it.
            ended: Called with its uid and its outcome, on the desk.
        """
        seats = partial(self._seats, task.under(condition), condition, stand_ins)
        self._context.desk.put(self._begin, task, seats, began, ended)

    def stop(self, uid: str, reason: str) -> None:
        """End one of them; one that has ended already stays as it is."""
        self._runner.stop(uid, Outcome("stopped", reason, forced=True))

    def _begin(self, task: TaskPlan, seats: MakeSeats, began: Callable[[str], object], ended: OnEnd) -> None:
        on_end = partial(self._ended, ended)
        began(self._launcher.task_world("task", task.key, task.world, (), on_end, seats=seats))

    def _ended(self, ended: OnEnd, uid: str, outcome: Outcome) -> None:
        self._context.unit_of_work.answer(uid)
        ended(uid, outcome)

    def _seats(
        self, task: TaskPlan, condition: Mapping[str, Value], stand_ins: StandIns, _people: Sequence[Any]
    ) -> list[Any]:
        """On a worker thread: make all seats of a conversation."""
        in_stead = [(role, stand_ins(role)) for role in self.roles_of_people(task)]
        if not any(bot.begins for bot in task.bots.values()):
            first, settings = in_stead[0]
            in_stead[0] = first, replace(settings, begins=True)
        return self._context.bot_seats.seats_without_people(task, in_stead, condition)
