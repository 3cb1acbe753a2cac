"""The web server: uvicorn on a thread of its own."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from ..channels.browser.browser_channel import BrowserChannel
from ..config.schema import BrowserConfig
from ..errors import ChannelError, MissingExtra
from ..store.media_library import MediaFile

try:
    import uvicorn
    import websockets  # noqa: F401  # uvicorn imports it by name, later and less clearly

    from .asgi_app import create_app
    from .chat_page import chat_page
    from .chat_socket import SocketEndpoint
    from .client_addresses import ClientAddresses
    from .client_faults import ClientFaults
    from .console.console_access import ConsoleAccess
    from .console.console_api import ConsoleApi
    from .console.console_app import ConsoleApp
    from .console.console_entry import ConsoleEntry
    from .console.downloads import Downloads
    from .frames.socket_events import ReadTexts
    from .frames.unfinished_frames import MAX_UNFINISHED_BYTES, BoundedSocketProtocol
    from .health import Health
    from .kept_bytes import KeptBytes
    from .listening_address import far_address, is_every_address, near_address, url_of
    from .metrics.metrics_endpoint import MetricsEndpoint
    from .origin_policy import OriginPolicy
    from .outgoing import Outgoing
    from .request_timeout import RequestTimeoutProtocol
    from .unfinished_requests import UnfinishedRequests
    from .webhook_endpoint import WebhookEndpoint
except ImportError as error:
    raise MissingExtra("the web server", "serve") from error

if TYPE_CHECKING:
    from ..channels.messenger.receiving.intake import TakesWebhook
    from ..runner.timers import Clock
    from ..service.operations.operators import Operators
    from .console.console_tokens import ConsoleTokens

__all__ = ["BesidesThePage", "Health", "MetricsEndpoint", "WebServer", "make_console_app"]

log = logging.getLogger(__name__)

_UVICORN_LOG = logging.getLogger("uvicorn.error")
"""Where uvicorn, and the websocket protocol that it drives, write whatever goes wrong."""

PING_EVERY_SECONDS = 40.0
PING_TIMEOUT_SECONDS = 60.0  # somebody who sends too fast is not read for a while, and neither are their pongs
BACKLOG = 4096
THREADS_ASIDE = 2
CLOSE_WITHIN_SECONDS = 3
ABORT_AFTER_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BesidesThePage:
    """What a web server has besides the chat page.

    Attributes:
        webhook: Takes what Meta sends; None serves none.
        console: The operators' pages; None serves none.
        metrics: What a monitor asks for; None serves none.
        find_file: Returns what an author uploaded, by the last part of its address.
    """

    webhook: TakesWebhook | None = None
    console: ConsoleApp | None = None
    metrics: MetricsEndpoint | None = None
    find_file: Callable[[str], MediaFile | None] = lambda token: None


class WebServer:
    """Serves the chat page and websocket of a browser channel, the webhook of an intake, the console, or several.

    `open()` takes the port, `start()` begins to answer, `close()` ends both.

    Args:
        browser: The channel of the chat page; None serves none.
        besides: What is served besides the page.
        address: Where to listen, and who is answered there.
        health: What `/healthz` tells.
        on_failure: Called on the server's thread if it stops by itself.
        most_unfinished: How many connections may have sent no whole request; None for any number.
    """

    def __init__(
        self,
        browser: BrowserChannel | None,
        *,
        besides: BesidesThePage | None = None,
        address: BrowserConfig,
        health: Health,
        on_failure: Callable[[], None] = lambda: None,
        most_unfinished: int | None = None,
    ) -> None:
        self._unfinished = UnfinishedRequests(most_unfinished)
        self._unfinished_frames = KeptBytes(MAX_UNFINISHED_BYTES, "unfinished websocket messages")
        self._on_failure = on_failure
        self._address = address
        self._outgoing = Outgoing()
        besides = besides or BesidesThePage()
        self._page = b"" if browser is None else chat_page(browser.style, address.base_path)
        self._make_app = partial(
            create_app,
            None
            if browser is None
            else SocketEndpoint(browser, self._outgoing, ClientAddresses(address.trusted_proxies)),
            None if besides.webhook is None else WebhookEndpoint(besides.webhook, self._outgoing),
            replace(health, not_taken=self._not_taken),
            besides.find_file,
            console=besides.console,
            metrics=besides.metrics,
        )
        self._max_frame_bytes = 0 if browser is None else browser.max_frame_bytes
        self._socket: socket.socket | None = None
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._client_faults = ClientFaults()

    def open(self) -> None:
        """Take the port. Raises `ChannelError` in one clear sentence."""
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                self._address.host, self._address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            self._socket = socket.socket(family, kind, protocol)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind(address)
            self._socket.listen(BACKLOG)
            self._tell_of_far_address()
        except (OSError, UnicodeError) as error:
            self._release()
            raise ChannelError(self._why_not(error)) from error

    def start(self) -> None:
        """Begin to answer; returns once people can come. Raises `ChannelError` if that fails."""
        assert self._socket is not None, "open() comes before start()"
        _UVICORN_LOG.addFilter(self._client_faults)
        self._server = _Server(self._config(), self._outgoing)
        self._thread = threading.Thread(target=self._run, args=(self._server,), name="parleyrun-web", daemon=True)
        self._thread.start()
        self._server.answered.wait()
        if not self._server.started:
            raise ChannelError("the web server could not start; the log says why")

    @property
    def url(self) -> str:
        """Where people of this machine find it, who would get nowhere with `0.0.0.0`."""
        assert self._socket is not None, "open() comes before url"
        host, port = self._socket.getsockname()[:2]
        return url_of(near_address(host), port)

    def close(self) -> None:
        """Close what is still open and let the thread end."""
        if self._server is not None and self._thread is not None:
            self._server.end()
            self._thread.join()
        _UVICORN_LOG.removeFilter(self._client_faults)
        self._release()

    def _not_taken(self) -> dict[str, int]:
        given_up = self._unfinished_frames.given_up
        return {"unfinished_frame": given_up} if given_up else {}

    def _config(self) -> uvicorn.Config:
        assert self._socket is not None
        return uvicorn.Config(
            self._make_app(
                OriginPolicy(self._address, self._socket.getsockname()[0]), self._page, self._address.base_path
            ),
            loop="none",
            http=partial(RequestTimeoutProtocol, unfinished=self._unfinished),  # type: ignore[arg-type]  # makes one
            ws=partial(  # type: ignore[arg-type]  # as above
                BoundedSocketProtocol, unfinished=self._unfinished_frames, texts=ReadTexts()
            ),
            ws_per_message_deflate=False,
            ws_max_size=self._max_frame_bytes,
            ws_ping_interval=PING_EVERY_SECONDS,
            ws_ping_timeout=PING_TIMEOUT_SECONDS,
            backlog=BACKLOG,
            # Chat sockets ask themselves where somebody comes from; each frame would pass through this.
            proxy_headers=False,
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=CLOSE_WITHIN_SECONDS,
        )

    def _run(self, server: _Server) -> None:
        assert self._socket is not None
        try:
            with asyncio.Runner(loop_factory=_loop_factory()) as runner:
                runner.run(server.serve(sockets=[self._socket]))
        except Exception:
            log.exception("the web server stopped")
        finally:
            self._outgoing.detach()
            server.answered.set()
            if server.started and not server.should_exit:
                self._on_failure()

    def _tell_of_far_address(self) -> None:
        assert self._socket is not None
        host, port = self._socket.getsockname()[:2]
        if is_every_address(host):
            far = far_address(host)
            at = "" if far is None else f", for instance at {url_of(far, port)}"
            log.info("every address of this machine is listened on%s", at)

    def _release(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _why_not(self, error: OSError | UnicodeError) -> str:
        if isinstance(error, UnicodeError):
            return f"expected a host name or an address to listen on, got {self._address.host!r}"
        if error.errno == errno.EADDRINUSE:
            return (
                f"port {self._address.port} on {self._address.host} is taken by another program: "
                "choose another with --port, or --port 0 for any free one"
            )
        return f"cannot listen on {self._address.host}, port {self._address.port}: {error.strerror or error}"


def make_console_app(
    operators: Operators,
    tokens: ConsoleTokens,
    clock: Clock,
    address: BrowserConfig,
    *,
    title: str,
    record: str | None,
) -> ConsoleApp:
    """Return the operators' pages.

    Args:
        operators: What they may do.
        tokens: Let them in.
        clock: What time it is.
        address: Where it is to be answered, and whom proxies speak for.
        title: What the study is called.
        record: The file of the record, or the address of its database; None where it is in memory.
    """
    access = ConsoleAccess(tokens, clock, ClientAddresses(address.trusted_proxies), address.base_path)
    return ConsoleApp(ConsoleEntry(access, title), ConsoleApi(operators, access), Downloads(access, record))


class _Server(uvicorn.Server):
    """Tells when people can come, and attaches the outgoing side to the loop."""

    def __init__(self, config: uvicorn.Config, outgoing: Outgoing) -> None:
        super().__init__(config)
        self.answered = threading.Event()
        self._outgoing = outgoing
        self._ending = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def end(self) -> None:
        """Have it stop. Any thread; returns at once."""
        self.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed: it has stopped by itself
                self._loop.call_soon_threadsafe(self._ending.set)

    async def main_loop(self) -> None:
        """Do what uvicorn does each second. Its own loop looks ten times a second whether it is to end."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._ending.wait()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        loop = self._loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(THREADS_ASIDE, "parleyrun-web-aside"))
        self._outgoing.attach(loop)
        await super().startup(sockets)
        self.answered.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Who reads nothing keeps their connection open for ever, and with it the loop.
        timer = asyncio.get_running_loop().call_later(ABORT_AFTER_SECONDS, self._abort_connections)
        try:
            await super().shutdown(sockets)
        finally:
            timer.cancel()

    def _abort_connections(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """Return uvloop's where there is one (it has none for Windows): nearly three times the messages a second."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop
