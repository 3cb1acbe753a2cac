"""From what a person did to what the service is told they said."""

from __future__ import annotations

from typing import Any

from ....core.message import FrozenDict, Message
from ....events import Inbound, SentElsewhere
from .webhook_events import EchoEvent, EditEvent, MessageAttachment, MessageEvent, PostbackEvent, ReactionEvent

PAGE_INBOX = "page inbox"
"""Who speaks, on record, where somebody writes to a person by hand."""


def of_message(who: str, message: MessageEvent, *, allow_attachments: bool) -> list[Inbound]:
    """Return a message of a participant as one inbound, or one for each attachment, the text with the first.

    Where attachments are not allowed, what can be said of them in words takes their place, if there is no text.
    The list is empty if nothing is left.
    """
    text = message.text or "\n".join(filter(None, (attachment.words for attachment in message.attachments)))
    text = text or message.choice or ""
    payloads: list[dict[str, Any] | None] = []
    if message.choice is not None and message.choice != text:
        payloads.append({"type": "quick_reply", "value": message.choice})
    if allow_attachments:
        payloads += [_payload_of(attachment) for attachment in message.attachments if not attachment.is_link]
    if not payloads and text:
        payloads.append(None)
    if payloads and payloads[0] is not None and message.reply_to is not None:
        payloads[0]["reply_to"] = message.reply_to
    return [
        _inbound(
            who,
            message,
            message.mid if number == 0 else f"{message.mid}/{number}",
            "" if number else text,
            payload,
        )
        for number, payload in enumerate(payloads)
    ]


def is_refused(message: MessageEvent) -> bool:
    """Say whether the message has attachments that go without saying where they are not allowed."""
    return any(not attachment.words for attachment in message.attachments)


def of_postback(who: str, postback: PostbackEvent) -> Inbound:
    text = postback.title or postback.payload
    payload = {"type": "postback", "value": postback.payload} if postback.payload not in ("", text) else None
    return _inbound(who, postback, postback.mid, text, payload)


def of_reaction(who: str, reaction: ReactionEvent, to: str) -> Inbound:
    """`to` is what the world knows the message by that the reaction belongs to."""
    payload = {"type": "reaction", "value": reaction.emoji, "action": reaction.action, "to": to}
    return _inbound(who, reaction, reaction.mid, "", payload)


def of_edit(who: str, edit: EditEvent, to: str) -> Inbound:
    """`to` is what the world knows the message by that was changed."""
    return _inbound(who, edit, edit.mid, edit.text, {"type": "edit", "to": to})


def of_echo(who: str, echo: EchoEvent) -> SentElsewhere:
    """Return what somebody sent to a participant in the page's inbox."""
    first = next((attachment for attachment in echo.attachments if not attachment.is_link), None)
    payload = None if first is None else FrozenDict(_payload_of(first))
    return SentElsewhere(who, Message(echo.text, PAGE_INBOX, payload=payload), echo.mid, echo.at)


def _inbound(
    who: str,
    said: MessageEvent | PostbackEvent | ReactionEvent | EditEvent,
    message_id: str,
    text: str,
    payload: dict[str, Any] | None,
) -> Inbound:
    frozen = None if payload is None else FrozenDict(payload)
    return Inbound(who, message_id, text, frozen, said.at)


def _payload_of(attachment: MessageAttachment) -> dict[str, Any]:
    payload: dict[str, Any] = {"type": attachment.kind if attachment.sticker_id is None else "sticker"}
    if attachment.url is not None:
        payload["url"] = attachment.url
    if attachment.title:
        payload["title"] = attachment.title
    if attachment.sticker_id is not None:
        payload["sticker_id"] = attachment.sticker_id
    return payload
