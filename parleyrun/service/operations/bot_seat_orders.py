"""Orders for seats: who speaks in a bot's, and which bot goes on in a person's, as operators want it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ...core.message import Message
from ...errors import OperatorError
from ...runner.runner import Runner
from ...runner.turn import SEAT_TAKEN
from ...store.operator_records import HeldLine
from ...text import did_you_mean
from ..journey import Journey
from ..places.party import Party
from ..service_context import ServiceContext
from ..sessions import Session
from .control_board import model_of, seat_in, swapped_of, taken_of
from .effect import Effect
from .seat_requests import GiveSeat, SetModel, SwapSeat, TakeSeat
from .study_view import StudyView, row_of
from .usher import Usher, outcome_named


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
        if request.model is not None:
            _refuse_unknown(request.model, self._journey.tasks.models)
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


class SeatExchange:
    """Has a bot go on where a person sat, and the person go elsewhere. On the desk.

    Args:
        context: What the parts of the service work with.
        journey: Knows who sits in conversations, and which models there are.
        view: Finds conversations.
        usher: Brings the person elsewhere.
        runner: Has the bot sit down.
    """

    def __init__(
        self, context: ServiceContext, journey: Journey, view: StudyView, usher: Usher, runner: Runner
    ) -> None:
        self._context = context
        self._journey = journey
        self._view = view
        self._usher = usher
        self._runner = runner

    def swap(self, request: SwapSeat) -> Effect:
        """Have a bot sit down in somebody's seat. Raises `OperatorError`; nothing has changed then."""
        uid = self._view.uid_of(request.conversation)
        party = self._journey.tasks.parties[uid]
        session = self._person(party, request.role)
        outcome = outcome_named(request.outcome)
        self._refuse(uid, party, request)
        entry: dict[str, Any] = {"model": request.model, "hidden": request.hidden, "since": session.since}
        entry["through"] = self._context.unit_of_work.lines.newest_line(session.id)
        self._context.controls.set({swapped_of(uid, request.role): entry})
        before = row_of(session)
        swap = self._journey.tasks.hand_over(session, entry)
        others = [other for other, _ in party.members]
        if request.text is not None:
            for other in others:
                self._context.unit_of_work.say_in_run(uid, other.id, Message(request.text))
        if request.out:
            self._usher.out(session, outcome)
        else:
            self._usher.back(session)
        self._context.unit_of_work.after(partial(self._runner.person_left, uid, swap.person, swap))
        details: dict[str, Any] = {
            "role": request.role,
            "conversation": before.conversation,
            "model": request.model,
            "hidden": request.hidden,
            "to": "out" if request.out else "overworld",
            "outcome": request.outcome,
            "text": request.text,
        }
        return Effect(target=session.id, details=details, person=row_of(session), told=len(others))

    def _person(self, party: Party, role: str) -> Session:
        for session, agent in party.members:
            if role and agent.role == role:
                return session
        if role in party.bots:
            raise OperatorError(f"expected a person's seat, got '{role}', where a bot sits: `model` changes that")
        there = ", ".join(agent.role or agent.id for _, agent in party.members)
        raise OperatorError(f"there is nobody '{role}' in that conversation; its people are {there}")

    def _refuse(self, uid: str, party: Party, request: SwapSeat) -> None:
        _refuse_unknown(request.model, self._journey.tasks.models)
        if request.outcome is not None and not request.out:
            raise OperatorError("expected an outcome only where somebody is sent out")
        if request.text is not None and not request.text.strip():
            raise OperatorError("expected words, got none")
        if len(party.members) < 2:
            raise OperatorError("expected somebody who goes on with the bot: that is the last person in there")
        reason = self._runner.why_no_swap(uid)
        if reason is not None:
            raise OperatorError(reason)


def _refuse_unknown(model: str, models: Collection[str]) -> None:
    if model not in models:
        meant = did_you_mean(model, models, "models")
        raise OperatorError(f"there is no model '{model}'" + (f": {meant}" if meant else ""))


def said_at_once(line: HeldLine, held: Sequence[HeldLine]) -> list[HeldLine]:
    """Return a held line; where a seat is taken over, with the same for all others to whom it was said."""
    if line.reason != SEAT_TAKEN or line.message.carried_line is None:
        return [line]
    said = (line.run_uid, line.message.carried_line)
    return [
        each for each in held if each.reason == SEAT_TAKEN and (each.run_uid, each.message.carried_line) == said
    ]
