"""The webhook: where Meta tells what happened on the Messenger page."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from .outgoing import Outgoing

if TYPE_CHECKING:
    from ..channels.messenger.receiving.intake import TakesWebhook

MAX_BODY_BYTES = 2 * 1024 * 1024
MAX_READING_BYTES = 64 * 1024 * 1024
"""How much of requests that are still on their way is kept at the same time."""
READ_WITHIN_SECONDS = 10.0
ANSWER_WITHIN_SECONDS = 4.0
"""Meta gives up after five seconds."""

_SIGNATURE = b"x-hub-signature-256"
_MAX_PARAMS = 20


class _Refused(Exception):
    """A request that is not read to its end; the connection is closed behind the answer."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class WebhookEndpoint:
    """The ASGI application behind `/webhook`. Everything here happens on the server's loop."""

    def __init__(self, intake: TakesWebhook, outgoing: Outgoing) -> None:
        self._intake = intake
        self._outgoing = outgoing
        self._reading_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            await self._take(scope, receive, send)
        elif scope["method"] == "GET":
            await self._verify(scope, send)
        else:
            await _answer(send, HTTPStatus.METHOD_NOT_ALLOWED, headers=[(b"allow", b"GET, POST")])

    async def _verify(self, scope: Scope, send: Send) -> None:
        try:
            params = dict(parse_qsl(scope["query_string"].decode("latin-1"), max_num_fields=_MAX_PARAMS))
        except ValueError:  # more of them than anybody needs
            params = {}
        challenge = self._intake.verify(params)
        if challenge is None:
            await _answer(send, HTTPStatus.FORBIDDEN)
        else:
            await _answer(send, HTTPStatus.OK, challenge.encode(errors="replace"))

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        try:
            body = await self._read(int(headers.get(b"content-length", 0)), receive)
        except _Refused as refused:
            await _answer(send, refused.status, headers=[(b"connection", b"close")])
            return
        if body is None:
            return
        signature = headers.get(_SIGNATURE)
        reply = _Reply(self._outgoing)
        self._intake.take(body, None if signature is None else signature.decode("latin-1"), reply)
        await _answer(send, await reply.status(ANSWER_WITHIN_SECONDS))

    async def _read(self, announced_bytes: int, receive: Receive) -> bytes | None:
        """Return the body; None if its sender has gone. Raises `_Refused`."""
        if announced_bytes > MAX_BODY_BYTES:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        chunks: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(READ_WITHIN_SECONDS):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        return None
                    chunk = message.get("body", b"")
                    size += len(chunk)
                    self._reading_bytes += len(chunk)
                    if size > MAX_BODY_BYTES:
                        raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
                    if self._reading_bytes > MAX_READING_BYTES:
                        raise _Refused(HTTPStatus.SERVICE_UNAVAILABLE)
                    chunks.append(chunk)
                    if not message.get("more_body", False):
                        return b"".join(chunks)
        except TimeoutError:
            raise _Refused(HTTPStatus.REQUEST_TIMEOUT) from None
        finally:
            self._reading_bytes -= size


class _Reply:
    """What the intake answers on any thread, brought onto the loop."""

    __slots__ = ("_future", "_outgoing", "_status")

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing
        self._future: asyncio.Future[HTTPStatus] = asyncio.get_running_loop().create_future()
        self._status = HTTPStatus.SERVICE_UNAVAILABLE

    def __call__(self, status: int) -> None:
        self._status = HTTPStatus(status)
        self._outgoing.add(self)

    def flush(self) -> None:
        """On the loop: answer, unless that has been given up."""
        if not self._future.done():
            self._future.set_result(self._status)

    async def status(self, within_seconds: float) -> HTTPStatus:
        """Wait for the answer; without one in time, Meta has to come again."""
        timer = asyncio.get_running_loop().call_later(within_seconds, self.flush)
        try:
            return await self._future
        finally:
            timer.cancel()


async def _answer(
    send: Send, status: HTTPStatus, body: bytes | None = None, headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    if body is None:
        body = status.phrase.encode()
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"content-length", str(len(body)).encode()),
                *(headers or ()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
