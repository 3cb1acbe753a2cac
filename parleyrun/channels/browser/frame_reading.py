"""Frames that come in: the JSON of the browser protocol, docs/protocol.md."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace
from typing import Any

from ...config.schema import Limits
from ...config.tasks.reaction_entries import LONGEST_REACTION
from ...core.forms.form_answers import ANSWERS
from ...core.forms.sent_answers import sent_answers
from ...core.message import FrozenDict
from ...frozen_values import quickly_made
from ...store.media_content import MEDIA_KINDS
from ...study.arrival_parameters import bounded_parameters
from ..strict_json import clean, decode_json

MAX_MESSAGE_ID_CHARACTERS = 64
MAX_WORDS_CHARACTERS = 1_000
_HELLO_BYTES = 128 * 1024
_PAYLOAD_KEYS = ("type", "data", "name", "alt")


_NOTHING = FrozenDict()
_MOST_CLAIMED = {"pasted": 1_000_000, "typed_ms": 86_400_000}
"""What a page may say of how a line was written, and how much of it at most."""


class BadFrame(ValueError):
    """A frame that is not of the protocol; the message is fit to be shown to whoever sent it."""


@dataclass(frozen=True, slots=True)
class SessionFrame:
    """The first frame of `parleyrun.v1`.

    `touch_points` is how many fingers a page's screen feels at once; `forms` that it can show forms as a whole,
    `replies` that it can show what is replied and reacted to.
    """

    token: str | None
    seq: int
    entry: FrozenDict
    _: KW_ONLY
    touch_points: int = 0
    forms: bool = False
    replies: bool = False


@quickly_made
@dataclass(frozen=True, slots=True)
class MessageFrame:
    """A person says something. The plain dialect has no `message_id`.

    `claimed` is what the page says of how it was written: `pasted` (characters), `typed_ms`. `replies_to` is the
    line that it replies to, 0 for none.
    """

    text: str
    payload: FrozenDict | None
    message_id: str | None = None
    claimed: FrozenDict = _NOTHING
    replies_to: int = 0


@dataclass(frozen=True, slots=True)
class TypingFrame:
    """A person started, or stopped, to type."""

    on: bool


@dataclass(frozen=True, slots=True)
class DeliveredFrame:
    """All lines up to this one are on the screen."""

    seq: int


@dataclass(frozen=True, slots=True)
class ReadFrame:
    """All lines up to this one were looked at."""

    seq: int


@dataclass(frozen=True, slots=True)
class ReactFrame:
    """A person reacts to a line, or takes that back."""

    seq: int
    reaction: str
    on: bool


@dataclass(frozen=True, slots=True)
class HeartbeatFrame:
    """The client is there; with `asks` it wants to know whether we are."""

    asks: bool


_UNKNOWN = FrozenDict(type="unknown")

Frame = HeartbeatFrame | SessionFrame | MessageFrame | TypingFrame | DeliveredFrame | ReadFrame | ReactFrame


def parse_plain(raw: str) -> MessageFrame:
    """Read a frame of the plain dialect. Raises `BadFrame`."""
    return _message(_object(raw), None)


def parse_v1(raw: str) -> Frame:
    """Read a frame of `parleyrun.v1`. Raises `BadFrame`."""
    frame = _object(raw)
    kind = frame.get("type")
    if kind == "message":
        message_id = frame.get("message_id")
        if not isinstance(message_id, str) or not 0 < len(message_id) <= MAX_MESSAGE_ID_CHARACTERS:
            raise BadFrame(f"expected a string of 1 to {MAX_MESSAGE_ID_CHARACTERS} characters at 'message_id'")
        if not message_id.isascii() and clean(message_id) != message_id:
            # Cleaned, two of them could become one, and the second message would count as a repeated one.
            raise BadFrame("expected text without halves of surrogate pairs at 'message_id'")
        said = _message(frame, message_id)
        if "reply_to" in frame:
            said = replace(said, replies_to=_seq(frame, "reply_to"))
        return replace(said, claimed=_claimed(frame)) if "pasted" in frame or "typed_ms" in frame else said
    if kind == "typing":
        if not isinstance(frame.get("on"), bool):
            raise BadFrame("expected true or false at 'on'")
        return TypingFrame(frame["on"])
    if kind == "delivered":
        return DeliveredFrame(_seq(frame))
    if kind == "read":
        return ReadFrame(_seq(frame))
    if kind == "react":
        return _react(frame)
    if kind in ("ping", "pong"):
        return HeartbeatFrame(asks=kind == "ping")
    if kind == "session":
        token = frame.get("token")
        if token is not None and not isinstance(token, str):
            raise BadFrame("expected a string or null at 'token'")
        return SessionFrame(
            token,
            _seq(frame),
            _entry(frame.get("entry")),
            touch_points=_touch_points(frame.get("touch_points")),
            forms=frame.get("forms") is True,
            replies=frame.get("replies") is True,
        )
    raise BadFrame(
        "expected 'session', 'message', 'typing', 'delivered', 'read', 'react', 'ping' or 'pong' at 'type'"
    )


def _object(raw: str) -> dict[str, Any]:
    try:
        frame = decode_json(raw)
    except ValueError:
        raise BadFrame("expected a frame of JSON") from None
    if not isinstance(frame, dict):
        raise BadFrame("expected a JSON object")
    return frame


def _message(frame: dict[str, Any], message_id: str | None) -> MessageFrame:
    text = frame.get("text", "")
    if not isinstance(text, str):
        raise BadFrame("expected a string at 'text'")
    if not text.isascii():
        text = clean(text)
    payload = frame.get("payload")
    if payload is not None:
        return MessageFrame(text, _payload(payload), message_id)
    if not text and "text" not in frame:
        raise BadFrame("expected 'text' or 'payload'")
    return MessageFrame(text, None, message_id)


def max_frame_bytes(limits: Limits, *, uploads: bool) -> int:
    """Return how large a frame may be: the longest text, every byte of it escaped, beside the largest file."""
    data = (limits.payload_bytes + 2) // 3 * 4 if uploads else 0
    return limits.text_bytes * 6 + data + _HELLO_BYTES


def _payload(value: Any) -> FrozenDict:
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise BadFrame("expected 'payload' to be an object with a string 'type'")
    if value["type"] == ANSWERS:
        try:
            return FrozenDict(sent_answers(value))
        except ValueError as error:
            raise BadFrame(str(error)) from None
    # What a page can show of a file, and nothing else: an address in it is left aside, and so is what worlds know
    # from other channels, which only those can tell.
    if value["type"] not in MEDIA_KINDS:
        return _UNKNOWN
    kept = {key: value[key] for key in _PAYLOAD_KEYS if isinstance(value.get(key), str)}
    return FrozenDict(
        {key: item if key == "data" else clean(item)[:MAX_WORDS_CHARACTERS] for key, item in kept.items()}
    )


def _claimed(frame: dict[str, Any]) -> FrozenDict:
    # Nobody can check it, so what is no number is no reason to refuse the words either.
    claimed = {}
    for name, most in _MOST_CLAIMED.items():
        value = frame.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            claimed[name] = min(value, most)
    return FrozenDict(claimed) if claimed else _NOTHING


def _react(frame: dict[str, Any]) -> ReactFrame:
    reaction, on = frame.get("reaction"), frame.get("on", True)
    if not isinstance(reaction, str) or not 0 < len(reaction) <= LONGEST_REACTION:
        raise BadFrame(f"expected a string of 1 to {LONGEST_REACTION} characters at 'reaction'")
    if not isinstance(on, bool):
        raise BadFrame("expected true or false at 'on'")
    return ReactFrame(_seq(frame), reaction, on)


def _seq(frame: dict[str, Any], name: str = "seq") -> int:
    seq = frame.get(name, 0)
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq < 2**53:
        raise BadFrame(f"expected a whole number from 0 at '{name}'")
    return seq


def _touch_points(value: Any) -> int:
    # What a page says of its own device is a hint, and no reason to refuse a frame.
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 256 else 0


def _entry(value: Any) -> FrozenDict:
    if value is None:
        return FrozenDict()
    if not isinstance(value, dict) or any(not isinstance(item, str) for item in value.values()):
        raise BadFrame("expected an object of strings at 'entry'")
    return bounded_parameters({clean(key): clean(item) for key, item in value.items()})
