"""Values to columns and back."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from ..core.message import FrozenDict, Message
from ..events import Delivery, Inbound
from ..message_marks import CLAIMED
from .pickling import unpickle

_DEFAULTS = {field.name: getattr(Message(), field.name) for field in fields(Message)}
_OWN_COLUMN = frozenset({"text", "id", "carried_line", "reply_to"})
_MORE = tuple((name, default) for name, default in _DEFAULTS.items() if name not in _OWN_COLUMN)


def columns_of(message: Message) -> tuple[str, str, bytes | None, str | None, str | None]:
    """Return speaker, text, more, carried_line and reply_to.

    `more` is the pickle of the remaining fields that are not empty. A string that is no valid Unicode (half of
    a surrogate pair), or has a NUL in it, has a readable stand-in in its column and its exact self in `more`.
    """
    text, speaker, carried_line = message.text, message.id, message.carried_line
    if (
        message.payload is None
        and not message.episode_done
        and not message.quick_replies
        and message.persona_id is None
        and not message.extra
        and message.reply_to is None
        and text.isascii()
        and speaker.isascii()
        and (carried_line is None or carried_line.isascii())
        and "\0" not in text
        and "\0" not in speaker
    ):
        return speaker, text, None, carried_line, None  # as nearly all are
    more = _more_of(message)
    if not _is_unicode(text):
        more["text"], text = text, readable(text)
    if not _is_unicode(speaker):
        more["id"], speaker = speaker, readable(speaker)
    if carried_line is not None and not _is_unicode(carried_line):
        more["carried_line"], carried_line = carried_line, readable(carried_line)
    return speaker, text, _packed(more), carried_line, replied_line(message.reply_to)


def replied_line(reply_to: FrozenDict | None) -> str | None:
    """Return which line something replies to, as it goes on record: its name, and none of its words."""
    return None if reply_to is None else readable(reply_to["line"])


def columns_of_inbound(inbound: Inbound) -> tuple[str, bytes | None, str]:
    """Return text, more and message_id of what a person said."""
    text, message_id = inbound.text, inbound.message_id
    plain = text.isascii() and message_id.isascii() and "\0" not in text and "\0" not in message_id
    if plain and inbound.payload is None and not inbound.claimed:
        return text, None, message_id
    more = _more_of(Message(payload=inbound.payload, extra=_claims(inbound)))
    if not _is_unicode(text):
        more["text"], text = text, readable(text)
    if not _is_unicode(message_id):
        more["message_id"], message_id = message_id, readable(message_id)
    return text, _packed(more), message_id


def _claims(inbound: Inbound) -> FrozenDict:
    return FrozenDict({CLAIMED: inbound.claimed} if inbound.claimed else None)


def _more_of(message: Message) -> dict[str, Any]:
    """Return the fields that have no column of their own and are not empty."""
    more: dict[str, Any] = {}
    for name, default in _MORE:
        value = getattr(message, name)
        if value is not default and value != default:
            more[name] = value
    return more


def _packed(more: dict[str, Any]) -> bytes | None:
    return pickle.dumps(more, 5) if more else None


def message_from(
    speaker: str, text: str, more: bytes | None, carried_line: str | None, reply_to: str | None = None
) -> Message:
    """Return the message again. What can no longer be unpickled is left out, and logged."""
    if more is None and reply_to is None:
        return Message(text, speaker, carried_line=carried_line)
    return _message(speaker, text, {} if more is None else _unpacked(more), carried_line, reply_to)


def _message(
    speaker: str, text: str, more: dict[str, Any], carried_line: str | None, reply_to: str | None
) -> Message:
    values = {"text": text, "id": speaker, "carried_line": carried_line, **more}
    if reply_to is not None:
        values["reply_to"] = FrozenDict(line=reply_to)
    return Message(**{name: value for name, value in values.items() if name in _DEFAULTS})


def _unpacked(more: bytes) -> dict[str, Any]:
    return unpickle(more, "part of a recorded message") or {}


def delivery_from(row: tuple[Any, ...]) -> Delivery:
    """Return a line from participant_id, seq, mine, at, speaker, text, more, message_id, carried_line, reply_to.

    In this order, as each statement that reads lines names them.
    """
    participant_id, seq, mine, at, speaker, text, more, message_id, carried_line, reply_to = row
    rest = {} if more is None else _unpacked(more)
    message = _message(speaker, text, rest, carried_line, reply_to)
    return Delivery(participant_id, seq, message, bool(mine), at, message_id=rest.get("message_id", message_id))


LEAST_BYTES = 64
"""What the words of a message count as at least, as every line takes room on record, that of an empty one too."""


def words_bytes_of(text: str) -> int:
    """Return how much a text counts as, of all that is kept of what one person sends."""
    return max(LEAST_BYTES, len(text) if text.isascii() else len(text.encode(errors="surrogatepass")))


def file_bytes_in(more: bytes) -> int:
    """Return how large the file is that a line has, from its `more`; 0 if it has none."""
    return file_bytes_of(_unpacked(more).get("payload") or {})


def file_bytes_of(payload: Mapping[str, Any]) -> int:
    """Return how large the file is that a payload shows; 0 if it shows none."""
    size_bytes = payload.get("size")
    return max(0, size_bytes) if isinstance(size_bytes, int) else 0


def pack(message: Message) -> bytes:
    """Return a whole message as one pickle."""
    return pickle.dumps(
        {name: value for name in _DEFAULTS if (value := getattr(message, name)) != _DEFAULTS[name]}, 5
    )


def unpack(packed: bytes) -> Message:
    """Return the message again. Raises whatever unpickling raises."""
    values = pickle.loads(packed)  # noqa: S301  # a store must be trusted: it holds pickled worlds
    return Message(**{name: value for name, value in values.items() if name in _DEFAULTS})


def readable(text: str) -> str:
    """Return the text with NUL, and what is no valid Unicode, spelled out: the same for the same text."""
    return text if _is_unicode(text) else text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()


def _is_unicode(text: str) -> bool:
    if "\0" in text:
        return False  # a text for most, but not for every database
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
