"""Somebody who comes over the websocket with the plain dialect, as any script may."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

from serve_process import DEADLINE_SECONDS
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

Frame = dict[str, Any]


class PlainClient:
    """One connection. Use it as a context manager. `frames` is all that was seen, in order."""

    def __init__(self, url: str) -> None:
        self._connecting = connect(f"{url.replace('http', 'ws', 1)}/websocket", compression=None)
        self._connection: ClientConnection
        self.frames: list[Frame] = []

    def __enter__(self) -> Self:
        self._connection = self._connecting.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._connecting.__exit__(*error)

    def says(self, text: str = "", **rest: Any) -> None:
        self._connection.send(json.dumps({"text": text, **rest}))

    def sees(self, text: str) -> Frame:
        """Wait for a line that holds this text; return its frame."""
        return self.sees_frame(lambda frame: text in frame["text"], repr(text))

    def sees_frame(self, fits: Callable[[Frame], Any], what: str) -> Frame:
        """Wait for a frame that fits, passing over others; return it."""
        end = time.monotonic() + DEADLINE_SECONDS
        while True:
            try:
                frame: Frame = json.loads(self._connection.recv(max(0.0, end - time.monotonic())))
            except TimeoutError:
                raise AssertionError(f"expected to see {what}, got {self.frames}") from None
            self.frames.append(frame)
            if fits(frame):
                return frame

    def is_sent_away(self) -> int:
        """Wait until the server closes the connection; return the code."""
        with suppress(ConnectionClosed):
            while True:
                self._connection.recv(timeout=DEADLINE_SECONDS)
        assert self._connection.close_code is not None
        return self._connection.close_code
