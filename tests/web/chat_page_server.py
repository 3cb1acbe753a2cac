"""A scripted server for the tests of the page: it serves the files, and says what a test has it say."""

from __future__ import annotations

import asyncio
import queue
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from parleyrun.channels.browser.page_style import PageStyle
from parleyrun.web.asgi_app import CONTENT_POLICY
from parleyrun.web.chat_page import STATIC, chat_page
from parleyrun.web.page_files import PackedFile, PageFiles

POLICY = CONTENT_POLICY.decode().rstrip("; ")
PATIENCE_SECONDS = 60.0

Frame = dict[str, Any]


class Peer:
    """One connection of the page, as the server sees it. Used from the test's thread."""

    def __init__(self, websocket: WebSocket, loop: asyncio.AbstractEventLoop) -> None:
        self._websocket = websocket
        self._loop = loop
        self._frames: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self.subprotocols = list(websocket.scope["subprotocols"])
        self.gone = threading.Event()
        self.swallows = False
        """True for a connection that is dead, and looks alive: nobody answers whether anybody is there."""

    def heard(self, frame: Frame) -> None:
        self._frames.put(frame)

    def expect(self, kind: str) -> Frame:
        """The next frame of that type; those of other types before it are passed over."""
        while True:
            try:
                frame = self._frames.get(timeout=PATIENCE_SECONDS)
            except queue.Empty:
                raise AssertionError(f"expected a {kind!r} frame from the page, got none") from None
            if frame["type"] == kind:
                return frame

    def up_to(self, kind: str) -> list[Frame]:
        """Everything up to the next frame of that type, which comes last."""
        frames: list[Frame] = []
        while not frames or frames[-1]["type"] != kind:
            try:
                frames.append(self._frames.get(timeout=PATIENCE_SECONDS))
            except queue.Empty:
                raise AssertionError(f"expected a {kind!r} frame from the page, got {frames}") from None
        return frames

    def rest(self) -> list[Frame]:
        """What came and was not asked for yet."""
        frames = []
        with suppress(queue.Empty):
            while True:
                frames.append(self._frames.get_nowait())
        return frames

    def send(self, *frames: Frame) -> None:
        for frame in frames:
            self._wait(asyncio.run_coroutine_threadsafe(self._websocket.send_json(frame), self._loop))

    def is_heard(self) -> None:
        """Return once the page has heard this connection: a jump of its clock is no silence of ours to it then.

        What the page asked before has been answered in the first round trip, and is read before the second.
        """
        for _ in range(2):
            self.send({"type": "ping"})
            self.expect("pong")

    def close(self, code: int = 1012) -> None:
        self._wait(asyncio.run_coroutine_threadsafe(self._websocket.close(code), self._loop))

    def welcome(
        self, *, seq: int = 0, resumed: bool = False, token: str = "T1", lines: Sequence[Frame] = ()
    ) -> Frame:
        """Answer the session frame, which is returned, and send `lines`."""
        asked = self.expect("session")
        newest = max([seq, *(line["seq"] for line in lines)])
        self.send(
            {"type": "session", "token": token, "seq": newest, "resumed": resumed, "title": "A study"}, *lines
        )
        return asked

    def take(self, seq: int) -> Frame:
        """Put the next message on record as line `seq`; it is returned."""
        said = self.expect("message")
        self.send({"type": "ack", "message_id": said["message_id"], "seq": seq})
        return said

    @staticmethod
    def _wait(future: Future[None]) -> None:
        future.result(PATIENCE_SECONDS)


class ChatPageServer:
    """Serves the page on a port of its own until `close()`; without `websockets` as through a poor proxy."""

    def __init__(self, *, websockets: bool = True) -> None:
        self._peers: queue.SimpleQueue[Peer] = queue.SimpleQueue()
        self._refusing = False
        self.style = PageStyle()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        routes = [
            Route("/", self._index),
            *([WebSocketRoute("/websocket", self._talk)] if websockets else []),
            Route("/healthz", self._health),
            Mount("/static", PageFiles(directory=STATIC)),
        ]
        app = Starlette(routes=routes)
        config = uvicorn.Config(
            app, ws="websockets-sansio", log_level="error", access_log=False, timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE_SECONDS)
        self._socket.close()

    def next_peer(self) -> Peer:
        """The next connection of a page."""
        try:
            return self._peers.get(timeout=PATIENCE_SECONDS)
        except queue.Empty:
            raise AssertionError("expected the page to connect, but it did not") from None

    def forget_peers(self) -> None:
        """A new test begins: connections nobody asked for are not its business."""
        with suppress(queue.Empty):
            while True:
                self._peers.get_nowait()

    async def _health(self, _request: Request) -> Response:
        return Response("ok")

    async def _index(self, request: Request) -> Response:
        answer = PackedFile(chat_page(self.style), "text/html").answer(request.headers)
        answer.headers["content-security-policy"] = POLICY
        return answer

    async def _talk(self, websocket: WebSocket) -> None:
        await websocket.accept(subprotocol="parleyrun.v1")
        peer = Peer(websocket, asyncio.get_running_loop())
        self._peers.put(peer)
        try:
            while True:
                frame = await websocket.receive_json()
                if frame["type"] != "ping":
                    peer.heard(frame)
                elif not peer.swallows:
                    await websocket.send_json({"type": "pong"})
        except (WebSocketDisconnect, RuntimeError):
            peer.gone.set()


Join = Callable[..., Peer]
"""Opens the page and welcomes its person, with these lines on their log."""


def line(seq: int, text: str, speaker: str = "Ann", **more: Any) -> Frame:
    """A line of the person's log, said by somebody else unless `mine=True`."""
    frame = {"type": "message", "seq": seq, "id": speaker, "text": text, "quick_replies": None, "mine": False}
    return frame | {"at": 1_750_000_000.0 + seq} | more


def place(name: str, *, role: str | None = None, task: str | None = None, waited: float = 0.0) -> Frame:
    return {"type": "presence", "place": name, "task": task, "role": role, "waited": waited}


def partner(name: str, state: str) -> Frame:
    return {"type": "presence", "id": name, "state": state}
