"""People who talk over `parleyrun.v1`, lose their connection, come back, and send again what got lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from random import Random
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException
from websockets.typing import Subprotocol

from .diary import Diary, Line, Sent, Visit
from .mind import At, Mind
from .words import EXIT, PASSWORD

IN_FLIGHT = 3
"""How many messages a person sends before they wait for an ack."""

WAITED_TOLERANCE_SECONDS = 2.0


class Person:
    """Somebody who lives through restarts.

    `url_of()` says where the server is, which may be elsewhere each time, and `round_of()` which round it is, for
    the diary.
    """

    def __init__(
        self, name: str, random: Random, mind: Mind, url_of: Callable[[], str], round_of: Callable[[], int]
    ) -> None:
        self.diary = Diary(name)
        self.mind = mind
        self.place = "nowhere"
        self.task: str | None = None
        self._random = random
        self._url_of = url_of
        self._round_of = round_of
        self._token: str | None = None
        self._said = 0
        self._news = asyncio.Event()
        self._waiting_since = 0.0
        self._came_at = 0.0

    @property
    def rests(self) -> bool:
        """Whether they have nothing to say, and everything they said has arrived."""
        return not self.mind.has_words and not self.diary.unacknowledged()

    async def live(self) -> None:
        """Come, talk, and come back whenever the connection is gone. Ends only by being cancelled."""
        while True:
            try:
                async with connect(
                    f"{self._url_of().replace('http', 'ws', 1)}/websocket",
                    subprotocols=[Subprotocol("parleyrun.v1")],
                    compression=None,
                    ping_interval=None,
                    close_timeout=0.2,
                    open_timeout=10,
                    proxy=None,
                ) as socket:
                    await self._visit(socket)
            except (OSError, TimeoutError, InvalidHandshake, WebSocketException):
                pass  # the server is dead, or not there yet
            await asyncio.sleep(self._random.uniform(0.01, 0.15))

    async def _visit(self, socket: ClientConnection) -> None:
        self.diary.visits.append(Visit(self.diary.complete))
        self._came_at = asyncio.get_running_loop().time()
        await self._send(socket, {"type": "session", "token": self._token, "seq": self.diary.complete})
        speaking = asyncio.create_task(self._speak(socket))
        try:
            async for raw in socket:
                self._take(json.loads(raw))
                self._news.set()
        finally:
            speaking.cancel()
            await asyncio.gather(speaking, return_exceptions=True)

    # -- what comes ---------------------------------------------------------------------------------------

    def _take(self, frame: dict[str, Any]) -> None:
        kind = frame["type"]
        if kind == "message":
            self._read(frame)
        elif kind == "ack":
            self.diary.acknowledge(frame["message_id"], frame["seq"])
        elif kind == "session":
            self._greeted(frame)
        elif kind == "presence" and "place" in frame:
            self._be_at(frame["place"], frame["task"], frame["waited"])
        elif kind == "error":
            self.diary.faults.append(f"an error frame: {frame}")

    def _greeted(self, frame: dict[str, Any]) -> None:
        offered = self.diary.visits[-1].offered
        if self._token is not None:
            if not frame["resumed"] or frame["token"] != self._token:
                self.diary.faults.append(f"was not known any more after line {offered}: {frame}")
            elif frame["seq"] < offered:
                self.diary.faults.append(f"had line {offered}, but the record ends with {frame['seq']}")
        self._token = frame["token"]
        self.diary.participant_id = f"browser:{frame['token'].partition('.')[0]}"

    def _read(self, frame: dict[str, Any]) -> None:
        line = Line(
            frame["seq"],
            frame["id"],
            frame["text"],
            frame["mine"],
            frame.get("message_id"),
            len(self.diary.visits),
            self._round_of(),
        )
        self.diary.received.append(line)
        if line.mine:
            self.diary.acknowledge(str(line.message_id), line.seq)
        elif self.diary.know(line.seq):
            self.mind.read(line)

    def _be_at(self, place: str, task: str | None, waited_seconds: float) -> None:
        """Hear from the server where they are; who waits must not have to begin anew after a restart.

        They have waited since before they came this time: how long this has been on its way does not count.
        """
        now = asyncio.get_running_loop().time()
        if place != "waiting" or (self.place, self.task) != (place, task):
            self._waiting_since = now
        self.place, self.task = place, task
        least_seconds = self._came_at - self._waiting_since
        if place == "waiting" and waited_seconds < least_seconds - WAITED_TOLERANCE_SECONDS:
            self.diary.faults.append(
                f"has waited for at least {least_seconds:.1f} s, but is told {waited_seconds:.1f} s"
            )

    # -- what goes ----------------------------------------------------------------------------------------

    async def _speak(self, socket: ClientConnection) -> None:
        while self._token is None or not self.diary.participant_id:
            await self._changed()
        for sent in self.diary.unacknowledged():
            await self._send_message(socket, sent)
        while True:
            while not self.mind.has_words or len(self.diary.unacknowledged()) >= IN_FLIGHT:
                await self._changed()
            await asyncio.sleep(self._pause_seconds())
            if self.mind.has_words:
                await self._send_message(socket, self._next_message())
            if self._random.random() < 0.1:
                await self._send(socket, {"type": "read", "seq": self.diary.complete})
            if self._random.random() < 0.01:
                # A connection that breaks, with no goodbye, while the server goes on.
                socket.transport.abort()

    def _next_message(self) -> Sent:
        word = self.mind.say()
        self._said += 1
        name = f"{self.diary.name}:{self._said}"
        text = word if word in (PASSWORD, EXIT) else f"{word} {name}"
        sent = self.diary.sent[name] = Sent(name, text, self._round_of())
        return sent

    def _pause_seconds(self) -> float:
        if self.mind.at is At.GATE:
            return self._random.uniform(0.05, 0.4)
        return self._random.uniform(0.2, 0.6) if self._random.random() < 0.03 else self._random.uniform(0, 0.03)

    async def _changed(self) -> None:
        self._news.clear()
        await self._news.wait()

    async def _send_message(self, socket: ClientConnection, sent: Sent) -> None:
        await self._send(socket, {"type": "message", "message_id": sent.message_id, "text": sent.text})

    async def _send(self, socket: ClientConnection, frame: dict[str, Any]) -> None:
        await socket.send(json.dumps(frame))
