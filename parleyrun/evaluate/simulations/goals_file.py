"""Goals of simulated users, a line each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...core.message import FrozenDict
from ...errors import TaskError

_KEYS = ("id", "goal", "opt")


@dataclass(frozen=True, slots=True, kw_only=True)
class UserGoal:
    """What a simulated user wants.

    Attributes:
        id: What it is called in the log.
        goal: What its model is told, as a text; empty for what its own system text says.
        opt: What the world finds in its `opt`, beside `goal`.
    """

    id: str
    goal: str = ""
    opt: Mapping[str, Any] = field(default_factory=FrozenDict)

    def asked_as(self, role: str) -> dict[str, Any]:
        """Return what a log has of it where an example has what was asked."""
        return {"id": role, "text": self.goal, "goal_id": self.id}


def read_goals(path: Path) -> tuple[UserGoal, ...]:
    """Return the goals of a file of JSON lines: `{"id": …, "goal": "…", "opt": {…}}`; only `goal` has to be there.

    Args:
        path: The file, in UTF-8.

    Raises:
        TaskError: It cannot be read, or a line is none of a goal.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # other ends of lines may stand in a text
    except (OSError, UnicodeDecodeError) as error:
        raise TaskError(f"cannot read the goals in {path}: {error}") from error
    goals = tuple(_goal(path, number, line) for number, line in enumerate(lines, 1) if line.strip())
    if not goals:
        raise TaskError(f"expected a goal on each line of {path}, got none")
    seen: set[str] = set()
    for goal in goals:
        if goal.id in seen:
            raise TaskError(f"expected each id once in {path}, got '{goal.id}' twice")
        seen.add(goal.id)
    return goals


def _goal(path: Path, number: int, line: str) -> UserGoal:
    where = f"line {number} of {path}"
    try:
        found = json.loads(line)
    except ValueError as error:
        raise TaskError(f"expected a goal in JSON at {where}, got {line!r:.60} ({error})") from error
    if not isinstance(found, dict) or not isinstance(found.get("goal"), str):
        raise TaskError(f'expected {{"goal": "…"}} at {where}, got {line!r:.60}')
    for key in found:
        if key not in _KEYS:
            raise TaskError(f"expected one of {', '.join(_KEYS)} at {where}, got '{key}'")
    opt = found.get("opt", {})
    if not isinstance(opt, dict):
        raise TaskError(f"expected a mapping at 'opt' at {where}, got {opt!r:.60}")
    return UserGoal(id=str(found.get("id", number)), goal=found["goal"], opt=FrozenDict(opt))
