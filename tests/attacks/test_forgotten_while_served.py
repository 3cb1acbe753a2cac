"""Somebody who is forgotten while the service runs goes on as if nothing were: nothing of theirs comes back."""

from __future__ import annotations

import json
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from serve_process import ServeProcess
from websockets.sync.client import ClientConnection, connect

from parleyrun.cli import commands

pytestmark = pytest.mark.process

PATIENCE_SECONDS = 60.0
SECRET = "a-secret-of-mine"
PANEL_ID = "panel-id-5f1"

Frame = dict[str, Any]


def came(sockets: ExitStack, address: str, token: str | None = None, seq: int = 0) -> ClientConnection:
    socket = sockets.enter_context(
        connect(f"ws://{address}/websocket", subprotocols=["parleyrun.v1"])  # type: ignore[list-item]
    )
    entry = {} if token else {"PROLIFIC_PID": PANEL_ID}
    socket.send(json.dumps({"type": "session", "token": token, "seq": seq, "entry": entry}))
    return socket


def says(socket: ClientConnection, text: str, number: int) -> None:
    socket.send(json.dumps({"type": "message", "message_id": f"m{number}", "text": text}))


def sees(socket: ClientConnection, fits: Any) -> Frame:
    while True:
        frame: Frame = json.loads(socket.recv(timeout=PATIENCE_SECONDS))
        if fits(frame):
            return frame


def test_who_was_forgotten_and_goes_on_writing_is_a_newcomer_and_their_words_are_nowhere(tmp_path: Path) -> None:
    config = tmp_path / "study.yml"
    worlds = Path(__file__).parents[2] / "worlds" / "demo.py"
    config.write_text(
        f"task_name: study\nworld_module: {worlds}\noverworld: DemoOverworld\n"
        "arrival: {id: PROLIFIC_PID}\ntasks: {echo: {task_world: EchoTaskWorld}}\n"
    )
    store = tmp_path / "study.db"
    with ServeProcess(config, "--port", "0", "--store", store, folder=tmp_path) as server, ExitStack() as sockets:
        address = server.ready().removeprefix("http://")
        ann = came(sockets, address)
        token = sees(ann, lambda frame: frame["type"] == "session")["token"]
        sees(ann, lambda frame: frame["type"] == "message")
        says(ann, "echo", 1)
        says(ann, SECRET, 2)
        sees(ann, lambda frame: SECRET in frame.get("text", "") and not frame.get("mine"))
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
            ((who,),) = connection.execute(
                "SELECT participant_id FROM study_people WHERE json_extract(arrival, '$.PROLIFIC_PID') = ?",
                (PANEL_ID,),
            ).fetchall()
        forgotten = CliRunner().invoke(commands, ["participants", str(store), "forget", who])
        assert forgotten.stdout.startswith(f"erased {who}"), forgotten.output
        listed = CliRunner().invoke(commands, ["participants", str(store)])
        assert listed.stdout == ""
        again = came(sockets, address, token, seq=99)
        session = sees(again, lambda frame: frame["type"] == "session")
        assert (session["resumed"], session["seq"]) == (False, 0)
        assert sees(again, lambda frame: frame["type"] == "message")["seq"] == 1
        says(again, "echo", 3)
        says(again, "some other words", 4)
        sees(again, lambda frame: "some other words" in frame.get("text", "") and not frame.get("mine"))
    with ServeProcess(config, "--port", "0", "--store", store, folder=tmp_path) as server:
        server.ready()
    contents = b"".join(file.read_bytes() for file in tmp_path.glob("study.db*") if file.is_file())
    assert [words for words in (SECRET, PANEL_ID) if words.encode() in contents] == []
    assert b"some other words" in contents
