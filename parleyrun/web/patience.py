"""Patience: HTTP connections that never send a whole request are closed."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

FIRST_REQUEST_WITHIN_SECONDS = 20.0


class ImpatientProtocol(H11Protocol):
    """uvicorn's own HTTP protocol, which by itself waits for ever for a first request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self._first_request = self.loop.call_later(FIRST_REQUEST_WITHIN_SECONDS, self._too_late)

    def connection_lost(self, exc: Exception | None) -> None:
        self._first_request.cancel()
        super().connection_lost(exc)

    def _too_late(self) -> None:
        # After an upgrade this protocol is out of use, and its `conn` has seen the whole request.
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()
