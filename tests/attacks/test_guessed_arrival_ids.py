"""Somebody who guesses other people's arrival ids, to read what was said to them or to speak as them."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from serve_process import ServeProcess
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from parleyrun.cli import commands

pytestmark = pytest.mark.process

PATIENCE_SECONDS = 60.0
GUESSES = 60


Frame = dict[str, Any]


def greeted(
    sockets: ExitStack, address: str, entry: dict[str, str], token: str | None = None
) -> tuple[ClientConnection, Frame]:
    """Connect, say who one claims to be, and return the answer too."""
    socket = sockets.enter_context(
        connect(f"ws://{address}/websocket", subprotocols=["parleyrun.v1"])  # type: ignore[list-item]
    )
    socket.send(json.dumps({"type": "session", "token": token, "seq": 0, "entry": entry}))
    return socket, json.loads(socket.recv(timeout=PATIENCE_SECONDS))


def test_with_signed_links_a_guessed_id_takes_no_seat_and_reads_nothing(tmp_path: Path) -> None:
    config = tmp_path / "study.yml"
    demo = Path(__file__).parents[2] / "configs" / "demo.yml"
    worlds = demo.parents[1] / "worlds" / "demo.py"
    config.write_text(
        f"task_name: study\nworld_module: {worlds}\noverworld: DemoOverworld\n"
        "arrival: {id: sona, links: signed}\ntasks: {echo: {task_world: EchoTaskWorld}}\n"
    )
    store = tmp_path / "study.db"
    asked = ["links", str(config), "--store", str(store), "--base", "http://127.0.0.1/", "--", "1234"]
    link = CliRunner().invoke(commands, asked).output.strip()
    entry = dict(pair.split("=") for pair in link.partition("?")[2].split("&"))
    with ServeProcess(config, "--port", "0", "--store", store, folder=tmp_path) as server, ExitStack() as sockets:
        address = server.ready().removeprefix("http://")
        owner, session = greeted(sockets, address, entry)
        assert session["type"] == "session"
        while json.loads(owner.recv(timeout=PATIENCE_SECONDS))["type"] != "message":
            pass  # the menu: something was said to them
        forged = session["token"].partition(".")[0] + "." + "0" * 64
        for number in range(GUESSES):
            guess = {"sona": str(1234 + number % 2), "sig": entry["sig"][:-1] + "x" if number % 3 else ""}
            thief, answer = greeted(sockets, address, guess, forged if number % 2 else None)
            assert answer["type"] == "ended"
            assert answer["reason"] == "link"
            with pytest.raises(ConnectionClosed):
                thief.recv(timeout=PATIENCE_SECONDS)
            assert thief.close_code == 4003
        with connect(f"ws://{address}/websocket?sona=1234") as script:
            assert "not complete" in json.loads(script.recv(timeout=PATIENCE_SECONDS))["text"]
        # The owner noticed nothing, and the seat is still theirs, by their link, on another device.
        owner.send('{"type":"message","message_id":"m","text":"hello"}')
        while json.loads(owner.recv(timeout=PATIENCE_SECONDS))["type"] != "ack":
            pass
        again, session_again = greeted(sockets, address, entry)
        assert session_again["token"] == session["token"]
        again.close()
        server.wait_for("refused a link that was not signed here, from 127.0.0.1; 10 so far")
    assert store.with_name("study.db.link-secret").stat().st_mode & 0o077 == 0
    assert entry["sig"].encode() not in store.read_bytes()
