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
        self._arrival: asyncio.Future[None] | None = None

    def put_nowait(self, event: Any) -> None:
        """Have something told."""
        self._events.append(event)
        arrival, self._arrival = self._arrival, None
        if arrival is not None and not arrival.done():
            arrival.set_result(None)

    def empty(self) -> bool:
        """Say whether everything was taken."""
        return not self._events

    async def get(self) -> Any:
        """Wait for what comes next."""
        while not self._events:
            self._arrival = self._loop.create_future()
            await self._arrival
        return self._events.popleft()
