"""Bots in people's seats, as operators put them there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ...config.plan import TaskPlan
from ...core.bot_seats.bot_agent import BotAgent
from ...core.bot_seats.bot_settings import BotSettings
from ...core.message import Message
from ...events import Lines
from ...message_marks import OPERATOR
from ...runner.person import PersonAgent
from ...runner.seats.seat_swap import SeatSwap
from .bot_seats import BotSeats

Past = Callable[[], Sequence[tuple[bool, Message]]]
"""Returns what was said to somebody in a conversation, and (True) by them."""


def swap_of(
    person: PersonAgent, entry: Mapping[str, Any], task: TaskPlan, bot_seats: BotSeats, past: Past
) -> SeatSwap:
    """Return what the runner is asked for. The bot behaves as the task's bots do.

    Args:
        person: The seat.
        entry: Which bot, as the control board has it: `model` and `hidden`.
        task: Its task.
        bot_seats: Makes bots.
        past: Returns what the bot is told of, as `past_of` does.
    """
    plan = task.under(person.condition) if person.condition else task
    others = iter(plan.bots.values())
    usual = plan.fill_with.bot if plan.fill_with is not None else next(others, BotSettings(model=""))
    settings = replace(
        usual,
        model=str(entry["model"]),
        when=None,
        disclose=not entry["hidden"],
        disclose_by=None,
        begins=False,
        instruction="",
    )
    return SeatSwap(
        person=person,
        task=task.key,
        entry=entry,
        bot=partial(_bot, bot_seats, settings, person),
        past=past,
    )


def past_of(person: PersonAgent, entry: Mapping[str, Any], lines: Lines) -> Past:
    """Return what reads what was said to somebody in a conversation, and (True) by them.

    Args:
        person: The seat.
        entry: Which of their lines, as the control board has it: those from `since` (wall time in seconds) through
            that number.
        lines: People's lines on record.
    """
    return partial(_past, lines, person, float(entry["since"]), int(entry["through"]))


def _bot(bot_seats: BotSeats, settings: BotSettings, person: PersonAgent) -> BotAgent:
    bot = bot_seats.bot(settings, person.role)
    bot.condition = person.condition
    bot.round = person.round
    return bot


def _past(lines: Lines, person: PersonAgent, since: float, through: int) -> Sequence[tuple[bool, Message]]:
    """Return what others said to somebody in a conversation, and what they have said."""
    return [
        (line.mine, line.message.said_by(person.role or person.id) if line.mine else line.message)
        for line in lines.lines_after(person.id, 0)
        if line.at >= since
        and line.seq <= through
        and (line.mine or (line.message.id and not line.message.extra.get(OPERATOR)))
    ]
