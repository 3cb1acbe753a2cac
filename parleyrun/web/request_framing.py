"""Request framing: where a request ends is said once and clearly, or the request is refused.

Two readers that find a different end of one request can be made to take a part of it for a request of somebody
else's (request smuggling). So a proxy in front of us and we must have no choice in how to read one.
"""

from __future__ import annotations

from typing import Any

import h11

_LENGTH = b"content-length"
_CODING = b"transfer-encoding"


class StrictConnection(h11.Connection):
    """h11's own reader, which takes some requests that RFC 9112 lets a server take but others read differently."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # h11 hands out headers that are put in order already; what was sent is only seen here.
        self._head: bytearray | None = bytearray()

    def receive_data(self, data: bytes) -> None:
        if self._head is not None:
            self._head += data
        super().receive_data(data)

    def next_event(self) -> Any:
        """Return the next event. Raises `RemoteProtocolError` also for a request that can be read in two ways."""
        event = super().next_event()
        if type(event) is h11.Request and self._head is not None:
            rest, _ = self.trailing_data
            head, self._head = bytes(self._head[: len(self._head) - len(rest)]), None
            fault = ambiguity(head, event.http_version)
            if fault is not None:
                raise h11.RemoteProtocolError(fault)
        return event

    def start_next_cycle(self) -> None:
        super().start_next_cycle()
        rest, _ = self.trailing_data
        self._head = bytearray(rest)


def ambiguity(head: bytes, http_version: bytes) -> str | None:
    """Say what in the head of a request others may read differently; None if there is nothing."""
    lines = head.split(b"\r\n")
    if any(b"\n" in line or b"\r" in line for line in lines):
        return "a line that does not end with CR and LF"
    if any(line[:1] in (b" ", b"\t") for line in lines):
        return "a header over several lines"
    fields = [(name.strip().lower(), value) for name, _, value in (line.partition(b":") for line in lines[1:])]
    lengths = [value for name, value in fields if name == _LENGTH]
    codings = [value for name, value in fields if name == _CODING]
    if len(lengths) > 1 or any(b"," in value for value in lengths):
        return "more than one Content-Length"
    if lengths and codings:
        return "Content-Length together with Transfer-Encoding"
    if len(codings) > 1:
        return "more than one Transfer-Encoding"
    if codings and http_version < b"1.1":
        return "Transfer-Encoding in a request of HTTP/1.0"
    return None
