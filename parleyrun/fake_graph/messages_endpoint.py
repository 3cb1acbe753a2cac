"""Sends: the messages endpoint, from the checks to the echo."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .fake_page import FakePage
from .graph_calls import GraphRequest
from .graph_faults import GraphFaults
from .message_rules import ACTIONS, check_message, check_messaging_type
from .messenger_people import FakeMessengerPerson
from .moved_clock import MovedClock
from .refusals import Refusal, bad_parameter, human_agent_not_approved, unknown_person
from .shown_message import QuickReply, ShownMessage
from .watched_state import WatchedState
from .webhook_posts import WebhookPosts

EchoTime = Literal["after", "before", "late", "never"]
"""When the echo of a send comes: after its answer, before that, when it is asked for, or not at all."""

DeliveryKind = Literal["with mids", "without mids", "never"]
"""What the app is told of a message that has reached the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOutcome:
    """What comes of a call. `refusal` is what is answered instead of `body`; `dropped` that nothing is.

    `before` is called before that, `after` once it is done.
    """

    body: Mapping[str, Any]
    message_id: str | None = None
    refusal: Refusal | None = None
    dropped: bool = False
    before: Callable[[], None] | None = None
    after: Callable[[], None] | None = None


class MessagesEndpoint:
    """Takes what the app sends to people."""

    def __init__(
        self,
        page: FakePage,
        people: Mapping[str, FakeMessengerPerson],
        faults: GraphFaults,
        webhooks: WebhookPosts,
        watched: WatchedState,
        clock: MovedClock,
    ) -> None:
        self.echoes: EchoTime = "after"
        self.deliveries: DeliveryKind = "with mids"
        self.latency_seconds = 0.0
        self._page = page
        self._people = people
        self._faults = faults
        self._webhooks = webhooks
        self._watched = watched
        self._clock = clock
        self._late: list[Mapping[str, Any]] = []
        self._unanswered = 0

    @property
    def is_quiet(self) -> bool:
        """Whether every message that was taken has been answered, and its echo put on its way."""
        return self._unanswered == 0

    def delay(self, psid: str | None) -> None:
        """Take the time that a send takes, and longer if somebody holds it back. Not with the lock."""
        self._faults.pause(self.latency_seconds)
        self._faults.wait_held(psid, accepting=False)

    def take(self, request: GraphRequest) -> CallOutcome:
        """Take a send, or a sender action; with the lock. Raises `Refusal`; nothing was sent then."""
        psid = psid_of(request.body)
        if self._faults.take_drop(after_accepting=False):
            return CallOutcome(body={}, dropped=True)
        self._page.check_may_send()
        self._faults.check_throttle()
        fault = self._faults.take("messages", psid, action="sender_action" in request.body)
        if fault is not None and not fault.sent_though:
            raise fault.refusal
        person = self._reachable(request.body, psid)
        if "sender_action" in request.body:
            return self._act(person, request.body)
        shown = self._message(request)
        person.take(shown)
        self._unanswered += 1
        return CallOutcome(
            body={"recipient_id": person.psid, "message_id": shown.message_id},
            message_id=shown.message_id,
            refusal=None if fault is None else fault.refusal,
            dropped=self._faults.take_drop(after_accepting=True),
            before=lambda: self._before_answer(person, shown),
            after=lambda: self._after_answer(person, shown),
        )

    def release_echoes(self) -> None:
        """Post the echoes that are late."""
        with self._watched:
            late, self._late = self._late, []
        for echo in late:
            self._webhooks.send("message_echoes", echo)

    def inbox_says(self, person: FakeMessengerPerson, text: str) -> str:
        """Have somebody write to a person by hand, in the page's inbox."""
        shown = ShownMessage(message_id=self._new_id(person), at=self._clock.time(), text=text)
        person.take(shown)
        self._webhooks.send("message_echoes", self._echo(person, shown, by_app=False))
        return shown.message_id

    def _reachable(self, body: Mapping[str, Any], psid: str | None) -> FakeMessengerPerson:
        person = self._people.get(psid or "")
        if person is None or not person.is_known:
            raise unknown_person()
        if "sender_action" not in body:
            check_messaging_type(body)
        human_agent = "tag" in body
        if human_agent and not self._page.human_agent_approved:
            raise human_agent_not_approved()
        person.check_reachable(human_agent=human_agent)
        return person

    def _act(self, person: FakeMessengerPerson, body: Mapping[str, Any]) -> CallOutcome:
        if body["sender_action"] not in ACTIONS or "message" in body:
            raise bad_parameter(f"expected one of {', '.join(ACTIONS)} alone, got {body['sender_action']!r}")
        person.take_action(body["sender_action"], self._persona(body))
        return CallOutcome(body={"recipient_id": person.psid})

    def _message(self, request: GraphRequest) -> ShownMessage:
        message = request.body.get("message")
        check_message(message)
        assert isinstance(message, Mapping), "it was checked"
        now, attachment = self._clock.time(), None
        if "attachment" in message:
            asked = message["attachment"]
            attachment = self._page.attachment(asked, request.upload, now)
            if asked.get("payload", {}).get("is_reusable"):
                self._page.keep_attachment(attachment, now)
        return ShownMessage(
            message_id=self._new_id(self._people[str(psid_of(request.body))]),
            at=now,
            text=message.get("text") or (attachment.text if attachment is not None else ""),
            quick_replies=tuple(
                QuickReply(reply["title"], reply["payload"]) for reply in message.get("quick_replies", ())
            ),
            attachment=attachment,
            persona=self._persona(request.body),
            metadata=message.get("metadata"),
        )

    def _persona(self, body: Mapping[str, Any]) -> str | None:
        return self._page.persona(body["persona_id"]).name if "persona_id" in body else None

    @staticmethod
    def _new_id(person: FakeMessengerPerson) -> str:
        return f"m_page-{person.psid}-{secrets.token_hex(8)}"

    def _before_answer(self, person: FakeMessengerPerson, shown: ShownMessage) -> None:
        if self.echoes == "before":
            self._webhooks.send("message_echoes", self._echo(person, shown))
        self._faults.wait_held(person.psid, accepting=True)

    def _after_answer(self, person: FakeMessengerPerson, shown: ShownMessage) -> None:
        if self.echoes == "after":
            self._webhooks.send("message_echoes", self._echo(person, shown), wait=False)
        elif self.echoes == "late":
            with self._watched:
                self._late.append(self._echo(person, shown))
        if self.deliveries != "never":
            self._webhooks.send("message_deliveries", self._delivery(person, shown), wait=False)
        with self._watched:
            self._unanswered -= 1

    def _echo(self, person: FakeMessengerPerson, shown: ShownMessage, *, by_app: bool = True) -> Mapping[str, Any]:
        message: dict[str, Any] = {"mid": shown.message_id, "is_echo": True}
        if by_app:
            message["app_id"] = int(self._page.app_id)
        if shown.metadata is not None:
            message["metadata"] = shown.metadata
        if shown.attachment is not None:
            payload = {} if shown.attachment.url is None else {"url": shown.attachment.url}
            message["attachments"] = [{"type": shown.attachment.kind, "payload": payload}]
        else:
            message["text"] = shown.text
        return {
            "sender": {"id": self._page.id},
            "recipient": {"id": person.psid},
            "timestamp": round(shown.at * 1000),
            "message": message,
        }

    def _delivery(self, person: FakeMessengerPerson, shown: ShownMessage) -> Mapping[str, Any]:
        delivery: dict[str, Any] = {"watermark": round(shown.at * 1000)}
        if self.deliveries == "with mids":
            delivery["mids"] = [shown.message_id]
        return {
            "sender": {"id": person.psid},
            "recipient": {"id": self._page.id},
            "timestamp": round(self._clock.time() * 1000),
            "delivery": delivery,
        }


def psid_of(body: Mapping[str, Any]) -> str | None:
    """Return whom a body is about."""
    recipient = body.get("recipient")
    id = recipient.get("id") if isinstance(recipient, Mapping) else None
    return id if isinstance(id, str) else None
