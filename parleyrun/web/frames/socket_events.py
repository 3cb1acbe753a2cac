"""What happens at a websocket, on its way to the endpoint."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any


class SocketEvents:
    """What is to be told to an endpoint, in order. On the loop; only the endpoint takes.

    It does what uvicorn needs of `asyncio.Queue`, whose bounds and several takers every message would pay for.
    """

    __slots__ = ("_arrival", "_events", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._events: deque[Any] = deque()
        self._arrival: asyncio.Future[Any] | None = None

    def put_nowait(self, event: Any) -> bool:
        """Have something told. Returns whether something else was still waiting to be taken."""
        arrival, self._arrival = self._arrival, None
        if arrival is not None and not arrival.done():
            arrival.set_result(event)
            return False
        self._events.append(event)
        return len(self._events) > 1

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
