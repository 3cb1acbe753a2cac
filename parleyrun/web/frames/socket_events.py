"""What happens at a websocket, on its way to the endpoint."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

EXTENSION = "parleyrun.events"
"""Under this name among the extensions of its scope, an endpoint finds what happens at its socket."""

PAUSE = "parleyrun.pause"
"""The type of an event after which nothing is to be read for so many `seconds`."""

Listener = Callable[[str], float | None]
"""Takes text at once; returns how many seconds long nothing more is to be read, None if it has not taken it."""


class SocketEvents:
    """What is to be told to an endpoint, in order. On the loop; only the endpoint takes.

    It does what uvicorn needs of `asyncio.Queue`, whose bounds and several takers every message would pay for.
    What comes while the endpoint waits is told to its listener, if it has one: waking the endpoint's task would
    take as long as reading what it is woken for. `write` sends text at once, or returns False if it cannot.
    """

    __slots__ = ("_arrival", "_events", "_loop", "listener", "write")

    def __init__(self, loop: asyncio.AbstractEventLoop, write: Callable[[str], bool]) -> None:
        self._loop = loop
        self.write = write
        self._events: deque[Any] = deque()
        self._arrival: asyncio.Future[Any] | None = None
        self.listener: Listener | None = None

    def text_came(self, text: str) -> bool:
        """Have text told, as `put_nowait` does."""
        arrival = self._arrival
        event: dict[str, Any] = {"type": "websocket.receive", "text": text}
        if self.listener is not None and arrival is not None and not arrival.done():
            try:
                pause_seconds = self.listener(text)
            except Exception as error:  # it is the endpoint's, who waits for this
                self._arrival = None
                arrival.set_exception(error)
                return False
            if pause_seconds is not None:
                if pause_seconds <= 0:
                    return False
                event = {"type": PAUSE, "seconds": pause_seconds}
        return self.put_nowait(event)

    def put_nowait(self, event: Any) -> bool:
        """Have something told. Returns whether something else was still waiting to be taken."""
        arrival, self._arrival = self._arrival, None
        if arrival is not None and not arrival.done():
            arrival.set_result(event)
            return False
        self._events.append(event)
        return len(self._events) > 1

    def close(self) -> None:
        """The socket is closed: nothing can be sent, and what could is let go of."""
        self.write = _never

    def empty(self) -> bool:
        """Say whether everything was taken."""
        return not self._events

    def get(self) -> asyncio.Future[Any]:
        """Return what is to be awaited for the next one."""
        arrival = self._loop.create_future()
        if self._events:
            arrival.set_result(self._events.popleft())
        else:
            self._arrival = arrival
        return arrival


def _never(_text: str) -> bool:
    return False
