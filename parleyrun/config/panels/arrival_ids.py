"""What can be an arrival id, and what only stands where a panel should have put one."""

from __future__ import annotations

import re

MAX_ID_CHARACTERS = 200

_UNFILLED = re.compile(r"\{\{.*|%.*%|\$\{.*|<.*>|\[.*\]|ASSIGNMENT_ID_NOT_AVAILABLE", re.DOTALL)
"""What stands in a link that a panel has not filled in: the same for everybody who tries it out."""


def is_unfilled(value: str) -> bool:
    """Whether a value is the placeholder of a panel, which has put nothing in its place."""
    return _UNFILLED.fullmatch(value.strip()) is not None
