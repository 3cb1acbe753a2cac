"""One element of a notification's `messaging`, read: whatever is in it, nothing raises here.

A part that must be there and is not, or is of another type, makes the whole of it `malformed`; one that may be
missing is then taken for missing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ....core.message import FrozenDict
from ....study.arrival_parameters import bounded_parameters
from ...strict_json import clean
from .webhook_events import (
    DeliveryEvent,
    EchoEvent,
    EditEvent,
    MessageAttachment,
    MessageEvent,
    PostbackEvent,
    ReactionEvent,
    ReadEvent,
    ReferralEvent,
    WebhookEvent,
)

MAX_ID_CHARACTERS = 512
MAX_URL_CHARACTERS = 8_192
MAX_EDITS = 1_000_000
MAX_MIDS = 100
"""How many names of messages one delivery is believed to have; each is looked up."""

MALFORMED = "malformed"

Ignore = Callable[[str], None]

_PSID = re.compile(r"[0-9A-Za-z_.-]{1,128}", re.ASCII)
_NAME = re.compile(r"[a-z_]{1,40}", re.ASCII)
_ENVELOPE = frozenset({"sender", "recipient", "timestamp"})
_FIRST_MILLISECONDS = 100_000_000_000
"""As seconds this is the year 5138, as milliseconds 1973: so a timestamp says itself which of the two it is."""
_MAX_TIMESTAMP = 2**63


@dataclass(frozen=True, slots=True)
class _Envelope:
    """What is around each kind: whose it is, when, and a word for that moment (None where none is given)."""

    psid: str
    at: float
    stamp: str | None
    now: float


def read_messaging(
    messaging: dict[str, Any], entry_time: Any, page_id: str, now: float, ignore: Ignore
) -> WebhookEvent | None:
    """Return what happened, None for what is not for us; `ignore` is told its kind then.

    Times may be in seconds or in milliseconds. One that is missing, not after 1970 or in the future is `now`.
    """
    key, read = next((reader for reader in _READERS.items() if reader[0] in messaging), ("", None))
    if read is None:
        ignore(_kind_of(messaging))
        return None
    part = messaging[key]
    if not isinstance(part, dict):
        ignore(MALFORMED)
        return None
    is_echo = read is _message and bool(part.get("is_echo"))
    psid = _psid(messaging.get("recipient" if is_echo else "sender"))
    if psid is None or psid == page_id:
        # The page itself is nobody to talk with, whatever the rest looks like.
        ignore(MALFORMED if psid is None else "from the page")
        return None
    timestamp = messaging.get("timestamp", entry_time)
    seconds = _seconds(timestamp, now)
    stamp = None if seconds is None else str(timestamp)
    envelope = _Envelope(psid, now if seconds is None else seconds, stamp, now)
    event = (_echo if is_echo else read)(part, envelope)
    if event is None:
        ignore(MALFORMED)
    return event


def place_in_time(messaging: dict[str, Any], entry_time: Any, now: float) -> float:
    """Return where among others something belongs, by Meta's clock, which may be ahead of ours."""
    seconds = _told_seconds(messaging.get("timestamp", entry_time))
    return now if seconds is None else seconds


def list_or_none(value: Any) -> list[Any] | None:
    return value if isinstance(value, list) else None


def _message(message: dict[str, Any], around: _Envelope) -> WebhookEvent | None:
    mid = _id(message.get("mid"))
    text = message.get("text", "")
    attachments = _attachments(message.get("attachments"))
    choice = _text(_dict(message.get("quick_reply")).get("payload")) or None
    if mid is None or not isinstance(text, str):
        return None
    reply_to = _id(_dict(message.get("reply_to")).get("mid"))
    entry = _entry(_dict(message.get("referral")))
    return MessageEvent(
        psid=around.psid,
        at=around.at,
        mid=mid,
        text=clean(text),
        choice=choice,
        attachments=attachments,
        reply_to=reply_to,
        entry=entry,
    )


def _echo(message: dict[str, Any], around: _Envelope) -> WebhookEvent | None:
    mid, metadata = _id(message.get("mid")), message.get("metadata")
    if mid is None:
        return None
    return EchoEvent(
        psid=around.psid,
        at=around.at,
        mid=mid,
        metadata=clean(metadata) if isinstance(metadata, str) else None,
        text=_text(message.get("text")),
        attachments=_attachments(message.get("attachments")),
    )


def _postback(postback: dict[str, Any], around: _Envelope) -> WebhookEvent | None:
    title, payload = _text(postback.get("title")), _text(postback.get("payload"))
    mid = _id(postback.get("mid"))
    if mid is None and around.stamp is not None:
        # Older versions of the API give none; the same press must have the same name when it comes again.
        words = hashlib.sha256(f"{title}\0{payload}".encode()).hexdigest()[:16]
        mid = f"postback:{around.stamp}:{words}"
    if mid is None or not (title or payload):
        return None
    return PostbackEvent(
        psid=around.psid,
        at=around.at,
        mid=mid,
        title=title,
        payload=payload,
        entry=_entry(_dict(postback.get("referral"))),
    )


def _referral(referral: dict[str, Any], around: _Envelope) -> WebhookEvent | None:
    entry = _entry(referral)
    return ReferralEvent(around.psid, around.at, entry) if entry else None


def _reaction(reaction: dict[str, Any], around: _Envelope) -> WebhookEvent | None:
    to, action = _id(reaction.get("mid")), reaction.get("action")
    emoji = _text(reaction.get("emoji")) or _text(reaction.get("reaction"))
    if to is None or action not in ("react", "unreact") or around.stamp is None or len(emoji) > MAX_ID_CHARACTERS:
        return None
    # The `mid` is that of the message it belongs to, which may be given many.
    mid = f"reaction:{to}:{around.stamp}:{action}:{emoji}"
    return ReactionEvent(psid=around.psid, at=around.at, mid=mid, to=to, action=action, emoji=emoji)


def _edit(edit: dict[str, Any], around: _Envelope) -> WebhookEvent | None:
    to, text, number = _id(edit.get("mid")), edit.get("text"), edit.get("num_edit")
    if to is None or not isinstance(text, str) or type(number) is not int or not 0 <= number <= MAX_EDITS:
        return None
    return EditEvent(around.psid, around.at, f"edit:{to}:{number}", to, clean(text))


def _delivery(delivery: dict[str, Any], around: _Envelope) -> WebhookEvent | None:
    named = list_or_none(delivery.get("mids")) or []
    mids = tuple(mid for mid in map(_id, named[-MAX_MIDS:]) if mid is not None)
    watermark = _seconds(delivery.get("watermark"), around.now)
    return DeliveryEvent(around.psid, around.at, mids, watermark) if mids or watermark is not None else None


def _read(read: dict[str, Any], around: _Envelope) -> WebhookEvent | None:
    watermark = _seconds(read.get("watermark"), around.now)
    return None if watermark is None else ReadEvent(around.psid, around.at, watermark)


_READERS: dict[str, Callable[[dict[str, Any], _Envelope], WebhookEvent | None]] = {
    "message": _message,
    "delivery": _delivery,
    "read": _read,
    "postback": _postback,
    "reaction": _reaction,
    "message_edit": _edit,
    "referral": _referral,
}


def _kind_of(messaging: dict[str, Any]) -> str:
    """Name what nobody here knows, by the key that Meta gives it."""
    names = sorted(key for key in messaging.keys() - _ENVELOPE if _NAME.fullmatch(key))
    return names[0] if names else MALFORMED


def _psid(side: Any) -> str | None:
    psid = _dict(side).get("id")
    return psid if isinstance(psid, str) and _PSID.fullmatch(psid) else None


def _id(value: Any) -> str | None:
    """Return an id that Meta gives; None for what is none, or could become another one's when it is cleaned."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ID_CHARACTERS or clean(value) != value:
        return None
    return value


def _text(value: Any) -> str:
    return clean(value) if isinstance(value, str) else ""


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _seconds(timestamp: Any, now: float) -> float | None:
    """Return a timestamp as wall time; None for what is none. What lies in the future is now."""
    seconds = _told_seconds(timestamp)
    return None if seconds is None else min(seconds, now)


def _told_seconds(timestamp: Any) -> float | None:
    if type(timestamp) not in (int, float) or not 0 < timestamp < _MAX_TIMESTAMP:
        return None
    return float(timestamp / 1000 if timestamp >= _FIRST_MILLISECONDS else timestamp)


def _entry(referral: dict[str, Any]) -> FrozenDict:
    """Return what a referral says of how somebody came."""
    known = {key: referral.get(key) for key in ("ref", "source", "type")}
    return bounded_parameters(
        {key: clean(value) for key, value in known.items() if isinstance(value, str) and value}
    )


def _attachments(value: Any) -> tuple[MessageAttachment, ...]:
    return tuple(found for found in map(_attachment, list_or_none(value) or ()) if found is not None)


def _attachment(value: Any) -> MessageAttachment | None:
    kind = _dict(value).get("type")
    if not isinstance(kind, str) or not _NAME.fullmatch(kind):
        return None
    payload = _dict(value.get("payload"))
    # Of a link that somebody shares, both stand beside the payload.
    url, title = payload.get("url", value.get("url")), payload.get("title", value.get("title"))
    sticker_id = payload.get("sticker_id")
    return MessageAttachment(
        kind,
        url if isinstance(url, str) and _is_address(url) else None,
        _text(title),
        sticker_id if type(sticker_id) is int and 0 <= sticker_id < 2**63 else None,
    )


def _is_address(url: str) -> bool:
    return len(url) <= MAX_URL_CHARACTERS and url.startswith(("https://", "http://")) and clean(url) == url
