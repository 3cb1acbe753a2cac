"""A websocket client that costs next to nothing, so that thousands of people fit into one process.

It speaks just enough of RFC 6455 for loopback: one text frame a message, pings answered, a mask of zeros (which
the standard allows and which leaves the bytes as they are).
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any, cast

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
NO_MASK = b"\0\0\0\0"


def handshake(port: int, subprotocol: str | None = None) -> bytes:
    """Return the request that opens a websocket."""
    lines = [
        "GET /websocket HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    ]
    if subprotocol is not None:
        lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
    return "\r\n".join([*lines, "", ""]).encode()


def frame(opcode: int, content: bytes) -> bytes:
    """Return one whole, masked frame."""
    size = len(content)
    head = (
        bytes((0x80 | opcode, 0x80 | size))
        if size < 126
        else bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big")
    )
    return head + NO_MASK + content


class Person(asyncio.Protocol):
    """One person's connection, speaking the plain protocol.

    `on_text(text)` is called for each line while it is set; without it lines are kept for `hear()`. `closed`
    is the reason once the connection is gone.
    """

    __slots__ = ("_buffer", "_lines", "_opened", "_transport", "_waiter", "closed", "on_text", "pair", "sent_at")

    def __init__(self) -> None:
        self.on_text: Callable[[str], None] | None = None
        self.closed: str | None = None
        self.pair = 0
        self.sent_at = 0.0
        self._buffer = b""
        self._lines: deque[str] = deque()
        self._waiter: asyncio.Future[str] | None = None
        self._opened: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None

    async def open(self, port: int, subprotocol: str | None = None) -> None:
        """Connect and open the websocket. Raises `ConnectionError` if the server will not."""
        loop = asyncio.get_running_loop()
        self._opened = loop.create_future()
        await loop.create_connection(lambda: self, "127.0.0.1", port)
        assert self._transport is not None
        self._transport.write(handshake(port, subprotocol))
        await self._opened

    def say(self, text: str) -> None:
        """Say something; `text` must need no escaping in JSON."""
        assert self._transport is not None
        self._transport.write(frame(TEXT, b'{"text": "' + text.encode() + b'"}'))

    def close(self) -> None:
        """Hang up, without a word."""
        assert self._transport is not None
        self._transport.close()

    async def hear(self) -> str:
        """Return the next line. Raises `ConnectionError` if the connection ends first."""
        if self._lines:
            return self._lines.popleft()
        if self.closed is not None:
            raise ConnectionError(self.closed)
        self._waiter = asyncio.get_running_loop().create_future()
        return await self._waiter

    @property
    def unheard(self) -> int:
        """How many lines came that nobody asked for."""
        return len(self._lines)

    # -- asyncio's side -----------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = self.closed or f"the connection was lost ({error})"
        for waiter in (self._opened, self._waiter):
            if waiter is not None and not waiter.done():
                waiter.set_exception(ConnectionError(self.closed))
        self._opened = self._waiter = None

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
        if self._opened is not None:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._buffer = head
                return
            self._shake_hands(head)
        self._buffer = self._take_frames(data)

    def _shake_hands(self, head: bytes) -> None:
        opened, self._opened = self._opened, None
        assert opened is not None
        if opened.done():
            return
        if head.startswith(b"HTTP/1.1 101"):
            opened.set_result(None)
        else:
            opened.set_exception(ConnectionError(head.partition(b"\r\n")[0].decode(errors="replace")))

    def _take_frames(self, data: bytes) -> bytes:
        """Handle every whole frame; return what is left over."""
        start = 0
        while len(data) - start >= 2:
            size, content = data[start + 1], start + 2
            if size == 126:
                size, content = int.from_bytes(data[content : content + 2], "big"), content + 2
            elif size == 127:
                size, content = int.from_bytes(data[content : content + 8], "big"), content + 8
            if content + size > len(data):
                break
            self._framed(data[start] & 0x0F, data[content : content + size])
            start = content + size
        return data[start:]

    def _framed(self, opcode: int, content: bytes) -> None:
        if opcode == TEXT:
            self._take(json.loads(content))
        elif opcode == PING and self._transport is not None:
            self._transport.write(frame(PONG, content))
        elif opcode == CLOSE:
            self.closed = f"closed by the server: {int.from_bytes(content[:2], 'big')} {content[2:].decode()}"

    def _take(self, content: dict[str, Any]) -> None:
        self._line(content["text"])

    def _line(self, text: str) -> None:
        waiter = self._waiter
        if self.on_text is not None:
            self.on_text(text)
        elif waiter is not None:
            self._waiter = None
            if not waiter.done():
                waiter.set_result(text)
        else:
            self._lines.append(text)


class Guest(Person):
    """One person's connection in `parleyrun.v1`, who can come back on another one to where they were.

    `token` is what they are known by, `seq` the last line they have, `resumed` whether the server knew them.
    `on_growing(text)` is called with the words so far of a line that is being made.
    """

    __slots__ = ("_greeted", "_message_ids", "on_growing", "resumed", "seq", "token")

    def __init__(self, before: Guest | None = None) -> None:
        super().__init__()
        self.token: str | None = None if before is None else before.token
        self.seq = 0 if before is None else before.seq
        self.resumed = False
        self.on_growing: Callable[[str], None] | None = None
        self._message_ids = count(1) if before is None else before._message_ids
        self._greeted: asyncio.Future[None] | None = None

    async def enter(self, port: int) -> None:
        """Connect and come in, or come back. Raises `ConnectionError` if the server will not."""
        await self.open(port, "parleyrun.v1")
        self._greeted = asyncio.get_running_loop().create_future()
        self._send({"type": "session", "token": self.token, "seq": self.seq})
        await self._greeted

    def say(self, text: str) -> None:
        self._send({"type": "message", "message_id": f"m{next(self._message_ids)}", "text": text})

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        if self._greeted is not None and not self._greeted.done():
            self._greeted.set_exception(ConnectionError(self.closed))

    def _send(self, content: dict[str, Any]) -> None:
        assert self._transport is not None
        self._transport.write(frame(TEXT, json.dumps(content).encode()))

    def _take(self, content: dict[str, Any]) -> None:
        kind = content["type"]
        if kind == "message":
            self.seq = max(self.seq, content["seq"])
            if not content["mine"]:
                self._line(content["text"])
        elif kind == "growing" and self.on_growing is not None:
            self.on_growing(content["text"])
        elif kind == "ack":
            self.seq = max(self.seq, content["seq"])
        elif kind == "session" and self._greeted is not None and not self._greeted.done():
            self.token, self.resumed = content["token"], content["resumed"]
            self._greeted.set_result(None)
