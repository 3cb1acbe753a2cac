"""Somebody whose words come into an exception: they would command the operator's terminal, or write their log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from plain_client import PlainClient
from serve_process import ServeProcess

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]
FORGED = "2026-01-31 12:00:00Z INFO parleyrun.service: all is well"
WORDS = f"\x1b]52;c;cm0gLXJmIH4=\x07\x1b[2J\x9b2J\u202e\r{FORGED}\n{FORGED}"

WORLDS = """
from parleyrun import World

class Menu(World):
    def parley(self):
        act = self.agents[0].act()
        if act is not None and act["text"] != "hi":
            raise ValueError(act["text"])
        return None
"""


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_words_reach_the_log_as_they_are(tmp_path: Path, form: str) -> None:
    (tmp_path / "quoting.py").write_text(WORLDS)
    config = tmp_path / "quoting.yml"
    tasks = {"[/x]": {"task_world": "Menu"}}
    config.write_text(
        json.dumps({"task_name": "q", "world_module": "quoting.py", "overworld": "Menu", "tasks": tasks})
    )
    options = ("--port", "0", "--store", ":memory:", "--log-format", form)
    with ServeProcess(config, *options, folder=tmp_path, env={"PYTHONPATH": str(ROOT)}) as server:
        with PlainClient(server.ready()) as person:
            person.says("hi")
            person.says(WORDS)
            person.sees("went wrong on our side")
        server.wait_for("ValueError")
        logged = server.stderr
    assert FORGED in logged
    assert not any(sign in logged for sign in "\x1b\x07\x9b\u202e\r")
    assert not any(line.startswith(FORGED) for line in logged.splitlines())
