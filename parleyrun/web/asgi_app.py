"""The ASGI app: chat page and websocket, webhook, health check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..service.counts import Figures
from .chat_socket import SocketEndpoint
from .webhook_endpoint import WebhookEndpoint

STATIC = Path(__file__).parent / "static"

_NO_PAGE = """This is a parleyrun server. People talk with it by writing to a Facebook page in Messenger:
there is nothing to see here. Meta sends what they write to /webhook; /healthz says how the server is.
"""

_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' https: data:; media-src 'self' https: data:; "
        b"connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; form-action 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    # A recruitment link carries people's ids, which must not travel on to sites they follow a link to.
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
)


def create_app(
    socket: SocketEndpoint | None,
    webhook: WebhookEndpoint | None,
    figures: Callable[[], Figures],
    closing: Callable[[], bool],
    trouble: Callable[[], str | None],
) -> Starlette:
    """Return the app: with a `socket` for the browser, a `webhook` for Messenger, or both.

    `figures`, `closing` and `trouble` are what `/healthz` tells.
    """

    async def health(_request: Request) -> Response:
        cause = trouble()
        # Trouble goes first: it is what somebody has to do something about.
        status = "trouble" if cause is not None else "closing" if closing() else "ok"
        told = {"status": status, "trouble": cause, **asdict(figures())}
        return JSONResponse(told, 200 if status == "ok" else 503)

    routes: list[BaseRoute] = [Route("/healthz", health)]
    if webhook is not None:
        # Meta follows no redirection, so the address may be written either way.
        routes += [Route("/webhook", webhook), Route("/webhook/", webhook)]
    if socket is not None:
        routes += [
            Route("/", _chat_page),
            WebSocketRoute("/websocket", socket),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]
    else:
        routes.append(Route("/", _no_page))
    return Starlette(routes=routes, middleware=[Middleware(_SecurityHeaders)])


async def _chat_page(_request: Request) -> Response:
    return FileResponse(STATIC / "index.html")


async def _no_page(_request: Request) -> Response:
    return PlainTextResponse(_NO_PAGE)


class _SecurityHeaders:
    """Adds the same headers to every HTTP answer; websockets pass through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        await self._app(scope, receive, with_headers)
