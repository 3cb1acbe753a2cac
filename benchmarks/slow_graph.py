"""A Graph API that takes its time, and the people of its page: they write, and it sees what they are sent."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter, time

from webhook import Poster, request_of

PATIENCE_SECONDS = 120.0
HANG_SECONDS = 2.0
"""How long a send that hangs goes without an answer, until its connection breaks."""


@dataclass(slots=True)
class Counted:
    """`wrong` are lines that were lost, came twice, or came out of order."""

    per_second: float
    wrong: int


@dataclass(slots=True)
class Chatted:
    """How long after it was posted what people wrote was answered; `hung` sends got no answer."""

    milliseconds: list[float] = field(default_factory=list)
    missing: int = 0
    hung: int = 0


class SlowGraph:
    """Serves on a port of its own, as long as the process lives."""

    def __init__(self, page_id: str, secret: str, answer_seconds: float) -> None:
        self._page_id = page_id
        self._secret = secret
        self._answer_seconds = answer_seconds
        self._mids = count()
        self._people: list[str] = []
        self._hanging: set[str] = set()
        self._hung = 0
        self._came: dict[str, list[tuple[str, float]]] = defaultdict(list)
        self._changed = asyncio.Condition()
        self._poster = Poster()
        self._posting = asyncio.Lock()
        self._server: asyncio.Server | None = None

    async def open(self) -> int:
        """Begin to serve; return the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=512)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    # -- what people do -----------------------------------------------------------------------------------

    async def start(self, port: int, people: int) -> None:
        """Have so many people press Get Started, and wait until each was greeted."""
        await asyncio.get_running_loop().create_connection(lambda: self._poster, "127.0.0.1", port)
        self._people = [str(5_000_000_000_000_000 + number) for number in range(people)]
        await self._post([self._event(psid, postback={"payload": "GET_STARTED"}) for psid in self._people])
        await self._until(lambda: len(self._came) == people)

    async def count(self, each: int) -> Counted:
        """Have everybody ask for so many lines; tell how fast they come."""
        self._came.clear()
        total = each * len(self._people)
        began = perf_counter()
        await self._post([self._event(psid, f"{each} line") for psid in self._people])
        await self._until(lambda: sum(map(len, self._came.values())) >= total)
        await asyncio.sleep(2 * self._answer_seconds)  # a line that comes twice would come now
        seconds = max(at for lines in self._came.values() for _, at in lines) + self._answer_seconds - began
        expected = [f"line {number}" for number in range(1, each + 1)]
        wrong = sum(
            sum(a != b for a, b in zip(came, expected, strict=False)) + abs(len(came) - each)
            for came in ([text for text, _ in self._came[psid]] for psid in self._people)
        )
        return Counted(total / seconds, wrong)

    async def chat(self, seconds: float, hanging: int) -> Chatted:
        """Have everybody write once a second, evenly spread; the sends to the first `hanging` get no answer."""
        self._came.clear()
        self._hung = 0
        self._hanging = set(self._people[:hanging])
        due: dict[tuple[str, str], float] = {}
        began = perf_counter()
        for number in range(int(seconds * len(self._people))):
            psid = self._people[number % len(self._people)]
            at = began + number / len(self._people)
            await asyncio.sleep(max(0.0, at - perf_counter()))
            if psid not in self._hanging:
                due[psid, f"n{number} 1"] = at
            await self._post([self._event(psid, f"1 n{number}")])
        await asyncio.sleep(1.0)
        came = {(psid, text): at for psid, lines in self._came.items() for text, at in lines}
        self._hanging = set()
        milliseconds = [(came[line] - at) * 1000 for line, at in due.items() if line in came]
        return Chatted(milliseconds, len(due) - len(milliseconds), self._hung)

    def _event(self, psid: str, text: str = "", **rest: object) -> dict[str, object]:
        mid = f"m_{next(self._mids)}"
        what = rest or {"message": {"mid": mid, "text": text}}
        return {
            "sender": {"id": psid},
            "recipient": {"id": self._page_id},
            "timestamp": int(time() * 1000),
            **what,
        }

    async def _post(self, events: list[dict[str, object]]) -> None:
        async with self._posting:
            if not await self._poster.post(request_of(self._page_id, self._secret, events)):
                raise RuntimeError("the webhook did not take a notification")

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), self._changed:
            await self._changed.wait_for(holds)

    # -- what the page sends ------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
                body = json.loads(await reader.readexactly(length) or b"{}")
                if not await self._take(body):
                    return
                answer = json.dumps({"recipient_id": "", "message_id": f"m_out{next(self._mids)}"}).encode()
                await asyncio.sleep(self._answer_seconds)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(answer), answer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _take(self, body: dict[str, dict[str, str]]) -> bool:
        """Note what came; False if it is one that gets no answer."""
        at = perf_counter()
        psid, text = body["recipient"]["id"], body.get("message", {}).get("text", "")
        if psid in self._hanging:
            self._hung += 1
            await asyncio.sleep(HANG_SECONDS)
            return False
        async with self._changed:
            self._came[psid].append((text, at))
            self._changed.notify_all()
        return True
