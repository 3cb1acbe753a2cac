"""The handover: what happened on the page becomes events for the service, and news for the sending half."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial

from ....config.schema import Limits
from ....config.texts import Texts
from ....events import Arrived, Deliver, Inbound, Receipt, participant_id
from ....store.protocol import line_reference
from .inbound_messages import CHANNEL, is_refused, of_edit, of_message, of_press, of_reaction
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

Heard = Callable[[str, float], None]
Came = Callable[[str, float], None]
EchoHeard = Callable[[str, str], None]
Notice = Callable[[str, str], None]


class EventDelivery:
    """Hands over what happened. One thread at a time.

    `heard(participant_id, at)` is called before whatever a person did goes to the service, then `came` in the same
    way if they said nothing by it; `echoed(metadata, mid)` for the echo of a message that was sent with metadata.
    `notice(participant_id, text)` is to say something to a person that is no line of a conversation. All four must
    return at once, like `deliver`.
    """

    def __init__(
        self,
        deliver: Deliver,
        marks: ReadReceipts,
        *,
        texts: Texts,
        limits: Limits,
        allow_images: bool,
        heard: Heard,
        came: Came,
        echoed: EchoHeard,
        notice: Notice,
        ignore: Callable[[str], None],
    ) -> None:
        self._deliver = deliver
        self._marks = marks
        self._texts = texts
        self._text_bytes = limits.text_bytes
        self._allow_attachments = allow_images
        self._heard = heard
        self._came = came
        self._echoed = echoed
        self._notice = notice
        self._ignore = ignore
        self._refused: OrderedDict[str, None] = OrderedDict()

    def hand_over(self, happening: WebhookEvent, answer: WebhookAnswer) -> None:
        """Hand one thing over. What has to be on record before the answer is made a part of it."""
        who = participant_id(CHANNEL, happening.psid)
        if isinstance(happening, EchoEvent):
            self._take_echo(happening)
        elif isinstance(happening, DeliveryEvent | ReadEvent):
            self._marks.take(happening)
        else:
            self._heard(who, happening.at)
            if isinstance(happening, MessageEvent):
                self._take_message(who, happening, answer)
            elif isinstance(happening, PostbackEvent):
                self._take_press(who, happening, answer)
            elif isinstance(happening, ReferralEvent):
                self._open(who, happening, answer)
            elif isinstance(happening, ReactionEvent):
                self._say(of_reaction(happening, self._line_called(happening.to)), answer)
            else:
                self._say(of_edit(happening, self._line_called(happening.to)), answer)

    # -- what people say ----------------------------------------------------------------------------------

    def _take_message(self, who: str, wrote: MessageEvent, answer: WebhookAnswer) -> None:
        if wrote.entry:
            self._hand_on(Arrived(who, wrote.entry), answer)
        if not self._allow_attachments and is_refused(wrote):
            self._refuse(who, wrote.mid, self._texts.no_attachments)
        for inbound in of_message(wrote, allow_attachments=self._allow_attachments):
            self._say(inbound, answer)

    def _take_press(self, who: str, pressed: PostbackEvent, answer: WebhookAnswer) -> None:
        if pressed.payload == GET_STARTED:
            self._open(who, pressed, answer)
            return
        if pressed.entry:
            self._hand_on(Arrived(who, pressed.entry), answer)
        self._say(of_press(pressed), answer)

    def _say(self, inbound: Inbound, answer: WebhookAnswer) -> None:
        # A character takes up to four bytes, so most texts need not be encoded to know that they fit.
        if len(inbound.text) * 4 > self._text_bytes and len(inbound.text.encode()) > self._text_bytes:
            too_long = self._texts.too_long.format(limit=self._text_bytes)
            self._refuse(inbound.participant_id, inbound.message_id, too_long)
            return
        self._hand_on(inbound, answer)

    def _open(self, who: str, opened: PostbackEvent | ReferralEvent, answer: WebhookAnswer) -> None:
        self._came(who, opened.at)
        self._hand_on(Arrived(who, opened.entry, opens=True), answer)

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
        if receipt.refusal is None:
            answer.settle()
        elif receipt.refusal == self._texts.closing_refused != self._texts.trouble:
            # The doors are closed to this person, who is told so; there is nothing that Meta could do later.
            if receipt.refusal:
                self._notice(who, receipt.refusal)
            answer.settle()
        else:
            answer.settle(NOT_RECORDED)

    def _refuse(self, who: str, message_id: str, text: str) -> None:
        key = f"{who} {message_id}"
        if key in self._refused:
            return
        self._refused[key] = None
        if len(self._refused) > KEEP_REFUSED:
            self._refused.popitem(last=False)
        if text:
            self._notice(who, text)

    # -- what became of what was sent ---------------------------------------------------------------------

    def _take_echo(self, echo: EchoEvent) -> None:
        if echo.metadata is None:
            self._ignore("echo of a message that was sent elsewhere")
        else:
            self._echoed(echo.metadata, echo.mid)

    def _line_called(self, mid: str) -> str:
        """Return the reference of the line that was sent under this id; the id itself for any other message."""
        sending = self._marks.sending_of(mid)
        return mid if sending is None else line_reference(sending.participant_id, sending.seq)
