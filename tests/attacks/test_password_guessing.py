"""Somebody who guesses the password over new connections, two tries each."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from plain_client import PlainClient
from serve_process import ServeProcess
from websockets.sync.client import connect

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]
SECRET = "open sesame"
CONNECTIONS = 30
"""With two tries each: forty tries more than are let pass."""


def test_ever_new_connections_are_slowed_down_logged_once_and_honest_people_get_in(tmp_path: Path) -> None:
    config = tmp_path / "guarded.yml"
    config.write_text(
        json.dumps(
            {
                "task_name": "guarded",
                "world_module": "worlds.demo",
                "overworld": "DemoOverworld",
                "password": SECRET,
                "tasks": {"echo": {"task_world": "EchoTaskWorld"}},
            }
        )
    )
    env = {"PYTHONPATH": str(ROOT)}
    with ServeProcess(config, "--port", "0", "--store", ":memory:", folder=tmp_path, env=env) as server:
        url = server.ready()
        looked_at = 0
        for number in range(CONNECTIONS):
            with connect(f"{url.replace('http', 'ws')}/websocket", compression=None) as socket:
                for text in ("hello", f"guess {number}", f"guess {number} too"):
                    socket.send(json.dumps({"text": text}))
                answers = [json.loads(socket.recv(timeout=10))["text"] for _ in range(2)]
                looked_at += sum("That is not the password" in answer for answer in answers)
        # The free ones, and whatever the seconds that this took have forgotten.
        assert looked_at <= 24
        assert len(re.findall("guesses passwords", server.stderr)) == 1
        began = time.monotonic()
        with PlainClient(url) as honest:
            honest.says("hello")
            honest.sees("password")
            honest.says(SECRET)
            honest.sees("Please wait")
            honest.sees("What would you like to do")
        assert time.monotonic() - began < 61
