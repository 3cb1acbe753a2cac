"""Request time-out: HTTP connections that do not send a whole request in time are closed."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from .request_framing import StrictConnection
from .unfinished_requests import UnfinishedRequests

REQUEST_WITHIN_SECONDS = 20.0
_MOST_HEAD_BYTES = 64 * 1024

_UNFINISHED = (h11.IDLE, h11.SEND_BODY)


class RequestTimeoutProtocol(H11Protocol):
    """uvicorn's own HTTP protocol, which by itself waits for ever for a request, or for the rest of one.

    It reads requests with `StrictConnection`. Time runs from when the connection is made, and from the first bytes
    of each later request; between two requests uvicorn's own, shorter limit holds.

    Args:
        unfinished: Where those are counted that have not sent a whole request.
        uvicorns: What uvicorn gives to its protocols.
    """

    def __init__(self, *, unfinished: UnfinishedRequests, **uvicorns: Any) -> None:
        super().__init__(**uvicorns)
        self._unfinished = unfinished

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self.conn = StrictConnection(h11.SERVER, self.config.h11_max_incomplete_event_size or _MOST_HEAD_BYTES)
        self._limit: asyncio.TimerHandle | None = self._start_limit()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state not in _UNFINISHED or self.transport.get_protocol() is not self:
            # A websocket is another protocol's from now on: nothing here is to be kept until the time-out.
            self._end_limit()
        elif self._limit is None:
            self._limit = self._start_limit()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_limit()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that cannot be read; whoever was about to answer it has nobody to answer any more."""
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:  # its head was answered by then
            self.transport.close()

    def give_up(self) -> None:
        """Close at once: others need the place."""
        self.transport.abort()

    def _start_limit(self) -> asyncio.TimerHandle:
        self._unfinished.begin(self)
        return self.loop.call_later(REQUEST_WITHIN_SECONDS, self._too_late)

    def _end_limit(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
            self._unfinished.end(self)

    def _too_late(self) -> None:
        # After an upgrade to a websocket another protocol has the connection, and its own patience.
        if self.transport.get_protocol() is self and not self.transport.is_closing():
            self.transport.close()
