"""What size of groups an operator may ask for."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from ...config.plan import TaskPlan
from ...config.tasks.group_entries import MOST_PEOPLE, most_seats
from ...core.group_size import GroupSize
from ...errors import OperatorError
from .setting_requests import SetSize

LONGEST_SECONDS = 30 * 86_400
"""How long a conversation, or a wait for more people, may be."""


def size_as_set(task: TaskPlan, request: SetSize) -> dict[str, Any] | None:
    """Return the size that is asked for, as plain JSON; None for what the config says.

    Raises:
        OperatorError: There can be no conversation of that size.
    """
    least = request.least
    if least is None:
        if request.most is not None or request.wait is not None:
            raise OperatorError("expected `least`, with how many people it may begin")
        return None
    most = least if request.most is None else request.most
    if not 1 <= least <= most <= MOST_PEOPLE:
        raise OperatorError(f"expected 1 to {MOST_PEOPLE} people, the least first, got {least} and {most}")
    wait = request.wait or 0
    if wait > LONGEST_SECONDS:
        raise OperatorError(f"expected at most {LONGEST_SECONDS} seconds of waiting for more people, got {wait}")
    _refuse_too_many(task, most)
    return asdict(GroupSize(least=least, most=most, wait=float(wait)))


def _refuse_too_many(task: TaskPlan, most: int) -> None:
    people, bots = most_seats(replace(task.config, agents_required=most, agents_by=None, size=None))
    limit = getattr(task.world, "MAX_AGENTS", None)
    if isinstance(limit, int) and people + bots > limit:
        beside = f" and {bots} of bots" if bots else ""
        raise OperatorError(
            f"expected at most {limit} seats, as {task.world.__name__} says (MAX_AGENTS), got {people}{beside}"
        )
    roles = task.config.talk.roles
    free = [role for role in roles if role not in task.bots or task.bots[role].when is not None]
    if roles and task.assign_roles is None and len(free) < most:
        raise OperatorError(f"expected a role for each of {most} people, and '{task.key}' has {len(free)}")
