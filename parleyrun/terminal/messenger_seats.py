"""Seats of a terminal whose people use Messenger: with a page that is not Meta's, but ours."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from ..core.message import FrozenDict, Message
from ..events import Delivery, participant_id
from ..fake_graph import FakeGraph, FakeMessengerPerson, ShownAttachment, ShownMessage
from ..signals import Place, ReadMark, Typing
from .terminal_seats import Show

CHANNEL = "messenger"

PlaceOf = Callable[[str], Place | None]
"""Says where a participant is, None if they were never here. Any thread."""


class MessengerSeats:
    """Seats that write to the page of `graph` (a `SeatLink`).

    `show(seat, news)` is called on any thread with what a Messenger would show, and with where the person is,
    which it would not.
    """

    def __init__(self, graph: FakeGraph, show: Show, place_of: PlaceOf) -> None:
        self._graph = graph
        self._show = show
        self._place_of = place_of
        self._seats: dict[int, MessengerSeat] = {}

    def say(self, seat: int, text: str) -> str | None:
        self._seat(seat).say(text)
        webhooks = self._graph.webhooks
        if webhooks.undelivered:
            webhooks.undelivered.clear()
            return f"the webhook did not take it (status {webhooks.statuses[-1]})"
        return None

    def delivered(self, seat: int, seq: int) -> None:
        """The page is told so by Messenger itself."""

    def read(self, seat: int, seq: int) -> None:
        self._seat(seat).read()

    def close(self) -> None:
        """There is nothing to let go of: the page is not theirs."""

    def show_places(self) -> None:
        """Show where everybody is now."""
        for seat in self._seats.values():
            seat.show_place()

    def _seat(self, number: int) -> MessengerSeat:
        if number not in self._seats:
            # Somebody else than in an earlier visit, who may still be on record.
            person = self._graph.person(str(10**15 + secrets.randbelow(9 * 10**15)))
            self._seats[number] = MessengerSeat(number, person, self._graph.page.name, self._show, self._place_of)
        return self._seats[number]


class MessengerSeat:
    """One seat, and the person with a Messenger who sits in it."""

    def __init__(
        self, number: int, person: FakeMessengerPerson, page_name: str, show: Show, place_of: PlaceOf
    ) -> None:
        self._number = number
        self._person = person
        self._participant_id = participant_id(CHANNEL, person.psid)
        self._page_name = page_name
        self._show = show
        self._place_of = place_of
        self._place: Place | None = None
        self._seq = 0
        person.watch(self._take)

    def say(self, text: str) -> None:
        """Press the quick reply or the button of that title, or else write it; Enter alone is Get Started."""
        if not text.strip():
            self._person.gets_started()
        elif text in self._person.quick_replies:
            self._person.presses(text)
        elif any(button.title == text and button.payload is not None for button in self._person.buttons):
            self._person.presses_button(text)
        else:
            self._person.says(text)
        self.show_place()

    def read(self) -> None:
        self._person.reads()

    def show_place(self) -> None:
        """Show where the person is, if they have moved. Any thread."""
        place = self._place_of(self._participant_id)
        if place is not None and place != self._place:
            self._place = place
            self._show(self._number, place)

    def _take(self, news: ShownMessage | str) -> None:
        self.show_place()
        if isinstance(news, ShownMessage):
            self._seq += 1
            self._show(self._number, Delivery(self._participant_id, self._seq, _message(news), at=news.at))
        elif news == "mark_seen":
            self._show(self._number, ReadMark(self._page_name, self._seq))
        else:
            who = self._person.typing_as or self._page_name
            self._show(self._number, Typing(who, on=news == "typing_on"))


def _message(shown: ShownMessage) -> Message:
    return Message(
        shown.text,
        shown.persona or "",
        quick_replies=tuple(reply.title for reply in shown.quick_replies),
        payload=None if shown.attachment is None else FrozenDict(_payload(shown.attachment)),
    )


def _payload(attachment: ShownAttachment) -> dict[str, Any]:
    payload: dict[str, Any] = {"type": attachment.kind}
    if attachment.url is not None:
        payload["url"] = attachment.url
    if attachment.upload is not None:
        payload["name"] = f"{attachment.upload.name}, {attachment.upload.size_bytes} bytes"
    elif attachment.buttons:
        payload["name"] = "  ".join(f"[{button.title}]" for button in attachment.buttons)
    return payload
