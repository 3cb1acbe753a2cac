"""The body of a webhook request: from bytes that anybody may have sent to what happened on this page."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import accumulate
from operator import itemgetter
from typing import Any

from ...strict_json import decode_json
from .webhook_events import WebhookEvent
from .webhook_parsing import MALFORMED, Ignore, list_or_none, place_in_time, read_messaging

MAX_DEPTH = 32

# A string, closed or not, so that each byte is looked at once; and all bytes that open or close nothing.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_PIECE_BYTES = 65_536


class BadNotification(ValueError):
    """A body that is no notification; the message is fit to be shown to whoever sent it."""


def read_notification(
    body: bytes, page_id: str, now: float, ignore: Ignore, siblings: Collection[str] = ()
) -> list[WebhookEvent]:
    """Return what happened on this page, in the order in which it did. Raises `BadNotification`.

    What is not for us, or not as it should be, is left out; `ignore` is told its kind, and never a word of what
    a person wrote. `now` is wall time in seconds; `siblings` are pages that somebody else reads the body for.
    """
    read = [
        (place_in_time(messaging, entry.get("time"), now), event)
        for entry in _entries(_document(body), page_id, ignore, siblings)
        for messaging in _messagings(entry, ignore)
        if (event := read_messaging(messaging, entry.get("time"), page_id, now, ignore)) is not None
    ]
    # After trouble Meta sends what it held back in any order. Sorting keeps the order of what is equal.
    return [event for _, event in sorted(read, key=itemgetter(0))]


def _document(body: bytes) -> dict[str, Any]:
    if _is_deeper(body, MAX_DEPTH):
        raise BadNotification(f"expected JSON of at most {MAX_DEPTH} levels")
    try:
        document = decode_json(body.decode())
    except ValueError:
        raise BadNotification("expected JSON in UTF-8") from None
    if not isinstance(document, dict):
        raise BadNotification("expected a JSON object")
    return document


def _is_deeper(body: bytes, depth: int) -> bool:
    """Say whether brackets are nested deeper than that. Looks before anything is parsed."""
    if body.count(b"[") + body.count(b"{") <= depth:
        return False
    brackets = _STRING.sub(b"", body).translate(None, _NO_BRACKETS)
    level = 0
    for start in range(0, len(brackets), _PIECE_BYTES):  # in pieces, between which other threads have their turn
        levels = list(accumulate(map(_STEPS.__getitem__, brackets[start : start + _PIECE_BYTES]), initial=level))
        if max(levels) > depth:
            return True
        level = levels[-1]
    return False


def _entries(
    document: dict[str, Any], page_id: str, ignore: Ignore, siblings: Collection[str]
) -> Iterator[dict[str, Any]]:
    if document.get("object") != "page":
        ignore("of another object than a page")
        return
    entries = list_or_none(document.get("entry"))
    if entries is None:
        ignore(MALFORMED)
        return
    for entry in entries:
        if not isinstance(entry, dict):
            ignore(MALFORMED)
        elif entry.get("id") == page_id:
            yield entry
        elif entry.get("id") not in siblings:
            ignore("of another page")


def _messagings(entry: dict[str, Any], ignore: Ignore) -> Iterator[dict[str, Any]]:
    others = [key for key in ("standby", "changes") if key in entry]
    for key in others:
        ignore(key)
    messagings = list_or_none(entry.get("messaging", [] if others else None))
    if messagings is None:
        ignore(MALFORMED)
        return
    for messaging in messagings:
        if isinstance(messaging, dict):
            yield messaging
        else:
            ignore(MALFORMED)
