"""Talkers: couples in conversation, who measure how long their words take from one to the other."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from random import Random
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from .words import PASSWORD

HEARD_WITHIN_SECONDS = 60.0


class Talker:
    """One person, with one connection."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    async def greet(self) -> None:
        await self._socket.send(json.dumps({"type": "session", "token": None, "seq": 0}))

    async def say(self, text: str) -> None:
        message_id = str(next(self._numbers))
        await self._socket.send(json.dumps({"type": "message", "message_id": message_id, "text": text}))

    async def hear(self, beginning: str) -> None:
        """Wait for a line of somebody else that begins so."""
        async with asyncio.timeout(HEARD_WITHIN_SECONDS):
            while True:
                frame: dict[str, Any] = json.loads(await self._socket.recv())
                assert frame["type"] != "error", frame
                if frame["type"] == "message" and not frame["mine"] and frame["text"].startswith(beginning):
                    return

    async def go_to(self, task: str) -> None:
        """Pass the gate and the menu, and answer the questions of the onboarding."""
        await self.greet()
        await self.hear("gate: ")
        await self.say(PASSWORD)
        await self.hear("menu ")
        await self.say(f"{task} please")
        for question in ("ask 1", "ask 2"):
            await self.hear(question)
            await self.say(f"answer to {question}")


class Couple:
    """Two people in one conversation."""

    def __init__(self, first: Talker, second: Talker, random: Random) -> None:
        self._first = first
        self._second = second
        self._random = random
        self._numbers = itertools.count(1)

    async def talk(self, is_over: Callable[[], bool]) -> list[float]:
        """Talk, in turns, until it is over; return the seconds that each word took from one to the other."""
        loop = asyncio.get_running_loop()
        trips = []
        while not is_over():
            await asyncio.sleep(self._random.uniform(0.1, 0.3))
            text = f"talk {next(self._numbers)}"
            begun = loop.time()
            await self._first.say(text)
            await self._second.hear(text)
            trips.append(loop.time() - begun)
            self._first, self._second = self._second, self._first
        return trips


async def bring_together(url: str, count: int, random: Random, all_: AsyncExitStack) -> list[Couple]:
    """Have so many couples come, one after the other, and begin to talk."""
    couples = []
    for _ in range(count):
        talkers = []
        for _ in range(2):
            connecting = connect(
                f"{url.replace('http', 'ws', 1)}/websocket",
                subprotocols=[Subprotocol("parleyrun.v1")],
                compression=None,
                proxy=None,
            )
            talkers.append(Talker(await all_.enter_async_context(connecting)))
        await asyncio.gather(*(talker.go_to("pair") for talker in talkers))
        await asyncio.gather(*(talker.hear("welcome ") for talker in talkers))
        couples.append(Couple(*talkers, Random(random.random())))
    return couples
