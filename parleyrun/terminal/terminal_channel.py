"""The terminal channel: people who are seats on this terminal, with nothing between them and the service."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import replace
from itertools import count

from ..channels.quotes import reaction_in_words, with_quote
from ..channels.refusal_texts import refusal_text
from ..config.schema import Limits
from ..config.texts import Texts
from ..errors import ChannelError
from ..events import (
    ChannelRecord,
    Deliver,
    DeliveredThrough,
    Delivery,
    Inbound,
    ReadThrough,
    Receipt,
    participant_id,
)
from ..signals import LineReactions, Signal
from ..store.media_library import persona_on_record
from .terminal_seats import SeatNotice, Show

ON_RECORD_WITHIN_SECONDS = 30.0


class TerminalChannel:
    """Delivers straight into the service.

    `show(seat, news)` is called, on any thread, with what reaches a seat. It is a `Channel` for the service and
    a `SeatLink` for whoever sits at the keyboard. Each channel is a visit of its own: its seats are other people
    than those of an earlier one, who may still be on record.
    """

    name = "terminal"
    connectionless = False

    def __init__(self, show: Show, *, texts: Texts, limits: Limits) -> None:
        self._show = show
        self._texts = texts
        self._limits = limits
        self._message_ids = count(1)
        self._visit = secrets.token_hex(4)
        self._deliver: Deliver | None = None
        self._record: ChannelRecord | None = None

    def start(self, deliver: Deliver, record: ChannelRecord) -> None:
        self._record = record
        self._deliver = deliver

    def close(self) -> None:
        self._deliver = None

    def send(self, delivery: Delivery) -> None:
        seat = self._seat_of(delivery.participant_id)
        if seat is not None:
            if self._record is not None:
                delivery = with_quote(delivery, self._record)
            self._show(seat, self._with_speaker(delivery))

    def signal(self, participant_id: str, signal: Signal) -> None:
        seat = self._seat_of(participant_id)
        if seat is None:
            return
        if not isinstance(signal, LineReactions):
            self._show(seat, signal)
        elif self._record is not None:
            told = reaction_in_words(participant_id, signal, self._record)
            if told:
                self._show(seat, SeatNotice(told))

    def _with_speaker(self, delivery: Delivery) -> Delivery:
        """Name the persona, if a line comes from one."""
        persona_id, notes = delivery.message.persona_id, self._record
        persona = None if persona_id is None or notes is None else persona_on_record(notes, persona_id)
        if persona is None:
            return delivery
        return replace(delivery, message=delivery.message.said_by(persona.name))

    def say(self, seat: int, text: str) -> str | None:
        """Have a seat say something, and return once it is on record; or return why it was not taken.

        Raises `ChannelError` while the channel is not open, or when the record is not made in time.
        """
        receipts: list[Receipt] = []
        on_record = threading.Event()

        def then(receipt: Receipt) -> None:
            receipts.append(receipt)
            on_record.set()

        message_id = f"m{next(self._message_ids)}"
        self._service()(Inbound(self.id_of(seat), message_id, text, at=time.time()), then)
        if not on_record.wait(ON_RECORD_WITHIN_SECONDS):
            raise ChannelError(f"what seat {seat} said was not recorded within {ON_RECORD_WITHIN_SECONDS:g} s")
        refused = receipts[0].refused
        return None if refused is None else refusal_text(self._texts, self._limits, refused)

    def delivered(self, seat: int, seq: int) -> None:
        self._service()(DeliveredThrough(self.id_of(seat), seq))

    def read(self, seat: int, seq: int) -> None:
        self._service()(ReadThrough(self.id_of(seat), seq))

    def id_of(self, seat: int) -> str:
        """Return the participant id of a seat: `terminal:VISIT-1`."""
        return participant_id(self.name, f"{self._visit}-{seat}")

    def _seat_of(self, participant_id: str) -> int | None:
        """Return the seat of this visit that the participant has; None for somebody of an earlier one."""
        visit, _, seat = participant_id.partition(":")[2].partition("-")
        return int(seat) if visit == self._visit else None

    def _service(self) -> Deliver:
        if self._deliver is None:
            raise ChannelError("the terminal channel is not open")
        return self._deliver
