"""A slip in a config, with real processes: killed, started with the slip, and started right again."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from app_lab import address_of
from forked_command import run
from serve_process import ServeProcess
from serving import Visitor

from parleyrun.config.texts import Texts

pytestmark = pytest.mark.process

WORLDS = '''
from parleyrun import World


class Menu(World):
    def parley(self):
        act = self.agents[0].act()
        return None if act is None else act["text"]


class Chat(World):
    """Two people; it counts what they say."""

    said = 0

    def parley(self):
        for agent, other in (self.agents, self.agents[::-1]):
            act = agent.act()
            if act is not None:
                self.said += 1
                other.observe({"text": f"{self.said} {act['text']}"})

    def episode_done(self):
        return False
'''
HELD = Texts().held


class Study:
    """A config, its store, and the people who come to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "study.yml"
        self.store = folder / "study.db"
        (folder / "study_worlds.py").write_text(WORLDS)
        self.write("chat")

    def write(self, key: str, **more: Any) -> None:
        task = {"task_world": "Chat", "agents_required": 2}
        values = {"task_name": "study", "world_module": "study_worlds", "overworld": "Menu", "tasks": {key: task}}
        self.config.write_text(json.dumps({**values, **more}))

    @contextmanager
    def serve(self, *more: str, terminal: bool = False) -> Iterator[tuple[ServeProcess, Any]]:
        arguments = (self.config, "--port", "0", "--store", self.store, *more)
        with ServeProcess(*arguments, folder=self.folder, terminal=terminal) as server, ExitStack() as clients:
            url = server.ready()
            yield server, SimpleNamespace(url=url, address=address_of(url), clients=clients)

    def validate(self) -> str:
        command = [sys.executable, "-m", "parleyrun", "validate", self.config, "--store", self.store]
        done = run(command, cwd=self.folder, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout


def come(serving: Any) -> Visitor:
    return Visitor(serving, None, 0, None)


def come_back(serving: Any, person: Visitor) -> Visitor:
    return Visitor(serving, person.token, person.newest, None)


def test_a_renamed_task_key_holds_its_conversations_until_it_is_put_back(tmp_path: Path) -> None:
    study = Study(tmp_path)
    with study.serve() as (server, serving):
        ann, bob = come(serving), come(serving)
        for person in (ann, bob):
            person.says("chat")
            person.place(("waiting", "task"))
        ann.says("hello")
        bob.line("1 hello")
        server.kill()
    assert "would not go on" not in study.validate()
    study.write("chatt")
    beforehand = study.validate()
    assert "warning[would-not-go-on]" in beforehand
    assert "(chat/t_1): there is no task 'chat' in the config; is it 'chatt' now?" in beforehand
    with study.serve(terminal=True) as (server, serving):
        ann, bob = come_back(serving, ann), come_back(serving, bob)
        ann.line(HELD)
        bob.line(HELD)
        bob.says("are you there?")
        server.wait_for("held: chat/t_1 with 2 people cannot go on, as there is no task 'chat' in the config")
        server.wait_for(r"restored 2 people and 0 conversations, held 1 more")
        server.wait_for(r"held 1 ")
        server.wait_for(r"chat/t_1, 2 people: there is no task 'chat'")
        server.wait_for(r"threads 0 of 2000 \(0 %\) .*refused 0 ")
        with urllib.request.urlopen(f"{serving.url}/healthz", timeout=10) as answer:
            health = json.load(answer)
        assert (health["held_runs"], health["held"][0]["run"], health["status"]) == (1, "chat/t_1", "ok")
        server.kill()
    study.write("chat")
    with study.serve() as (server, serving):
        ann, bob = come_back(serving, ann), come_back(serving, bob)
        ann.line("2 are you there?")
        ann.says("yes")
        bob.line("3 yes")
        assert "held" not in server.stderr
        server.kill()
    study.write("chatt")
    with study.serve("--end-unrestorable") as (server, serving):
        ann, bob = come_back(serving, ann), come_back(serving, bob)
        for person in (ann, bob):
            person.line(Texts().stopped)
            person.place("overworld")
        server.wait_for(r"run chat/t_1 .* ends: its task is not in the config any more")
    study.write("chat")
    assert "would not go on" not in study.validate()


def test_a_password_that_was_added_is_asked_of_those_inside_before_they_go_on(tmp_path: Path) -> None:
    study = Study(tmp_path)
    with study.serve() as (server, serving):
        ann, bob = come(serving), come(serving)
        for person in (ann, bob):
            person.says("chat")
            person.place(("waiting", "task"))
        ann.says("hello")
        bob.line("1 hello")
        server.kill()
    study.write("chat", password="open sesame")
    with study.serve() as (_server, serving):
        ann, bob = come_back(serving, ann), come_back(serving, bob)
        for person in (ann, bob):
            person.line(Texts().password_ask)
        ann.says("may I go on?")
        ann.line(Texts().password_wrong)
        for person in (ann, bob):
            person.says("open sesame")
            person.place("task")
        bob.says("we can")
        ann.line("2 we can")
