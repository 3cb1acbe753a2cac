"""What a `before_delivery` says of a line that nobody is to see until somebody has looked at it."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal


class DeliveryHold(Enum):
    """The only value of its kind, and so told from every text."""

    HOLD = "hold"

    def __repr__(self) -> str:
        return "HOLD"


HOLD: Final[Literal[DeliveryHold.HOLD]] = DeliveryHold.HOLD
"""Returned by `before_delivery(message, seat)`: the line is kept on record, and nobody is shown it."""
