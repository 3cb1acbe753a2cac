"""The ASGI app: chat page and websocket, webhook, health check."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..store.media_library import ATTACHMENTS_PATH, MediaFile
from .attachments import AttachmentEndpoint
from .chat_page import STATIC
from .chat_socket import SocketEndpoint
from .console.console_app import is_of_console
from .health import Health
from .metrics.metrics_endpoint import MetricsEndpoint
from .origin_policy import OriginPolicy
from .page_files import PackedFile, PageFiles
from .webhook_endpoint import WebhookEndpoint

log = logging.getLogger(__name__)

_NO_PAGE = """This is a parleyrun server. People talk with it by writing to a Facebook page in Messenger:
there is nothing to see here. Meta sends what they write to /webhook; /healthz says how the server is.
"""

_NO_UPGRADE = """This address is for websockets. If you came here by a chat page, a proxy before this server does
not pass websockets on: its operator finds recipes in docs/deploy.md.
"""

CONTENT_POLICY = (
    b"default-src 'self'; img-src 'self' http: https: data:; media-src 'self' http: https: data:; "
    b"connect-src 'self' ws: wss:; object-src 'none'; base-uri 'self'; form-action 'none'; "
)
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    # A recruitment link carries people's ids, which must not travel on to sites they follow a link to.
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
)

_WEBHOOK_PATHS = ("/webhook", "/webhook/")  # Meta follows no redirection, so the address may be written either way

_UNKNOWN_HOST = """This server does not answer under this name. If it should, its operator adds the name to
allowed_hosts, under channels.browser in the config.
"""


def create_app(
    socket: SocketEndpoint | None,
    webhook: WebhookEndpoint | None,
    health: Health,
    find_file: Callable[[str], MediaFile | None],
    policy: OriginPolicy,
    page: bytes = b"",
    base_path: str = "/",
    console: ASGIApp | None = None,
    metrics: MetricsEndpoint | None = None,
) -> ASGIApp:
    """Return the app: with a `socket` for the browser, a `webhook` for Messenger, a `console`, or several of them.

    `find_file` returns what an author uploaded, by the last part of its address; `policy` says who is answered;
    `page` is the chat page, where there is a socket for it; `base_path` is where a proxy has us stand.
    `metrics` are for a monitor.
    """
    routes: list[BaseRoute] = [Route("/healthz", health.answer)]
    if metrics is not None:
        routes.append(Route("/metrics", metrics.answer))
    if webhook is not None:
        routes += [Route(path, webhook) for path in _WEBHOOK_PATHS]
    if socket is not None:
        routes += [
            Route("/", partial(_page, PackedFile(page, "text/html"))),
            Route("/websocket", _Unupgraded().answer),
            Mount("/static", PageFiles(directory=STATIC)),
            Route(f"/{ATTACHMENTS_PATH}{{token}}", AttachmentEndpoint(find_file).answer),
        ]
    else:
        routes.append(Route("/", _no_page))
    return _Front(socket, Starlette(routes=routes), policy, base_path.rstrip("/"), console)


async def _page(page: PackedFile, request: Request) -> Response:
    return page.answer(request.headers)


class _Unupgraded:
    """Answers whoever asks for the websocket as for a page: mostly a proxy that does not pass the upgrade on."""

    def __init__(self) -> None:
        self._said = False

    async def answer(self, request: Request) -> Response:
        # A browser's own headers are passed on, even where `Upgrade` is not.
        if "sec-websocket-key" in request.headers and not self._said:
            self._said = True
            log.warning(
                "a websocket was asked for without its upgrade: a proxy in front does not pass `Upgrade` and "
                "`Connection` on, so nobody can talk through it; docs/deploy.md has recipes"
            )
        return PlainTextResponse(_NO_UPGRADE, 426, headers={"upgrade": "websocket", "connection": "upgrade"})


async def _no_page(_request: Request) -> Response:
    return PlainTextResponse(_NO_PAGE)


class _Front:
    """The first to see what comes: asks the policy, sends chat sockets their way, adds headers to answers.

    A frame of a websocket passes through everything that stands around its endpoint, so nothing else does.
    """

    def __init__(
        self,
        socket: SocketEndpoint | None,
        pages: ASGIApp,
        policy: OriginPolicy,
        base_path: str,
        console: ASGIApp | None,
    ) -> None:
        self._console = console
        self._base_path = base_path
        self._socket = socket
        self._pages = pages
        self._policy = policy
        self._headers = (
            (b"content-security-policy", CONTENT_POLICY + policy.frame_ancestors),
            *policy.frame_headers,
            *_HEADERS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        base = self._base_path
        if base and f"{scope['path']}/".startswith(f"{base}/"):
            # Some proxies take the base path off, and some pass it on.
            scope = {**scope, "path": scope["path"][len(base) :] or "/"}
        if scope["type"] == "websocket":
            chat = self._socket if scope["path"] == "/websocket" else None
            if chat is not None and self._policy.lets_connect(scope["headers"]):
                await chat(scope, receive, send)
            else:
                # Closed before it is accepted: the answer to the upgrade is 403.
                await send({"type": "websocket.close", "code": 1000, "reason": ""})
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._headers]
            await send(message)

        console = self._console if is_of_console(scope["path"]) else None
        if console is not None and self._policy.answers_as(scope["headers"]):
            # It has headers of its own, which are stricter.
            await console(scope, receive, send)
        # What Meta sends is signed, and comes under whatever name a tunnel has.
        elif scope["path"] in _WEBHOOK_PATHS or self._policy.answers_as(scope["headers"]):
            await self._pages(scope, receive, with_headers)
        else:
            await PlainTextResponse(_UNKNOWN_HOST, 403)(scope, receive, with_headers)
