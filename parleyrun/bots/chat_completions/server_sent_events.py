"""Server-sent events: from the bytes of a stream to the data of its events."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

MAX_EVENT_BYTES = 8 << 20
"""Room for a picture."""

_LINE_END = re.compile(rb"\r\n|\n|\r")


def event_data(chunks: Iterable[bytes], max_event_bytes: int = MAX_EVENT_BYTES) -> Iterator[str]:
    """Yield the data of each event, as soon as the event is whole; comments and other fields are left out.

    Lines may end in LF, CRLF or CR, and chunks anywhere, within a character too. What comes last counts without
    its blank line as well.

    Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

    Raises:
        ValueError: An event is longer than `max_event_bytes`.
    """
    data: list[bytes] = []
    size = 0
    for line in _lines(chunks, max_event_bytes):
        if line:
            field, _, value = line.partition(b":")
            if field == b"data":
                data.append(value.removeprefix(b" "))
                size += len(value) + 1
                if size > max_event_bytes:
                    raise _too_long(max_event_bytes)
        elif data:
            yield _text(data)
            data, size = [], 0
    if data:
        yield _text(data)


def _lines(chunks: Iterable[bytes], most: int) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        seen = max(0, len(rest) - 1)
        rest += chunk
        # A CR at the very end may be half of a CRLF.
        until = len(rest) - rest.endswith(b"\r")
        start = 0
        for end in _LINE_END.finditer(rest, seen, until):
            yield rest[start : end.start()]
            start = end.end()
        rest = rest[start:]
        if len(rest) > most:
            raise _too_long(most)
    yield from _LINE_END.split(rest) if rest else ()


def _too_long(most: int) -> ValueError:
    return ValueError(f"expected events of at most {most} bytes, got a longer one")


def _text(data: list[bytes]) -> str:
    return b"\n".join(data).decode(errors="replace")
