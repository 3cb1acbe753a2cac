"""Somebody who opens as many connections as a process may have files, and says nothing over them."""

from __future__ import annotations

import json
import resource
import socket
import urllib.request
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from serve_process import ServeProcess
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]
FILES = 260
ROUNDS = 3


def few_files() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))


class Page:
    """Somebody with the chat page."""

    def __init__(self, url: str, clients: ExitStack, token: str | None = None) -> None:
        self.connection = open_socket(url, clients)
        self.connection.send(json.dumps({"type": "session", "token": token, "seq": 0}))
        self.session = self.next("session", "error")
        self.token: str = self.session.get("token", "")

    def next(self, *kinds: str) -> Any:
        while True:
            frame = json.loads(self.connection.recv(timeout=20))
            if frame["type"] in kinds:
                return frame


def open_socket(url: str, clients: ExitStack) -> ClientConnection:
    address = f"{url.replace('http', 'ws')}/websocket"
    return clients.enter_context(
        connect(address, subprotocols=["parleyrun.v1"], compression=None, close_timeout=0.1)  # type: ignore[list-item]
    )


def test_silent_connections_keep_nobody_from_coming_back_to_their_seat() -> None:
    arguments = ("example:demo", "--port", "0", "--store", ":memory:")
    with ServeProcess(*arguments, folder=ROOT, before_start=few_files) as server, ExitStack() as all_:
        url = server.ready()
        host, _, port = url.removeprefix("http://").rpartition(":")
        ann = Page(url, all_)
        assert ann.session["type"] == "session"
        for _ in range(ROUNDS):
            # Bare connections, websockets that never say who they are, and newcomers: all that there is room for.
            for _ in range(FILES):
                all_.enter_context(socket.create_connection((host, int(port)), timeout=20))
            for number in range(FILES):
                with suppress(ConnectionClosed, OSError):
                    if number % 2:
                        Page(url, all_)
                    else:
                        open_socket(url, all_)
            ann.connection.close()
            ann = Page(url, all_, ann.token)
            assert (ann.session["type"], ann.session["resumed"]) == ("session", True)
        refused = Page(url, all_)
        assert refused.session["code"] == "full"
        with urllib.request.urlopen(f"{url}/healthz", timeout=20) as answer:
            health = json.load(answer)
        assert health["status"] == "busy"
        assert health["full"]["browser"]["percent"] >= 85
        assert server.stderr.count("connections are open, and newcomers are refused") <= 3
        assert "Traceback" not in server.stderr
