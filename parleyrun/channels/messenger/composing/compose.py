"""Composing: from a message of ours to the requests that show it in Messenger, in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from ....core.message import Message
from ....store.media_content import MEDIA_KINDS, ByAttachmentId, ByUrl, Media, MediaContent, media_of
from ...strict_json import clean
from .splitting import split_text, utf16_units
from .templates import template_of

MAX_QUICK_REPLIES = 13
MAX_TITLE_UNITS = 20

ONLY_QUICK_REPLIES = "…"
"""The text above quick replies that come with nothing else, as Messenger shows none by themselves."""

_ONLY_WORDS = frozenset({"quick_reply", "postback", "reaction", "edit", "fallback", "location", "sticker"})
"""Types of payload that people's messages come with, and that have no form when they are handed on."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One message of Messenger's: a text, an attachment, or (`upload`) one that has to be uploaded first.

    `content` is what stands under `message` in the request. `is_media` pieces take Meta longer.
    """

    content: Mapping[str, Any]
    persona_id: str | None = None
    upload: MediaContent | None = None
    is_media: bool = False


@dataclass(frozen=True, slots=True)
class ComposedMessage:
    """A message as Messenger can show it. `faults` say what of it cannot be shown, and how to mend that."""

    pieces: tuple[Piece, ...]
    faults: tuple[str, ...] = field(default=())


def compose(message: Message) -> ComposedMessage:
    """Return the pieces of a message: what its payload shows, then its text; quick replies are on the last.

    A text with an `id` begins with it, as there is no other place to say who speaks; under a persona it does not.
    What Messenger has no form for is left out and becomes a fault. Never raises.
    """
    faults: list[str] = []
    pieces: list[Piece] = []
    payload = message.payload
    if payload is not None:
        try:
            shown = _shown(payload, from_person=message.carried_line is not None)
        except ValueError as error:
            faults.append(f"{error}; the payload was left out")
        else:
            pieces += [shown] if shown is not None else []
    replies = _quick_replies(message.quick_replies, faults)
    pieces += [Piece({"text": text}) for text in split_text(_text_of(message), name=_name_of(message))]
    if replies:
        last = pieces.pop() if pieces else Piece({"text": ONLY_QUICK_REPLIES})
        pieces.append(replace(last, content={**last.content, "quick_replies": replies}))
    return ComposedMessage(tuple(replace(piece, persona_id=message.persona_id) for piece in pieces), tuple(faults))


def attachment(kind: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form that Meta gives attachments."""
    return {"attachment": {"type": kind, "payload": payload}}


def _shown(payload: Mapping[str, Any], *, from_person: bool) -> Piece | None:
    """Return the piece that shows a payload; None if there is nothing to show. Raises `ValueError`."""
    kind = payload["type"]
    if kind == "sticker" and isinstance(payload.get("url"), str):
        payload = {"type": "image", "url": payload["url"]}
    elif kind in _ONLY_WORDS or (from_person and kind not in MEDIA_KINDS):
        # A person may send no templates either, as their buttons would speak for the page.
        return None
    if kind == "template":
        return Piece(attachment("template", template_of(payload)))
    return _media_piece(media_of(payload))


def _media_piece(media: Media) -> Piece:
    match media:
        case ByUrl(kind, url):
            return Piece(attachment(kind, {"url": url}), is_media=True)
        case ByAttachmentId(kind, attachment_id):
            return Piece(attachment(kind, {"attachment_id": attachment_id}))
        case MediaContent():
            return Piece({}, upload=media, is_media=True)
        case _:
            assert_never(media)


def _text_of(message: Message) -> str:
    text = message.text
    payload = message.payload
    if not text.strip() and payload is not None:
        text = _text_instead(payload)
    return clean(text)


def _name_of(message: Message) -> str:
    return clean(f"{message.id}: ") if message.id and message.persona_id is None else ""


def _text_instead(payload: Mapping[str, Any]) -> str:
    """Return the words for what a person did on Messenger, where it came without any."""
    kind = payload["type"]
    if kind == "reaction" and payload.get("action") != "unreact":
        return str(payload.get("value") or "")
    if kind not in MEDIA_KINDS and kind not in ("sticker", "template") and isinstance(payload.get("url"), str):
        return str(payload["url"])
    return ""


def _quick_replies(titles: tuple[str, ...], faults: list[str]) -> list[dict[str, str]]:
    too_long = [title for title in titles if utf16_units(title) > MAX_TITLE_UNITS]
    fit = [title for title in titles if utf16_units(title) <= MAX_TITLE_UNITS and title.strip()]
    surplus = fit[MAX_QUICK_REPLIES:]
    if too_long:
        faults.append(
            f"expected quick replies of at most {MAX_TITLE_UNITS} characters, got {_quoted(too_long)}, which "
            f"were left out; shorten them"
        )
    if surplus:
        faults.append(
            f"expected at most {MAX_QUICK_REPLIES} quick replies, got {len(fit)}; {_quoted(surplus)} were left "
            f"out: offer fewer, or ask in two steps"
        )
    if len(fit) + len(too_long) < len(titles):
        faults.append("expected quick replies that say something, got a blank one, which was left out")
    return [
        {"content_type": "text", "title": clean(title), "payload": clean(title)}
        for title in fit[:MAX_QUICK_REPLIES]
    ]


def _quoted(titles: list[str]) -> str:
    return ", ".join(repr(title) for title in titles)
