"""What a bot's model is told of its seat before the first word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..seats import Seat
from .bot_settings import BotSettings


def introduction(
    role: str, task: str, others: Sequence[Seat], condition: Mapping[str, Any], round_number: int
) -> dict[str, Any]:
    """Return what `introduce` of a model is called with.

    Args:
        role: The bot's.
        task: The key of the task.
        others: Who else sits there, with their roles.
        condition: The values of the conditions that hold there.
        round_number: Which conversation in a row it is.
    """
    return {
        "role": role,
        "task": task,
        "people": [other.role for other in others],
        "condition": dict(condition),
        "round": round_number,
        "onboard_data": _onboard_data([other for other in others if not other.is_bot]),
    }


def instruction_of(settings: BotSettings | None) -> dict[str, Any]:
    """Return what else `introduce` is called with in a conversation that is played for an evaluation."""
    if settings is None:
        return {}
    told: dict[str, Any] = {"instruction": settings.instruction} if settings.instruction else {}
    return told | ({"repeat": settings.repeat} if settings.repeat else {})


def _onboard_data(people: Sequence[Seat]) -> Mapping[str, Any]:
    """Return what onboarding found out: of the only person there by its own names, of several by their roles."""
    if len(people) == 1:
        found = people[0].onboard_data
        return found if isinstance(found, Mapping) else {}
    return {person.role: person.onboard_data for person in people}
