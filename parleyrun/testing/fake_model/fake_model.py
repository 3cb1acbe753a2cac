"""The fake model: a server of chat completions on a port of the loopback interface."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from .fake_replies import FakeReply, completion_chunks, completion_json

MAX_BODY_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """A request that the fake was sent.

    Attributes:
        path: With its query.
        headers: By their names in lower case.
        body: Its JSON.
    """

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The conversation that was sent."""
        return list(self.body.get("messages", ()))

    @property
    def last_text(self) -> str:
        """The newest words that the model is asked to answer."""
        content = self.messages[-1]["content"] if self.messages else ""
        return content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)


Reply = Callable[[ModelRequest], FakeReply | str]
"""Called with each request, on the server's own thread; says what to reply."""


class FakeModel:
    """Speaks `/v1/chat/completions`, streamed or not, and `/v1/models`. Use it in `with`.

    ::

        with FakeModel("Hello!") as model:
            seller = {"model": "chat_completions", "base_url": model.base_url, "name": "fake"}
            with rehearse({**config, "models": {"seller": seller}}) as rehearsal:
                ...

    Args:
        reply: What it says: words, a `FakeReply`, or a function of the request. Without it, it repeats the words
            that it is asked to answer.
        models: The names that it lists.
        key: The key it wants; None for none.
    """

    def __init__(
        self,
        reply: Reply | FakeReply | str | None = None,
        *,
        models: Iterable[str] = ("fake",),
        key: str | None = None,
    ) -> None:
        self._reply = reply
        self._models = tuple(models)
        self._key = key
        self._next: deque[FakeReply] = deque()
        self._requests: list[ModelRequest] = []
        self._waiting = 0
        self._most_waiting = 0
        self._changed = threading.Condition()  # guards all above
        self._loop = asyncio.new_event_loop()
        self._released: asyncio.Event | None = None
        self._port = 0
        self._thread = threading.Thread(target=self._serve, name="parleyrun-fake-model", daemon=True)
        self._started = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def base_url(self) -> str:
        """The address for a config: `http://127.0.0.1:…/v1`."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def requests(self) -> list[ModelRequest]:
        """All requests for completions so far, oldest first."""
        with self._changed:
            return list(self._requests)

    @property
    def most_at_once(self) -> int:
        """How many requests it has had at the same time."""
        return self._most_waiting

    def then(self, *replies: FakeReply | str) -> None:
        """Reply with these to the requests that come next, one each, before it goes on as it was made."""
        with self._changed:
            self._next.extend(_made(reply) for reply in replies)

    def release(self) -> None:
        """Let the replies go on that hang now. Those that hang later do so until it is called again."""
        self._loop.call_soon_threadsafe(self._let_go)

    def wait_for_requests(self, number: int, timeout_seconds: float = 10.0) -> list[ModelRequest]:
        """Wait, in real time, until there were that many requests, and return them.

        Raises:
            AssertionError: There were not.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._requests) >= number, timeout_seconds):
                raise AssertionError(f"expected {number} requests, got {len(self._requests)}")
            return list(self._requests)

    def _let_go(self) -> None:
        assert self._released is not None
        self._released.set()
        self._released = asyncio.Event()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._released = asyncio.Event()
        server = self._loop.run_until_complete(asyncio.start_server(self._connected, "127.0.0.1", 0, backlog=4096))
        self._port = server.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()
        # A connection that is just being made is closed by its own task, once that has begun.
        self._loop.remove_reader(server.sockets[0].fileno())
        self._loop.run_until_complete(asyncio.sleep(0))
        server.close()
        while tasks := asyncio.all_tasks(self._loop):
            for task in tasks:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.run_until_complete(asyncio.sleep(0))  # in which sockets are closed that were only told to
        self._loop.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the other side has gone
        except asyncio.CancelledError:
            writer.transport.abort()  # the fake is closed, and nobody reads what is still to be sent
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request. False: the connection is to be closed."""
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").rstrip().split("\r\n")
        method, path, _version = first.split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        content = await reader.readexactly(min(int(headers.get("content-length", 0)), MAX_BODY_BYTES))
        if self._key is not None and headers.get("authorization") != f"Bearer {self._key}":
            await _send(writer, 401, _error({"message": "Incorrect API key provided", "code": "invalid_api_key"}))
            return True
        route = path.partition("?")[0]
        if method == "GET" and route == "/v1/models":
            listed = [{"id": name, "object": "model"} for name in self._models]
            await _send(writer, 200, json.dumps({"object": "list", "data": listed}).encode())
            return True
        if method != "POST" or route != "/v1/chat/completions":
            await _send(writer, 404, b'{"detail":"Not Found"}')
            return True
        return await self._complete(ModelRequest(path, headers, json.loads(content)), writer)

    async def _complete(self, request: ModelRequest, writer: asyncio.StreamWriter) -> bool:
        with self._changed:
            self._requests.append(request)
            self._waiting += 1
            self._most_waiting = max(self._most_waiting, self._waiting)
            planned = self._next.popleft() if self._next else None
            self._changed.notify_all()
        try:
            return await self._answer(request, planned or self._reply_to(request), writer)
        finally:
            with self._changed:
                self._waiting -= 1

    def _reply_to(self, request: ModelRequest) -> FakeReply:
        reply = self._reply
        if reply is None:
            return FakeReply(text=request.last_text)
        return _made(reply(request) if callable(reply) else reply)

    async def _answer(self, request: ModelRequest, reply: FakeReply, writer: asyncio.StreamWriter) -> bool:
        if reply.hangs:
            assert self._released is not None
            await self._released.wait()
        if reply.first_token_seconds:
            await asyncio.sleep(reply.first_token_seconds)
        if reply.body is not None or reply.status != 200:
            content = reply.body if reply.body is not None else _error(reply.error)
            await _send(writer, reply.status, content, reply.content_type, reply.headers)
            return True
        model, prompt_tokens = str(request.body.get("model")), _tokens(request)
        if not request.body.get("stream"):
            content = completion_json(reply, model, prompt_tokens)
            await _send(writer, 200, content, reply.content_type, reply.headers)
            return True
        with_usage = bool((request.body.get("stream_options") or {}).get("include_usage"))
        chunks = completion_chunks(reply, model, prompt_tokens, with_usage=with_usage)
        kind = reply.content_type or "text/event-stream"
        writer.write(_head(200, kind, reply.headers, "Transfer-Encoding: chunked"))
        for number, chunk in enumerate(chunks):
            if number > 1 and reply.word_seconds:  # the first one only says who speaks
                await asyncio.sleep(reply.word_seconds)
            writer.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
            await writer.drain()
        if reply.cut_after is not None:
            return False
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True


async def _send(
    writer: asyncio.StreamWriter,
    status: int,
    content: bytes,
    content_type: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> None:
    head = _head(status, content_type or "application/json", headers or {}, f"Content-Length: {len(content)}")
    writer.write(head + content)
    await writer.drain()


def _head(status: int, content_type: str, headers: Mapping[str, str], *lines: str) -> bytes:
    own = [f"{name}: {value}" for name, value in headers.items()]
    first = f"HTTP/1.1 {status} {'OK' if status == 200 else 'As Told'}"
    return "\r\n".join([first, f"Content-Type: {content_type}", *lines, *own, "", ""]).encode("latin-1")


def _error(error: Mapping[str, Any] | str | None) -> bytes:
    return json.dumps({"error": error}).encode()


def _tokens(request: ModelRequest) -> int:
    return sum(4 + len(str(message.get("content") or "").split()) for message in request.messages)


def _made(reply: FakeReply | str) -> FakeReply:
    return FakeReply(text=reply) if isinstance(reply, str) else reply
