"""A second service that comes to a store by another name: a hard link, a symbolic link, another spelling."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest
from serve_process import ServeProcess
from websockets.sync.client import connect

pytestmark = pytest.mark.process


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has locks that go with an open file")
def test_no_second_service_gets_at_a_store_that_is_open_and_nothing_is_lost(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    store = tmp_path / "demo.db"
    served = ("example:demo", "--port", "0", "--store", str(store), "--grace", "0")
    with ServeProcess(*served, folder=tmp_path) as server:
        address = server.ready().removeprefix("http://")
        (tmp_path / "elsewhere" / "hard.db").hardlink_to(store)
        (tmp_path / "elsewhere" / "soft.db").symlink_to(store)
        (tmp_path / "folder").symlink_to(tmp_path)
        with connect(f"ws://{address}/websocket") as socket:
            socket.send('{"text": "hi"}')
            assert "text" in socket.recv(timeout=10)
            for name in ("elsewhere/hard.db", "elsewhere/soft.db", "folder/demo.db", "elsewhere/../demo.db"):
                second = ServeProcess("example:demo", "--port", "0", "--store", name, folder=tmp_path)
                with second:
                    assert second.exit_code() == 2, name
                assert "in use by" in second.stderr, name
                assert "Traceback" not in second.stderr
            socket.send('{"text": "echo"}')
            assert "text" in socket.recv(timeout=10)
        server.interrupt()
        assert server.exit_code() == 0
    connection = sqlite3.connect(store)
    said = [text for (text,) in connection.execute("SELECT text FROM lines WHERE mine = 1")]
    assert said == ["hi", "echo"]
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
