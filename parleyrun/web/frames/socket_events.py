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


class ReadTexts:
    """Texts of all sockets that came within one turn of the loop, to be read one after the other at its end.

    Between the bytes of two sockets the loop lets go of the interpreter. Reading a text
    right there would wake others who take it, and the loop would wait for it again at every socket.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[SocketEvents, dict[str, Any]]] = deque()
        self._woken = False

    def add(self, events: SocketEvents, event: dict[str, Any], loop: asyncio.AbstractEventLoop) -> None:
        """Have an event told at the end of the loop's turn."""
        self._waiting.append((events, event))
        if not self._woken:
            self._woken = True
            loop.call_soon(self._read)

    def _read(self) -> None:
        self._woken = False
        waiting = self._waiting
        while waiting:
            events, event = waiting.popleft()
            events.tell(event)


class SocketEvents:
    """What is to be told to an endpoint, in order. On the loop; only the endpoint takes.

    It does what uvicorn needs of `asyncio.Queue`, whose bounds and several takers every message would pay for.
    Text that comes while the endpoint waits is told to its listener, if it has one: waking the endpoint's task
    would take as long as reading what it is woken for.

    Args:
        loop: The loop.
        write: Sends text at once, or returns False if it cannot.
        texts: Where texts wait for the end of the loop's turn.
    """

    __slots__ = ("_ahead", "_arrival", "_events", "_loop", "_texts", "listener", "write")

    def __init__(self, loop: asyncio.AbstractEventLoop, write: Callable[[str], bool], texts: ReadTexts) -> None:
        self._loop = loop
        self.write = write
        self._texts = texts
        self._ahead = 0  # how many events wait for the end of the loop's turn
        self._events: deque[Any] = deque()
        self._arrival: asyncio.Future[Any] | None = None
        self.listener: Listener | None = None

    def text_came(self, text: str) -> bool:
        """Have text told. Returns as `put_nowait` does."""
        arrival = self._arrival
        if self._ahead or (self.listener is not None and arrival is not None and not arrival.done()):
            self._ahead += 1
            self._texts.add(self, {"type": "websocket.receive", "text": text}, self._loop)
            return False
        return self.put_nowait({"type": "websocket.receive", "text": text})

    def tell(self, event: dict[str, Any]) -> None:
        """At the end of the loop's turn: have the listener take text, if the endpoint waits; else tell that."""
        self._ahead -= 1
        arrival, text = self._arrival, event.get("text")
        if text is not None and self.listener is not None and arrival is not None and not arrival.done():
            try:
                pause_seconds = self.listener(text)
            except Exception as error:  # it is the endpoint's, who waits for this
                self._arrival = None
                arrival.set_exception(error)
                return
            if pause_seconds is not None:
                if pause_seconds <= 0:
                    return
                event = {"type": PAUSE, "seconds": pause_seconds}
        self._put(event)

    def put_nowait(self, event: Any) -> bool:
        """Have something told. Returns whether something else was still waiting to be taken."""
        if self._ahead:
            self._ahead += 1
            self._texts.add(self, event, self._loop)
            return False
        return self._put(event)

    def _put(self, event: Any) -> bool:
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
