"""What a `before_delivery` says of a line that nobody is to see until somebody has looked at it."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal


class Hold(Enum):
    """The only value of its kind, and so told from every text."""

    HOLD = "hold"

    def __repr__(self) -> str:
        return "HOLD"


HOLD: Final[Literal[Hold.HOLD]] = Hold.HOLD
"""Returned by `before_delivery(message, seat)`: the line is kept on record, and nobody is shown it."""
