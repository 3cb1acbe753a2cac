"""What is said, as rows of text: `1 < Guide: Welcome!`, `1 > hello`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..events import Delivery
from ..message_marks import BOT
from ..text import printable

SAYS = ">"
HEARS = "<"
GOES_ON = "|"
REFUSED = "!"

MAX_PAYLOAD_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class SeatRow:
    """One row. `mark` tells who speaks: the seat itself, somebody to it, the same still, or a refusal."""

    seat: int
    mark: str
    text: str
    speaker: str = ""

    def __str__(self) -> str:
        if self.mark == GOES_ON:
            return f"{self.seat} {self.mark}   {self.text}".rstrip()
        speaker = f"{self.speaker}: " if self.speaker else ""
        return f"{self.seat} {self.mark} {speaker}{self.text}".rstrip()


def rows_said(seat: int, text: str) -> list[SeatRow]:
    """Return the rows of what a seat says."""
    return _rows(seat, SAYS, "", printable(text).split("\n"))


def rows_heard(seat: int, delivery: Delivery) -> list[SeatRow]:
    """Return the rows of what a seat is told, the quick replies numbered in the last one."""
    message = delivery.message
    parts = printable(message.text).split("\n") if message.text else []
    if message.payload is not None:
        parts.append(f"({printable(describe_payload(message.payload), ' ')})")
    by_bot = message.extra.get(BOT) is True and message.id != ""
    rows = _rows(seat, HEARS, bot_name(message.id) if by_bot else printable(message.id, " "), parts or [""])
    if message.quick_replies:
        numbered = (f"[{n}] {printable(reply, ' ')}" for n, reply in enumerate(message.quick_replies, start=1))
        rows.append(SeatRow(seat, GOES_ON, "  ".join(numbered)))
    return rows


def bot_name(name: str) -> str:
    """Return how a bot is called that people are told of."""
    return f"{printable(name, ' ')} (bot)"


def rows_refused(seat: int, text: str) -> list[SeatRow]:
    """Return the rows of why a seat's words were not taken."""
    return _rows(seat, REFUSED, "", printable(text).split("\n"))


def _rows(seat: int, mark: str, speaker: str, parts: list[str]) -> list[SeatRow]:
    first, *others = parts
    return [SeatRow(seat, mark, first, speaker), *(SeatRow(seat, GOES_ON, part) for part in others)]


def describe_payload(payload: Mapping[str, Any]) -> str:
    """Say in words what a payload shows: `image: a red square, https://…`."""
    kind = str(payload["type"])
    about = [str(payload[key]) for key in ("alt", "name") if payload.get(key)]
    if payload.get("url"):
        url = str(payload["url"])
        about.append(url if len(url) <= MAX_PAYLOAD_CHARACTERS else f"{url[:MAX_PAYLOAD_CHARACTERS]}…")
    elif payload.get("data") is not None:
        about.append(f"{payload.get('mime') or 'data'} of {_size(payload['data'])}")
    if not about:
        about.extend(_others(payload))
    return f"{kind}: {', '.join(about)}" if about else kind


def _others(payload: Mapping[str, Any]) -> Iterator[str]:
    rest = {key: value for key, value in payload.items() if key != "type"}
    if rest:
        text = json.dumps(rest, ensure_ascii=False, default=str)
        yield text if len(text) <= MAX_PAYLOAD_CHARACTERS else f"{text[:MAX_PAYLOAD_CHARACTERS]}…"


def _size(data: Any) -> str:
    # Text is base64, of which four characters make three bytes.
    size = len(data) * 3 // 4 if isinstance(data, str) else len(data) if isinstance(data, bytes) else 0
    return f"{size} bytes" if size < 1024 else f"{size / 1024:.1f} kB"
