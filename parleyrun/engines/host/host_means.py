"""What the bots of a host have in common: what they take is reported, and what operators have set is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...config.schema import Limits
from ...core.bot_seats.bot_desk import BotMeans, SeatControls
from ...core.bot_seats.model_source import ModelSource
from ...core.message import Message
from ..host_orders import AnswerReport, DecisionReport, SeatControl
from .asked_promises import AskedPromises
from .outbox import Outbox

_NOTHING: dict[str, SeatControl] = {}


class HostControls:
    """What operators have set for bots' seats, as the coordinator has told last. Any thread."""

    def __init__(self) -> None:
        self._seats: dict[str, dict[str, SeatControl]] = {}

    def set(self, uid: str, seats: Sequence[SeatControl]) -> None:
        """Have this hold in the run of that uid, and nothing else."""
        self._seats[uid] = {seat.role: seat for seat in seats}

    def forget(self, uid: str) -> None:
        """That run is over."""
        self._seats.pop(uid, None)

    def is_taken(self, uid: str, role: str) -> bool:
        """Whether an operator has taken a seat over."""
        seat = self._seats.get(uid, _NOTHING).get(role)
        return seat is not None and seat.is_taken

    def model(self, uid: str, role: str) -> str | None:
        """Return the name of the model that is to speak in a seat; None for the one that does."""
        seat = self._seats.get(uid, _NOTHING).get(role)
        return None if seat is None else seat.model

    def lines(self, record_id: str) -> Sequence[tuple[int, bool, Message]]:
        """Return what is on record of a bot's log where it has another model."""
        seats = [seat for of_run in [*self._seats.values()] for seat in of_run.values()]
        return next((seat.lines for seat in seats if seat.record_id == record_id), ())


def host_means(
    limits: Limits,
    models: ModelSource,
    outbox: Outbox,
    promises: AskedPromises,
    controls: HostControls,
    *,
    streams: bool,
) -> BotMeans:
    """Return what all bots of a host have in common.

    Args:
        limits: Has what all models together may take.
        models: Where they come from.
        outbox: Takes what they have taken.
        promises: What requests under way may take.
        controls: What operators have set.
        streams: Whether words may be shown before the whole line is there.
    """

    def counted(answer: Any) -> None:
        models.counted(answer)
        outbox.put(AnswerReport(answer), waits=False)

    return BotMeans(
        seat=models.seat,
        study=promises.study,
        max_cost=limits.max_cost,
        max_tokens_total=limits.max_tokens_total,
        answers_per_minute=limits.answers_per_minute,
        streams=streams,
        counted=counted,
        promises=promises,
        record=lambda uid, decision: outbox.put(DecisionReport(uid, decision), waits=False),
        controls=SeatControls(is_taken=controls.is_taken, model=controls.model, lines=controls.lines),
    )
