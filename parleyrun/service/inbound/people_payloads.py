"""People's payloads: what somebody may send besides words, which is little, and never trusted like an author's."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ...core.message import FrozenDict
from ...core.person_address import PersonAddress
from ...errors import ChannelError
from ...events import Inbound, RefusalReason
from ...store.file_types import ending_of, file_type
from ...store.media_content import MEDIA_KINDS, MediaContent
from ...store.picture_metadata import without_metadata
from ...text import printable

DEEDS = frozenset({"quick_reply", "postback", "reaction", "edit"})
"""What somebody does on a channel that is no file."""

ELSEWHERE = frozenset({*MEDIA_KINDS, "sticker"})
"""What a channel knows an address of."""

MAX_WORDS_CHARACTERS = 1_000
"""How long the name of a file may be, and what is said of it."""


class PeoplePayloads:
    """Takes what people send in payloads. Any thread; may block where a file is kept.

    Args:
        max_bytes: How large a file may be.
        keep: Keeps a file for a participant, and returns its attachment id (`MediaLibrary.keep`).
    """

    def __init__(self, max_bytes: int, keep: Callable[[MediaContent, str], str]) -> None:
        self._max_bytes = max_bytes
        self._keep = keep

    def answers(self, inbound: Inbound, payload: FrozenDict, now: float) -> Inbound:
        """Return answers to a form as they go on record: with when they came, and how large they are."""
        stamp = {"at": round(now * 1_000), "size": answers_bytes(payload)}
        return replace(inbound, text="", payload=FrozenDict({**payload, **stamp}))

    def taken(self, inbound: Inbound, payload: FrozenDict, *, uploads: bool) -> Inbound | RefusalReason:
        """Return a message that has this payload as a world may be given it; or why there is nothing left of it.

        What is of no known type, or a file where uploads are not allowed, is dropped; the text beside it stays.
        """
        kind = payload.get("type")
        if kind in MEDIA_KINDS and payload.get("data") is not None:
            if uploads:
                return self._upload(inbound, payload)
        elif kind in DEEDS or (kind in ELSEWHERE and payload.get("url")):
            return replace(inbound, payload=FrozenDict(_marked({**payload, **_words(payload)})))
        return replace(inbound, payload=None) if inbound.text else RefusalReason.NO_ATTACHMENTS

    def _upload(self, inbound: Inbound, payload: FrozenDict) -> Inbound | RefusalReason:
        kind, data = payload["type"], payload["data"]
        if uploaded_bytes(data) > self._max_bytes + 3:
            return RefusalReason.UPLOAD_TOO_LARGE
        try:
            content = data if isinstance(data, bytes) else base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError, TypeError):
            return RefusalReason.UPLOAD_KIND
        if len(content) > self._max_bytes:
            return RefusalReason.UPLOAD_TOO_LARGE
        mime = file_type(kind, content)
        if mime is None:
            return RefusalReason.UPLOAD_KIND
        try:
            content = without_metadata(mime, content)
        except ValueError:
            return RefusalReason.UPLOAD_KIND
        name = f"{kind}{ending_of(mime)}"
        try:
            attachment_id = self._keep(MediaContent(kind, content, name, mime), inbound.participant_id)
        except ChannelError:
            return RefusalReason.TROUBLE
        file = {"attachment_id": attachment_id, "mime": mime, "size": len(content)}
        shown = {"type": kind, **_words(payload), **file}
        return replace(inbound, payload=FrozenDict(shown))


def answers_bytes(payload: FrozenDict) -> int:
    """Return how large answers to a form are, as JSON."""
    return len(json.dumps(payload, default=str))


def uploaded_bytes(data: str | bytes) -> int:
    """Return how large a file is that comes as bytes, or as base64, without looking into it."""
    return len(data) if isinstance(data, bytes) else len(data) * 3 // 4


def _words(payload: FrozenDict) -> dict[str, str]:
    """Return the name of a file and what is said of it, each as one printable line."""
    return {
        key: printable(payload[key][:MAX_WORDS_CHARACTERS], " ")
        for key in ("name", "alt")
        if isinstance(payload.get(key), str) and payload[key]
    }


def _marked(value: Any) -> Any:
    """Return a value with every address in it marked as that of a person, however deep."""
    if isinstance(value, dict):
        return {key: _marked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_marked(item) for item in value)
    return PersonAddress(value) if isinstance(value, str) and "://" in value else value
