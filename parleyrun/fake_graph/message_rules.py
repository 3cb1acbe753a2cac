"""Rules: what a message may hold. Each breach is a `Refusal` that says what was expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .refusals import bad_parameter

TEXT_UNITS = 2000
QUICK_REPLIES = 13
QUICK_REPLY_TITLE = 20
QUICK_REPLY_PAYLOAD = 1000
BUTTON_TEXT = 640
BUTTONS = 3
BUTTON_TITLE = 20
ELEMENTS = 10
ELEMENT_TITLE = 80
METADATA = 1000
UPLOAD_BYTES = 25 * 1024 * 1024
ATTACHMENT_KINDS = ("image", "video", "audio", "file")
TEMPLATES = ("generic", "button", "media", "receipt")
MESSAGING_TYPES = ("RESPONSE", "UPDATE", "MESSAGE_TAG")
ACTIONS = ("typing_on", "typing_off", "mark_seen", "react", "unreact")


def text_units(text: str) -> int:
    """Return how long Graph may take a text to be.

    Its documentation does not say how it counts emoji; this takes the longest of the likely ways, UTF-16 units,
    so that what passes here passes there.
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check_messaging_type(body: Mapping[str, Any]) -> None:
    kind = body.get("messaging_type")
    if kind not in MESSAGING_TYPES:
        raise bad_parameter(f"Param messaging_type must be one of {', '.join(MESSAGING_TYPES)}, got {kind!r}")
    if (kind == "MESSAGE_TAG") != ("tag" in body):
        raise bad_parameter("expected a tag with messaging_type MESSAGE_TAG, and only with it")
    if kind == "MESSAGE_TAG" and body["tag"] != "HUMAN_AGENT":
        raise bad_parameter(f"the tag {body['tag']!r} is not supported any more")


def check_message(message: Any) -> None:
    """Check everything about a message that can be told from itself."""
    if not isinstance(message, Mapping):
        raise bad_parameter("Param message must be an object")
    if ("text" in message) == ("attachment" in message):
        raise bad_parameter("expected either a text or an attachment in message")
    if "text" in message:
        _check_text("message[text]", message["text"], TEXT_UNITS)
    else:
        check_attachment(message["attachment"])
    _check_text("message[metadata]", message.get("metadata", "-"), METADATA)
    _check_quick_replies(message.get("quick_replies", ()))


def check_attachment(attachment: Any) -> None:
    """Check an attachment's shape; whether there is such an id, or anything at a URL, is not told by it."""
    kind = attachment.get("type") if isinstance(attachment, Mapping) else None
    payload = attachment.get("payload", {}) if isinstance(attachment, Mapping) else {}
    if not isinstance(payload, Mapping):
        raise bad_parameter("Param message[attachment][payload] must be an object")
    if kind == "template":
        _check_template(payload)
    elif kind not in ATTACHMENT_KINDS:
        raise bad_parameter(f"expected an attachment of type {', '.join(ATTACHMENT_KINDS)}, got {kind!r}")
    elif "url" in payload and not str(payload["url"]).startswith(("https://", "http://")):
        raise bad_parameter(f"expected an address to fetch, got {payload['url']!r}", 2018008)


def _check_quick_replies(replies: Any) -> None:
    if not isinstance(replies, Sequence) or len(replies) > QUICK_REPLIES:
        raise bad_parameter(f"Param message[quick_replies] must be a list of at most {QUICK_REPLIES}")
    for reply in replies:
        if not isinstance(reply, Mapping) or reply.get("content_type") != "text":
            raise bad_parameter("expected quick replies of content_type text")
        _check_text("quick_replies[title]", reply.get("title"), QUICK_REPLY_TITLE)
        _check_text("quick_replies[payload]", reply.get("payload"), QUICK_REPLY_PAYLOAD)


def _check_template(payload: Mapping[str, Any]) -> None:
    kind = payload.get("template_type")
    if kind not in TEMPLATES:
        raise bad_parameter(f"expected a template of type {', '.join(TEMPLATES)}, got {kind!r}")
    if kind == "button":
        _check_text("payload[text]", payload.get("text"), BUTTON_TEXT)
        _check_buttons(payload.get("buttons"), least=1)
    elif kind in ("generic", "media"):
        elements = payload.get("elements")
        most = ELEMENTS if kind == "generic" else 1
        if not isinstance(elements, Sequence) or not 1 <= len(elements) <= most:
            raise bad_parameter(f"expected 1 to {most} elements in a {kind} template")
        for element in elements:
            if not isinstance(element, Mapping):
                raise bad_parameter("expected each element to be an object")
            if kind == "generic":
                _check_text("elements[title]", element.get("title"), ELEMENT_TITLE)
            _check_buttons(element.get("buttons", ()), least=0)


def _check_buttons(buttons: Any, *, least: int) -> None:
    if not isinstance(buttons, Sequence) or not least <= len(buttons) <= BUTTONS:
        raise bad_parameter(f"expected {least} to {BUTTONS} buttons")
    for button in buttons:
        if not isinstance(button, Mapping) or not ("payload" in button or "url" in button):
            raise bad_parameter("expected a button with a payload or a url")
        _check_text("buttons[title]", button.get("title"), BUTTON_TITLE)


def _check_text(name: str, value: Any, limit: int) -> None:
    if not isinstance(value, str) or not value:
        raise bad_parameter(f"Param {name} must be a non-empty string")
    if text_units(value) > limit:
        raise bad_parameter(f"Length of param {name} must be less than or equal to {limit}")
