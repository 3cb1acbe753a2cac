"""Event delivery: what happened on the page becomes events for the service, and news for the sending half."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from ....config.schema import Limits
from ....config.texts import Texts
from ....events import Arrived, Deliver, Inbound, Receipt, RefusalReason, Sendings
from ....store.protocol import line_reference
from ...refusal_texts import refusal_text
from ..page_people import PagePeople
from .inbound_messages import is_refused, of_echo, of_edit, of_message, of_postback, of_reaction
from .read_receipts import ReadReceipts
from .webhook_answer import NOT_RECORDED, WebhookAnswer
from .webhook_events import (
    DeliveryEvent,
    EchoEvent,
    MessageEvent,
    PostbackEvent,
    ReactionEvent,
    ReadEvent,
    ReferralEvent,
    WebhookEvent,
)

GET_STARTED = "GET_STARTED"
"""The payload of the button by which somebody begins to talk with the page."""

KEEP_REFUSED = 1_000
"""How many refused messages are remembered, so that one that comes again is not refused again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingSide:
    """What the sending half of the channel is told at once, on the thread that takes events. None may block.

    Attributes:
        heard: `(participant_id, at)`, before anything a person did goes to the service.
        came: The same after it, if they said nothing by it.
        echoed: `(metadata, mid)` of the echo of a message that was sent with metadata; False if that is not ours.
        notice: `(participant_id, text)`: say something to a person that is no line of a conversation.
    """

    heard: Callable[[str, float], None]
    came: Callable[[str, float], None]
    echoed: Callable[[str, str], bool]
    notice: Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class InboundRules:
    """What people may send, and what they are told where they may not."""

    texts: Texts
    limits: Limits
    allow_attachments: bool


class EventDelivery:
    """Delivers what happened on the page to the service, and to the record (`sendings`). One thread at a time."""

    def __init__(
        self,
        deliver: Deliver,
        people: PagePeople,
        receipts: ReadReceipts,
        rules: InboundRules,
        sending: SendingSide,
        sendings: Sendings,
    ) -> None:
        self._deliver = deliver
        self._people = people
        self._receipts = receipts
        self._rules = rules
        self._sending = sending
        self._record_sent = sendings.record_sent
        self._when_recorded = sendings.after
        self._refused: OrderedDict[str, None] = OrderedDict()

    def take(self, event: WebhookEvent, answer: WebhookAnswer) -> None:
        """Deliver one event. What has to be on record before the answer is made a part of it."""
        who = self._people.participant_of(event.psid)
        if isinstance(event, EchoEvent):
            self._take_echo(who, event, answer)
        elif isinstance(event, DeliveryEvent | ReadEvent):
            self._receipts.take(event)
        else:
            self._sending.heard(who, event.at)
            if isinstance(event, MessageEvent):
                self._take_message(who, event, answer)
            elif isinstance(event, PostbackEvent):
                self._take_postback(who, event, answer)
            elif isinstance(event, ReferralEvent):
                self._open(who, event, answer)
            elif isinstance(event, ReactionEvent):
                self._say(of_reaction(who, event, self._line_called(event.to)), answer)
            else:
                self._say(of_edit(who, event, self._line_called(event.to)), answer)

    def _take_message(self, who: str, message: MessageEvent, answer: WebhookAnswer) -> None:
        if message.entry:
            self._hand_on(Arrived(who, message.entry), answer)
        inbounds = of_message(who, message, allow_attachments=self._rules.allow_attachments)
        if message.reply_to is not None and inbounds:
            to = self._receipts.sending_of(message.reply_to)
            if to is not None and to.participant_id == who:
                inbounds[0] = replace(inbounds[0], replies_to=to.seq)
        refusal = self._refusal_of(message, is_empty=not inbounds)
        if refusal is not None and self._refuse(who, message.mid, refusal) and not inbounds:
            self._knock(who, answer)
        for inbound in inbounds:
            self._say(inbound, answer)

    def _refusal_of(self, message: MessageEvent, *, is_empty: bool) -> str | None:
        """Return what its sender is told of what of the message goes no further; None if all of it does."""
        if not self._rules.allow_attachments and is_refused(message):
            return self._rules.texts.no_attachments
        return self._rules.texts.unsupported_message if is_empty else None

    def _take_postback(self, who: str, postback: PostbackEvent, answer: WebhookAnswer) -> None:
        if postback.payload == GET_STARTED:
            self._open(who, postback, answer)
            return
        if postback.entry:
            self._hand_on(Arrived(who, postback.entry), answer)
        self._say(of_postback(who, postback), answer)

    def _say(self, inbound: Inbound, answer: WebhookAnswer) -> None:
        # A character takes up to four bytes, so most texts need not be encoded to know that they fit.
        limit = self._rules.limits.text_bytes
        if len(inbound.text) * 4 > limit and len(inbound.text.encode()) > limit:
            too_long = self._rules.texts.too_long.format(limit=limit)
            if self._refuse(inbound.participant_id, inbound.message_id, too_long):
                self._knock(inbound.participant_id, answer)
            return
        self._hand_on(inbound, answer)

    def _open(self, who: str, event: PostbackEvent | ReferralEvent, answer: WebhookAnswer) -> None:
        self._sending.came(who, event.at)
        self._hand_on(Arrived(who, event.entry, opens=True), answer)

    def _knock(self, who: str, answer: WebhookAnswer) -> None:
        """Let somebody in of whose message nothing was taken: it was a message all the same."""
        self._hand_on(Arrived(who, opens=True), answer)

    def _hand_on(self, event: Inbound | Arrived, answer: WebhookAnswer) -> None:
        """Hand an event to the service, and have the answer wait until it is on record."""
        answer.add_part()
        try:
            self._deliver(event, partial(self._told, event.participant_id, answer))
        except BaseException:
            answer.settle(NOT_RECORDED)
            raise

    def _told(self, who: str, answer: WebhookAnswer, receipt: Receipt) -> None:
        """What became of an event. Any thread."""
        if receipt.refused is RefusalReason.TROUBLE:
            answer.settle(NOT_RECORDED)
            return
        if receipt.refused is not None:
            # They are told so; there is nothing that Meta could do later.
            text = refusal_text(self._rules.texts, self._rules.limits, receipt.refused)
            if text:
                self._sending.notice(who, text)
        answer.settle()

    def _refuse(self, who: str, message_id: str, text: str) -> bool:
        """Tell somebody why their message was not taken. False if they were told when it came before."""
        key = f"{who} {message_id}"
        if key in self._refused:
            return False
        self._refused[key] = None
        if len(self._refused) > KEEP_REFUSED:
            self._refused.popitem(last=False)
        if text:
            self._sending.notice(who, text)
        return True

    def _take_echo(self, who: str, echo: EchoEvent, answer: WebhookAnswer) -> None:
        if echo.metadata is None or not self._sending.echoed(echo.metadata, echo.mid):
            # Somebody wrote by hand, in the page's inbox, or another app did.
            self._record_sent(of_echo(who, echo))
        # Not before it is on record: whoever dies in between would say it again, and hear of it no more.
        answer.add_part()
        self._when_recorded(answer.settle)

    def _line_called(self, mid: str) -> str:
        """Return the reference of the line that was sent under this id; the id itself for any other message."""
        sending = self._receipts.sending_of(mid)
        return mid if sending is None else line_reference(sending.participant_id, sending.seq)
