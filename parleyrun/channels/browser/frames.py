"""Frames: the JSON of the browser protocol, docs/protocol.md."""

from __future__ import annotations

import base64
import json
import math
from dataclasses import dataclass
from typing import Any

from ...core.message import FrozenDict, Message
from ...events import Delivery
from ..strict_json import clean, decode_json

MAX_MESSAGE_ID_CHARACTERS = 64
MAX_ENTRY_KEYS = 32
MAX_ENTRY_CHARACTERS = 2_100  # Messenger's own limit for a `ref` is 2083
MAX_PAYLOAD_DEPTH = 32


class BadFrame(ValueError):
    """A frame that is not of the protocol; the message is fit to be shown to whoever sent it."""


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame of `parleyrun.v1`."""

    token: str | None
    seq: int
    entry: FrozenDict


@dataclass(frozen=True, slots=True)
class Say:
    """A person says something. The plain dialect has no `message_id`."""

    text: str
    payload: FrozenDict | None
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Type:
    on: bool


@dataclass(frozen=True, slots=True)
class GotUpTo:
    seq: int


@dataclass(frozen=True, slots=True)
class SawUpTo:
    seq: int


Frame = Hello | Say | Type | GotUpTo | SawUpTo


def parse_plain(raw: str) -> Say:
    """Read a frame of the plain dialect. Raises `BadFrame`."""
    return _say(_object(raw))


def parse_v1(raw: str) -> Frame:
    """Read a frame of `parleyrun.v1`. Raises `BadFrame`."""
    frame = _object(raw)
    kind = frame.get("type")
    if kind == "message":
        message_id = frame.get("message_id")
        if not isinstance(message_id, str) or not 0 < len(message_id) <= MAX_MESSAGE_ID_CHARACTERS:
            raise BadFrame(f"expected a string of 1 to {MAX_MESSAGE_ID_CHARACTERS} characters at 'message_id'")
        if clean(message_id) != message_id:
            # Cleaned, two of them could become one, and the second message would count as a repeated one.
            raise BadFrame("expected text without halves of surrogate pairs at 'message_id'")
        say = _say(frame)
        return Say(say.text, say.payload, message_id)
    if kind == "typing":
        if not isinstance(frame.get("on"), bool):
            raise BadFrame("expected true or false at 'on'")
        return Type(frame["on"])
    if kind == "delivered":
        return GotUpTo(_seq(frame))
    if kind == "read":
        return SawUpTo(_seq(frame))
    if kind == "session":
        token = frame.get("token")
        if token is not None and not isinstance(token, str):
            raise BadFrame("expected a string or null at 'token'")
        return Hello(token, _seq(frame), _entry(frame.get("entry")))
    raise BadFrame("expected 'session', 'message', 'typing', 'delivered' or 'read' at 'type'")


def _object(raw: str) -> dict[str, Any]:
    try:
        frame = decode_json(raw)
    except ValueError:
        raise BadFrame("expected a frame of JSON") from None
    if not isinstance(frame, dict):
        raise BadFrame("expected a JSON object")
    return frame


def _say(frame: dict[str, Any]) -> Say:
    text = frame.get("text", "")
    if not isinstance(text, str):
        raise BadFrame("expected a string at 'text'")
    payload = frame.get("payload")
    if payload is None:
        if not text and "text" not in frame:
            raise BadFrame("expected 'text' or 'payload'")
        return Say(clean(text), None)
    if _depth(payload) > MAX_PAYLOAD_DEPTH:
        raise BadFrame(f"expected a payload of at most {MAX_PAYLOAD_DEPTH} levels")
    return Say(clean(text), _payload(payload))


def _payload(value: Any) -> FrozenDict:
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise BadFrame("expected 'payload' to be an object with a string 'type'")
    return FrozenDict(value)


def _depth(value: Any) -> int:
    """Return how deep a JSON value is nested, without recursion."""
    depth, level = 0, [value]
    while level and depth <= MAX_PAYLOAD_DEPTH:
        depth += 1
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return depth


def _seq(frame: dict[str, Any]) -> int:
    seq = frame.get("seq", 0)
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq < 2**53:
        raise BadFrame("expected a whole number from 0 at 'seq'")
    return seq


def _entry(value: Any) -> FrozenDict:
    if value is None:
        return FrozenDict()
    if (
        not isinstance(value, dict)
        or len(value) > MAX_ENTRY_KEYS
        or any(not isinstance(item, str) for item in value.values())
        or any(len(part) > MAX_ENTRY_CHARACTERS for pair in value.items() for part in pair)
    ):
        raise BadFrame(f"expected an object of at most {MAX_ENTRY_KEYS} short strings at 'entry'")
    return FrozenDict({clean(key): clean(item) for key, item in value.items()})


def encode(frame: dict[str, Any]) -> str:
    """Write a frame. ASCII only, and whatever an author put into a payload: nothing can fail to be sent."""
    try:
        return json.dumps(frame, separators=(",", ":"), default=str, allow_nan=False)
    except (ValueError, TypeError):
        return json.dumps(_as_json(frame), separators=(",", ":"))


def _as_json(value: Any) -> Any:
    """Return the nearest that JSON has: null for NaN and Infinity, strings for keys and for what it knows not."""
    if isinstance(value, dict):
        return {str(key): _as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int) else str(value)


def plain_line(message: Message) -> str:
    """Write a line in the plain dialect."""
    frame: dict[str, Any] = {"text": message.text, "quick_replies": message.quick_replies or None}
    if message.payload is not None:
        frame["payload"] = _sendable(message.payload)
    return encode(frame)


def v1_line(delivery: Delivery) -> str:
    """Write a line of a participant's log in `parleyrun.v1`."""
    message = delivery.message
    frame: dict[str, Any] = {
        "type": "message",
        "seq": delivery.seq,
        "id": message.id,
        "text": message.text,
        "quick_replies": message.quick_replies or None,
        "mine": delivery.mine,
        "at": round(delivery.at, 3),
    }
    if message.payload is not None:
        frame["payload"] = _sendable(message.payload)
    if delivery.mine:
        frame["message_id"] = message.message_id
    return encode(frame)


def _sendable(payload: FrozenDict) -> dict[str, Any]:
    """Return the payload with bytes as base64, which is how the page expects them."""
    return {
        key: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for key, value in payload.items()
    }
