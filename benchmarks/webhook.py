"""What Meta does: posts signed notifications over connections that it keeps open."""

from __future__ import annotations

import asyncio
import hmac
import json
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter, time
from typing import cast

from talk import WORDS

PATIENCE_SECONDS = 120.0
"""How long all of it may take before the measurement is given up."""


@dataclass(slots=True)
class Posted:
    """What came of the posts. `refused` are events in posts that were answered with anything but 200, or not."""

    accepted: int = 0
    refused: int = 0
    seconds: float = 0.0
    milliseconds: list[float] = field(default_factory=list)


class Page:
    """Writes what happens on a page: its people send one message after the other, in turn."""

    def __init__(self, page_id: str, secret: str, people: int) -> None:
        self._page_id = page_id
        self._secret = secret
        self._people = people
        self._numbers = count()

    def request(self, events: int) -> bytes:
        """Return a whole HTTP request that tells of so many messages."""
        messaging = [self._message(next(self._numbers)) for _ in range(events)]
        return request_of(self._page_id, self._secret, messaging)

    def _message(self, number: int) -> dict[str, object]:
        return {
            "sender": {"id": str(5_000_000_000_000_000 + number % self._people)},
            "recipient": {"id": self._page_id},
            "timestamp": int(time() * 1000),
            "message": {"mid": f"m_{'benchmark/' * 6}{number:012}", "text": f"{number} {WORDS} – schön"},
        }


def request_of(page_id: str, secret: str, messaging: list[dict[str, object]]) -> bytes:
    """Return a whole HTTP request that tells of these events, as Meta writes and signs it."""
    entry = {"id": page_id, "time": int(time() * 1000), "messaging": messaging}
    # What is not ASCII is escaped, and so are slashes.
    body = json.dumps({"object": "page", "entry": [entry]}, separators=(",", ":")).replace("/", "\\/").encode()
    head = (
        "POST /webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"X-Hub-Signature-256: sha256={hmac.digest(secret.encode(), body, 'sha256').hex()}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Poster(asyncio.Protocol):
    """One connection, on which one request after the other is answered."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[bool] | None = None
        self._buffer = b""

    async def post(self, request: bytes) -> bool:
        """Send a request; return whether it was accepted."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        if end and len(body) >= _length(head):
            self._buffer = b""
            self._settle(head.startswith(b"HTTP/1.1 200 "))

    def connection_lost(self, error: Exception | None) -> None:
        self._settle(False)

    def _settle(self, accepted: bool) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(accepted)


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])


async def post_all(
    port: int, page: Page, *, posts: int, events: int, connections: int, per_second: float | None = None
) -> Posted:
    """Post that many requests of so many events each, and time each until its answer is there.

    Without `per_second` each connection posts as soon as it is answered. With it posts are due at that rate,
    whatever has been answered, and are timed from then: waiting for a free connection counts.
    """
    requests = [page.request(events) for _ in range(posts)]
    free: asyncio.Queue[Poster] = asyncio.Queue()
    for _ in range(connections):
        _, poster = await asyncio.get_running_loop().create_connection(Poster, "127.0.0.1", port)
        free.put_nowait(poster)
    found = Posted()

    async def one(request: bytes, poster: Poster, due: float) -> None:
        accepted = await poster.post(request)
        free.put_nowait(poster)
        found.milliseconds.append((perf_counter() - due) * 1000)
        found.accepted += events * accepted
        found.refused += events * (not accepted)

    start = perf_counter()
    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        for number, request in enumerate(requests):
            due = None if per_second is None else start + number / per_second
            if due is not None:
                await asyncio.sleep(due - perf_counter())
            poster = await free.get()
            group.create_task(one(request, poster, perf_counter() if due is None else due))
    found.seconds = perf_counter() - start
    return found
