"""The console as an ASGI app: what is at which address below `/console`, and the headers of all of it."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..page_files import PageFiles
from .console_access import NotLetIn
from .console_api import ConsoleApi
from .console_entry import PAGES, ConsoleEntry
from .downloads import Downloads

CONSOLE_PATH = "/console"

_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        b"form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-robots-tag", b"noindex"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_KEEP_NOTHING = (b"cache-control", b"no-store")
_ASK_AGAIN = (b"cache-control", b"no-cache")


class ConsoleApp:
    """Answers for everything below `/console`.

    Args:
        entry: Lets people in and out.
        api: Does what they ask for.
        downloads: Are written from the record.
    """

    def __init__(self, entry: ConsoleEntry, api: ConsoleApi, downloads: Downloads) -> None:
        self.access = entry.access
        """Lets people in."""
        self._api = api
        self._downloads = downloads
        self._pages: ASGIApp = Starlette(
            routes=[
                Route(CONSOLE_PATH, _with_slash),
                Route(f"{CONSOLE_PATH}/", entry.page, methods=["GET"]),
                Route(f"{CONSOLE_PATH}/", entry.enter, methods=["POST"]),
                Route(f"{CONSOLE_PATH}/leave", entry.leave, methods=["POST"]),
                Route(f"{CONSOLE_PATH}/api", api.ask, methods=["POST"]),
                Route(f"{CONSOLE_PATH}/api/me", api.me, methods=["GET"]),
                Route(f"{CONSOLE_PATH}/api/history", api.history, methods=["GET"]),
                Route(f"{CONSOLE_PATH}/api/live", api.live, methods=["GET"]),
                Route(f"{CONSOLE_PATH}/download/{{name}}", downloads.answer, methods=["GET"]),
                Mount(f"{CONSOLE_PATH}/static", PageFiles(directory=PAGES / "static")),
            ],
            exception_handlers={NotLetIn: _refused},  # type: ignore[dict-item]  # it is called with nothing else
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kept = _ASK_AGAIN if scope["path"].startswith(f"{CONSOLE_PATH}/static/") else _KEEP_NOTHING

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS, kept]
            await send(message)

        await self._pages(scope, receive, with_headers)

    def close(self) -> None:
        """Do nothing more. Any thread."""
        self._api.close()
        self._downloads.close()


def is_of_console(path: str) -> bool:
    """Whether an address is the console's."""
    return path == CONSOLE_PATH or path.startswith(f"{CONSOLE_PATH}/")


async def _with_slash(_request: Request) -> Response:
    return RedirectResponse(CONSOLE_PATH.removeprefix("/") + "/", 307)


async def _refused(request: Request, error: NotLetIn) -> Response:
    if request.url.path.startswith(f"{CONSOLE_PATH}/api"):
        return JSONResponse({"ok": False, "error": error.sentence}, error.status, error.headers)
    return PlainTextResponse(error.sentence, error.status, error.headers)
