"""Orders for bots' seats: who speaks there, as operators want it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import OperatorError
from ...runner.turn import SEAT_TAKEN
from ...store.operator_records import HeldLine
from ...text import did_you_mean
from ..journey import Journey
from .control_board import model_of, seat_in, taken_of
from .seat_requests import GiveSeat, SetModel, TakeSeat
from .study_view import StudyView


@dataclass(frozen=True, slots=True)
class SeatOrder:
    """What is to hold in a conversation: the changes of the control board, and what goes on record."""

    uid: str
    changes: Mapping[str, Any]
    details: Mapping[str, Any]


class BotSeatOrders:
    """Makes of requests what is to hold. On the desk.

    Args:
        view: Finds conversations.
        journey: Knows who sits in them, and which models there are.
    """

    def __init__(self, view: StudyView, journey: Journey) -> None:
        self._view = view
        self._journey = journey

    def order(self, request: TakeSeat | GiveSeat | SetModel) -> SeatOrder:
        """Return what is to hold. Raises `OperatorError`."""
        uid = self._view.uid_of(request.conversation)
        self._refuse_other_seats(uid, request.role)
        if not isinstance(request, SetModel):
            taken = True if isinstance(request, TakeSeat) else None
            return SeatOrder(uid, {taken_of(uid, request.role): taken}, {"role": request.role})
        models = self._journey.tasks.models
        if request.model is not None and request.model not in models:
            meant = did_you_mean(request.model, models, "models")
            raise OperatorError(f"there is no model '{request.model}'" + (f": {meant}" if meant else ""))
        details = {"role": request.role, "model": request.model}
        return SeatOrder(uid, {model_of(uid, request.role): request.model}, details)

    def refuse_what_is_over(self, changes: Mapping[str, Any]) -> None:
        """Raise `OperatorError` if something is of a conversation that is over."""
        for key in changes:
            uid = seat_in(key)
            if uid is not None and uid not in self._journey.tasks.parties:
                raise OperatorError("that conversation is over")

    def _refuse_other_seats(self, uid: str, role: str) -> None:
        party = self._journey.tasks.parties[uid]
        if role in party.bots:
            return
        if any(agent.role == role for _, agent in party.members):
            raise OperatorError(f"expected a bot's seat, got '{role}', where a person sits")
        there = ", ".join(party.bots) or "none"
        raise OperatorError(f"there is no bot '{role}' in that conversation; its bots are {there}")


def said_at_once(line: HeldLine, held: Sequence[HeldLine]) -> list[HeldLine]:
    """Return a held line; where a seat is taken over, with the same for all others to whom it was said."""
    if line.reason != SEAT_TAKEN or line.message.carried_line is None:
        return [line]
    said = (line.run_uid, line.message.carried_line)
    return [
        each for each in held if each.reason == SEAT_TAKEN and (each.run_uid, each.message.carried_line) == said
    ]
