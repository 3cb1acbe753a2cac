"""Web pages elsewhere that try to use a study on this machine through its visitor's browser."""

from __future__ import annotations

import http.client
from pathlib import Path

import pytest
from serve_process import ServeProcess
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]


def test_neither_a_foreign_page_nor_a_rebound_name_reads_or_says_anything() -> None:
    with ServeProcess("example:demo", "--port", "0", "--store", ":memory:", folder=ROOT) as server:
        url = server.ready()
        address = url.removeprefix("http://")
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"}):
            with (
                pytest.raises(InvalidStatus, match="403"),
                connect(f"ws://{address}/websocket", additional_headers=headers),
            ):
                pass
        for path in ("/", "/healthz", "/static/chat.js"):
            rebound = http.client.HTTPConnection(address, timeout=60)
            rebound.request("GET", path, headers={"Host": f"evil.example:{address.rpartition(':')[2]}"})
            answer = rebound.getresponse()
            assert answer.status == 403
            assert b"waiting" not in answer.read()
            rebound.close()
        # The page itself, and a script, are let in all the same.
        for origin in (url, None):
            with connect(f"ws://{address}/websocket", origin=origin) as socket:  # type: ignore[arg-type]
                socket.send('{"text": "hi"}')
                assert "text" in socket.recv(timeout=60)
        server.wait_for("refused a request with the origin 'https://evil.example'")
        server.wait_for("refused a request with the host 'evil.example:")
