"""Bounded responses: a server that never comes to the end of a response's head costs no more than its time."""

from __future__ import annotations

import io
import socket
import time
from http.client import HTTPException, HTTPResponse
from typing import Any

MOST_INTERIM = 10
"""How many `100 Continue` may come before the response itself."""


class _UntilThen(socket.SocketIO):
    """Reads a socket until a time has come, however often something comes of it."""

    def __init__(self, sock: socket.socket, ends_at: float) -> None:
        super().__init__(sock, "r")
        self._ends_at = ends_at

    def readinto(self, buffer: Any) -> int | None:
        if time.monotonic() > self._ends_at:
            raise TimeoutError("timed out")
        return super().readinto(buffer)


class BoundedResponse(HTTPResponse):
    """A response of which all parts have to come within the time that its connection waits for one of them."""

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self._interim = 0
        seconds = sock.gettimeout()
        if seconds is not None:
            self.fp.close()
            sock._io_refs += 1  # type: ignore[attr-defined]  # as makefile() does, whose close() takes it back
            self.fp = io.BufferedReader(_UntilThen(sock, time.monotonic() + seconds))

    def _read_status(self) -> Any:
        self._interim += 1
        if self._interim > MOST_INTERIM:
            raise HTTPException(f"expected a response, got {MOST_INTERIM} times that it is to come")
        return super()._read_status()  # type: ignore[misc]  # http.client keeps it to itself
