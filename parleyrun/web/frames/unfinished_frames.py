"""Unfinished frames: what is kept of websocket messages before they are whole is bounded, and so is its time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

from ..kept_bytes import KeptBytes
from .socket_events import EXTENSION, ReadTexts, SocketEvents
from .whole_frames import is_between_frames, text_frame, text_of

MAX_UNFINISHED_BYTES = 16 * 1024 * 1024
"""How much of unfinished messages is kept at the same time, of all sockets together."""

MESSAGE_WITHIN_SECONDS = 60.0
PART_BYTES = 200
"""What keeping a part of a message takes, besides its bytes."""


class BoundedSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's own websocket protocol, which by itself keeps parts of messages for as long as a connection lasts.

    A message that comes, or goes, in one piece passes by the library: on its way through the generators that can
    wait at each byte it would take longer than all that the endpoint does with it.

    Args:
        unfinished: Where it is counted what is kept.
        texts: Where texts of all sockets wait to be read.
        uvicorns: What uvicorn gives to its protocols.
    """

    def __init__(self, *, unfinished: KeptBytes, texts: ReadTexts, **uvicorns: Any) -> None:
        super().__init__(**uvicorns)
        self._unfinished = unfinished
        self._parts_bytes = 0
        self._limit: asyncio.TimerHandle | None = None
        self._between_frames = False
        self._most_bytes: int = uvicorns["config"].ws_max_size
        self._events = SocketEvents(self.loop, self._send_text, texts)
        self.queue = self._events  # type: ignore[assignment]  # does what is needed of one

    def data_received(self, data: bytes) -> None:
        if self._between_frames and self.handshake_complete and not self.close_sent:
            text = text_of(data, self._most_bytes)
            if text is not None:
                if self._events.text_came(text) and not self.read_paused:
                    self.read_paused = True
                    self.transport.pause_reading()
                return
        super().data_received(data)
        self._between_frames = not self.frames and is_between_frames(self.conn)
        # As nearly always there is none: every message passes here, a method of its own would be a call more.
        frames = self.frames
        if len(frames) < 2:
            self._parts_bytes = len(frames[0]) + PART_BYTES if frames else 0
        kept_bytes = len(self.conn.reader.buffer) + self._parts_bytes
        if kept_bytes or self._limit is not None:
            self._note(kept_bytes)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[EXTENSION] = self._events

    async def send(self, message: Any) -> None:
        text = message.get("text")
        if text is None or not self._send_text(text):
            await super().send(message)

    def _send_text(self, text: str) -> bool:
        """Send text at once. Returns False if it would have to wait, or cannot be sent."""
        is_open = self.handshake_complete and not self.close_sent and not self.transport.is_closing()
        if not is_open or not self.writable.is_set():
            return False
        self.transport.write(text_frame(text))
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._note(0)
        super().connection_lost(exc)
        self._events.close()
        # It stands in a circle with the connection's protocol, and the collector hardly ever looks at those.
        self.conn.parser.close()

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) == 1:
            self._parts_bytes = len(self.frames[0]) + PART_BYTES
        super().handle_cont(event)
        self._parts_bytes = self._parts_bytes + len(event.data) + PART_BYTES if self.frames else 0

    def send_receive_event_to_app(self) -> None:
        frames = self.frames
        # As nearly all text is one part in ASCII: a method of its own would be a call more for every message.
        is_plain = len(frames) == 1 and frames[0].isascii()
        if not is_plain and self.curr_msg_data_type == "text" and not _is_text(frames):
            self._fail(1007, "not UTF-8")  # for uvicorn it is an error of ours
            return
        super().send_receive_event_to_app()
        if self._limit is not None:
            self._end_limit()  # a message is whole: the next one has time of its own

    def give_up(self) -> None:
        """Close: too much of an unfinished message is here, or it takes too long."""
        self._fail(1008, "unfinished message")

    def _fail(self, code: int, reason: str) -> None:
        self._end_limit()
        self.frames = []
        self._parts_bytes = 0
        self.stop_keepalive()
        self.conn.fail(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()

    def _note(self, kept_bytes: int) -> None:
        if not kept_bytes:
            self._end_limit()
        elif self._limit is None:
            self._limit = self.loop.call_later(MESSAGE_WITHIN_SECONDS, self._too_late)
        self._unfinished.note(self, kept_bytes)

    def _end_limit(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _too_late(self) -> None:
        self._limit = None
        if self.read_paused:
            # It is we who do not read on, as they sent too fast.
            self._limit = self.loop.call_later(MESSAGE_WITHIN_SECONDS, self._too_late)
        elif not self.transport.is_closing():
            self._note(0)
            self._unfinished.note_given_up()
            self.give_up()


def _is_text(parts: Sequence[bytes | bytearray]) -> bool:
    try:
        b"".join(parts).decode()
    except UnicodeDecodeError:
        return False
    return True
