"""What is to go on record of bots with the next turn."""

from __future__ import annotations

from ...core.model_answer import BotDecision
from ..turn import BotLine, BotSeat


class BotNotes:
    """Used on the run's own thread."""

    __slots__ = ("decisions", "lines", "seats")

    def __init__(self) -> None:
        self.seats: list[BotSeat] = []
        self.lines: list[BotLine] = []
        self.decisions: list[BotDecision] = []

    def __bool__(self) -> bool:
        return bool(self.seats or self.lines or self.decisions)

    def take(self) -> tuple[tuple[BotSeat, ...], tuple[BotLine, ...], tuple[BotDecision, ...]]:
        """Return all of it; it is with a turn now."""
        taken = tuple(self.seats), tuple(self.lines), tuple(self.decisions)
        self.seats, self.lines, self.decisions = [], [], []
        return taken
