"""A whole service behind a real web server on loopback, and clients that come to it over real sockets.

Only the service's clock is ours: it stands still until a test moves it.
"""

from __future__ import annotations

import base64
import itertools
import json
import logging
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from app_lab import PATIENCE_SECONDS, AppLab
from websockets.exceptions import ConnectionClosed
from websockets.frames import Opcode
from websockets.sync.client import connect

from parleyrun import World
from parleyrun.channels.browser.browser_channel import BrowserChannel
from parleyrun.runner.timers import Clock
from parleyrun.service.counts import Counts
from parleyrun.store.memory_store import MemoryStore
from parleyrun.store.protocol import Store

Frame = dict[str, Any]


class Menu(World):
    """An overworld: it says `menu`, and sends its person to the task they name."""

    shown = False

    def return_overworld(self) -> None:
        self.shown = False

    def parley(self) -> str | None:
        if not self.shown:
            self.shown = True
            self.agents[0].observe({"text": "menu", "quick_replies": ["chat", "echo", "EXIT"]})
        act = self.agents[0].act()
        if act is not None and act["text"] == "entry?":
            self.agents[0].observe({"text": json.dumps(self.agents[0].stored_data.get("entry"))})
            return None
        return None if act is None else act["text"]


class Conversation(World):
    done = False

    def __init__(self, opt: Any, agents: Any) -> None:
        super().__init__(opt, agents)
        for agent in self.agents:
            agent.observe({"id": "", "text": f"you are {agent.role}"})

    def episode_done(self) -> bool:
        return self.done


class Chat(Conversation):
    """Two people. It does not care who leaves; `BYE` ends it, and `pour N LENGTH` says a lot to the other."""

    MAX_AGENTS = 2

    @staticmethod
    def assign_roles(agents: Any) -> None:
        agents[0].disp_id, agents[1].disp_id = "Ann", "Bob"

    def parley(self) -> None:
        for agent, other in (self.agents, self.agents[::-1]):
            act = agent.act()
            if act is None or act["episode_done"]:
                continue
            if act["text"] == "BYE":
                self.done = True
            elif act["text"].startswith("pour "):
                number, length = map(int, act["text"].split()[1:])
                for index in range(number):
                    other.observe({"id": agent.role, "text": f"{index}:".ljust(length, ".")})
                agent.observe({"text": "poured"})
            else:
                other.observe(act)


class Echo(Conversation):
    def parley(self) -> None:
        act = self.agents[0].act()
        if act is not None:
            self.done = act["text"] == "BYE"
            self.agents[0].observe({"id": "Echo", "text": act["text"], "payload": act.get("payload")})


class Broken(Conversation):
    def parley(self) -> None:
        if self.agents[0].act() is not None:
            raise RuntimeError("the secret inside of a world")


WORLDS = SimpleNamespace(Menu=Menu, Chat=Chat, Echo=Echo, Broken=Broken)
CONFIG = {
    "task_name": "A study",
    "world_module": "worlds",
    "overworld": "Menu",
    "tasks": {
        "chat": {"task_world": "Chat", "agents_required": 2},
        "echo": {"task_world": "Echo"},
        "broken": {"task_world": "Broken"},
    },
}


class Serving(AppLab):
    """The service and its server. `tolerated` are beginnings of errors that a test wants to see in the log."""

    def __init__(
        self, make_store: Callable[[Clock], Store] = MemoryStore, *, worlds: Any = WORLDS, **config: Any
    ) -> None:
        super().__init__({**CONFIG, **config}, worlds, make_store=make_store)
        self.browser = self.app.channel(BrowserChannel)
        self.tolerated: tuple[str, ...] = ()
        self.clients = ExitStack()
        # Without certificates, which nothing here has and which take longer to load than most tests.
        self.http = self.clients.enter_context(httpx.Client(timeout=PATIENCE_SECONDS, verify=False))

    def __exit__(self, *error: object) -> None:
        with self.clients:
            super().__exit__(*error)

    def until(self, looks_right: Callable[[Counts], bool]) -> None:
        """Look at the figures until they are right: for what nobody outside is told."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not looks_right(self.service.counts()):
            assert time.monotonic() < deadline, self.service.counts()
            # A question over the socket gives the server its turn.
            self.ask_health()

    def ask_health(self) -> httpx.Response:
        return self.http.get(f"{self.url}/healthz")

    def visitor(self, token: str | None = None, seq: int = 0, entry: Mapping[str, str] | None = None) -> Visitor:
        """Somebody with a chat page: connected, and greeted."""
        return Visitor(self, token, seq, entry)

    def script(self) -> Script:
        """Somebody with a script."""
        return Script(self)

    def raw(self, subprotocol: str | None = "parleyrun.v1", *, receive_bytes: int | None = None) -> RawClient:
        """A websocket of bare bytes, opened."""
        client = RawClient(self, receive_bytes)
        client.upgrade(subprotocol)
        return client

    def pair(self) -> tuple[Visitor, Visitor]:
        """Two people in a conversation who have read all that was said to them."""
        ann, bob = self.visitor(), self.visitor()
        for person in (ann, bob):
            person.line("menu")
            person.says("chat")
            person.place(("waiting", "task"))
        ann.line("you are Ann")
        bob.line("you are Bob")
        return ann, bob


def below(path: str, **browser: object) -> Serving:
    """A page that stands below a path."""
    return Serving(channels={"browser": {"port": 0, "base_path": path, **browser}})


class Script:
    """A client of the plain dialect."""

    def __init__(self, serving: Serving, subprotocol: str | None = None) -> None:
        self.socket = socket.create_connection(serving.address)
        self.connection = serving.clients.enter_context(
            connect(
                serving.url.replace("http", "ws") + "/websocket",
                sock=self.socket,
                subprotocols=None if subprotocol is None else [subprotocol],  # type: ignore[list-item]
                compression=None,
                ping_interval=None,
                close_timeout=1,
                max_size=None,
                max_queue=None,
            )
        )

    def send(self, **frame: Any) -> None:
        self.connection.send(json.dumps(frame))

    def says(self, text: str, **more: Any) -> None:
        self.send(text=text, **more)

    def recv(self) -> Frame:
        frame = json.loads(self.connection.recv(timeout=PATIENCE_SECONDS))
        assert isinstance(frame, dict)
        return frame

    def waits(self, serving: Serving) -> None:
        """Go to the menu and from there into the pool, being the first there."""
        self.says("hi")
        self.says("chat")
        assert self.texts(1) == ["menu"]
        serving.until(lambda figures: figures.waiting == {"chat": 1})

    def texts(self, count: int) -> list[str]:
        """The texts of the next so many lines."""
        return [self.recv()["text"] for _ in range(count)]

    def close_code(self) -> int:
        """Read to the end; return the code the server closed with (1006 if it gave none)."""
        try:
            while True:
                self.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd is not None else 1006

    def closes(self) -> None:
        self.connection.close()

    def hangs_up(self) -> None:
        """End the TCP connection without a word of the websocket protocol."""
        self.socket.shutdown(socket.SHUT_RDWR)


class Visitor(Script):
    """A client of `parleyrun.v1` that checks, as it reads, that its lines come in order and without holes."""

    def __init__(self, serving: Serving, token: str | None, seq: int, entry: Mapping[str, str] | None) -> None:
        super().__init__(serving, "parleyrun.v1")
        self.serving = serving
        self.newest = seq
        self.heard: list[str] = []
        self.said: dict[str, str] = {}
        self.passed_over: list[Frame] = []
        self._message_ids = itertools.count(1)
        self.send(type="session", token=token, seq=seq, entry=dict(entry or {}))
        self.session = self.recv()
        assert self.session["type"] == "session"
        self.token: str = self.session["token"]
        if not self.session["resumed"]:
            self.newest = 0

    def says(self, text: str, **more: Any) -> None:
        """Say something and wait until it is on record; what comes before that is kept for later."""
        message_id = f"{id(self)}-{next(self._message_ids)}"
        self.says_as(message_id, text, **more)

    def says_as(self, message_id: str, text: str, **more: Any) -> int:
        """Say something under that id; return its line's number."""
        self.send(type="message", message_id=message_id, text=text, **more)
        seq = self.get("ack", message_id=message_id)["seq"]
        assert isinstance(seq, int)
        return seq

    def recv(self) -> Frame:
        frame = super().recv()
        if frame["type"] in ("message", "ack"):
            self._count(frame)
        return frame

    def get(self, kind: str, **values: Any) -> Frame:
        """The next frame of that type that has these values; the others are kept for later."""
        for index, frame in enumerate(self.passed_over):
            if frame["type"] == kind and frame.items() >= values.items():
                return self.passed_over.pop(index)
        while True:
            frame = self.recv()
            if frame["type"] == kind and frame.items() >= values.items():
                return frame
            self.passed_over.append(frame)

    def line(self, text: str) -> Frame:
        """The line that says just this."""
        return self.get("message", text=text)

    def place(self, names: str | tuple[str, ...]) -> Frame:
        """The frame that says that this person is now there (at one of these)."""
        wanted = (names,) if isinstance(names, str) else names
        while True:
            frame = self.get("presence")
            if frame.get("place") in wanted:
                return frame

    def partner(self, role: str, state: str) -> None:
        """Wait until a partner is shown to be like this."""
        self.get("presence", id=role, state=state)

    def again(self) -> Visitor:
        """The same person, come back with what they have."""
        return Visitor(self.serving, self.token, self.newest, None)

    def _count(self, frame: Frame) -> None:
        if frame["type"] == "ack" and frame["seq"] <= self.newest:
            return  # a message that was said before, acknowledged once more
        assert frame["seq"] == self.newest + 1, f"expected line {self.newest + 1}, got {frame}"
        self.newest += 1
        if frame["type"] == "message":
            self.heard.append(frame["text"])


class RawClient:
    """A socket on which a test writes bytes by hand."""

    def __init__(self, serving: Serving, receive_bytes: int | None = None) -> None:
        self.socket = socket.socket()
        serving.clients.callback(self.socket.close)
        if receive_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(PATIENCE_SECONDS)
        self.socket.connect(serving.address)
        self._buffer = b""

    def write(self, data: bytes) -> None:
        self.socket.sendall(data)

    def upgrade(self, subprotocol: str | None, path: str = "/websocket", host: str = "localhost") -> str:
        """Do the opening handshake; return the status line of the answer."""
        offered = f"Sec-WebSocket-Protocol: {subprotocol}\r\n" if subprotocol else ""
        self.write(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{offered}"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        while b"\r\n\r\n" not in self._buffer:
            self._read_some()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        return head.split(b"\r\n")[0].decode()

    def frame(self, opcode: int, data: bytes, *, fin: bool = True, mask: bool = True, reserved: int = 0) -> None:
        """Write one frame."""
        self.write(raw_frame(opcode, data, fin=fin, mask=mask, reserved=reserved))

    def say(self, **frame: Any) -> None:
        self.frame(Opcode.TEXT, json.dumps(frame).encode())

    def read_frame(self) -> tuple[int, bytes] | None:
        """Return `(opcode, data)` of the next frame; None at the end of the stream."""
        head = self._take(2)
        if head is None:
            return None
        length = head[1] & 127
        if length > 125:
            (length,) = struct.unpack(
                "!H" if length == 126 else "!Q", self._take(2 if length == 126 else 8) or b""
            )
        data = self._take(length)
        return None if data is None else (head[0] & 15, data)

    def read_json(self) -> Frame:
        """Return the next text frame. On a slow machine the websocket's own pings may come before it."""
        frame = self.read_frame()
        while frame is not None and frame[0] == Opcode.PING:
            frame = self.read_frame()
        assert frame is not None
        assert frame[0] == Opcode.TEXT, frame
        value = json.loads(frame[1])
        assert isinstance(value, dict)
        return value

    def close_code(self) -> int:
        """Read to the end; return the code of the close frame (1006 if there was none)."""
        while (frame := self.read_frame()) is not None:
            if frame[0] == Opcode.CLOSE:
                return int.from_bytes(frame[1][:2], "big")
        return 1006

    def resets(self) -> None:
        """Go as a machine does that loses power and comes up again: with a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def _take(self, count: int) -> bytes | None:
        while len(self._buffer) < count:
            if not self._read_some():
                return None
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def receive(self) -> bytes:
        """Return what comes next; nothing at the end."""
        try:
            return self.socket.recv(1 << 20)
        except ConnectionResetError:
            return b""

    def _read_some(self) -> bool:
        data = self.receive()
        self._buffer += data
        return bool(data)


def raw_frame(opcode: int, data: bytes, *, fin: bool = True, mask: bool = True, reserved: int = 0) -> bytes:
    """Return the bytes of one websocket frame."""
    size = len(data)
    if size < 126:
        short, long = size, b""
    elif size <= 0xFFFF:
        short, long = 126, struct.pack("!H", size)
    else:
        short, long = 127, struct.pack("!Q", size)
    head = bytes([fin << 7 | reserved << 4 | opcode, mask << 7 | short]) + long
    # A mask of zeros is a mask, and leaves the data as it is.
    return head + (bytes(4) if mask else b"") + data


@pytest.fixture
def serving(caplog: pytest.LogCaptureFixture) -> Iterator[Serving]:
    """A service that people can come to; the test fails if something unexpected is logged as an error."""
    with serve(caplog) as here:
        yield here


@contextmanager
def serve(caplog: pytest.LogCaptureFixture, **config: Any) -> Iterator[Serving]:
    """Serve with this config laid over the usual one."""
    with Serving(**config) as serving:
        yield serving
    records = [*caplog.get_records("call"), *caplog.get_records("teardown")]
    errors = [record.getMessage() for record in records if record.levelno >= logging.ERROR]
    assert [error for error in errors if not error.startswith(serving.tolerated or ("\0",))] == []
