"""Somebody who opens hundreds of sessions from one address, to take the threads of those who talk."""

from __future__ import annotations

import json
import time
import urllib.request
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from plain_client import PlainClient
from serve_process import ServeProcess
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

pytestmark = pytest.mark.process

SESSIONS = 320
MAX_THREADS = 300
PEOPLE = 10
ROUNDS = 5
FULL = "we are full at the moment"

WORLDS = """
from parleyrun import World

class Menu(World):
    def parley(self):
        self.agents[0].observe({"text": "Where to?"})
        return self.agents[0].act_blocking()["text"]

class Chat(World):
    MAX_AGENTS = 2
    done = False

    @staticmethod
    def assign_roles(agents):
        agents[0].disp_id, agents[1].disp_id = "Ann", "Bob"

    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        for agent in agents:
            agent.observe({"id": "", "text": "begin"})

    def parley(self):
        for agent, other in (self.agents, self.agents[::-1]):
            act = agent.act_blocking()
            other.observe(act)
            self.done = self.done or act["text"] == "bye"

    def episode_done(self):
        return self.done
"""
CONFIG = {
    "task_name": "crowded",
    "world_module": "crowded_worlds",
    "overworld": "Menu",
    "max_threads": MAX_THREADS,
    "tasks": {"chat": {"task_world": "Chat", "agents_required": 2}},
}


def health(url: str) -> Any:
    with urllib.request.urlopen(f"{url}/healthz", timeout=10) as answer:
        return json.load(answer)


def write_config(folder: Path, **more: Any) -> Path:
    (folder / "crowded_worlds.py").write_text(WORLDS)
    path = folder / "crowded.yml"
    path.write_text(json.dumps({**CONFIG, **more}))
    return path


def pairs(url: str, clients: ExitStack) -> list[tuple[PlainClient, PlainClient]]:
    found = []
    for _ in range(PEOPLE // 2):
        ann, bob = (clients.enter_context(PlainClient(url)) for _ in range(2))
        for person in (ann, bob):
            person.says("hi")
            person.sees("Where to?")
            person.says("chat")
        for person in (ann, bob):
            person.sees("begin")
        found.append((ann, bob))
    return found


def attack(url: str, clients: ExitStack, **how: Any) -> list[Any]:
    """Open the sessions; each knocks, so that a world waits for it."""
    sockets = []
    for _ in range(SESSIONS):
        socket = clients.enter_context(connect(f"{url.replace('http', 'ws')}/websocket", compression=None, **how))
        with suppress(ConnectionClosed):  # it may have been sent away already
            socket.send('{"text": "hi"}')
        sockets.append(socket)
    return sockets


def talk(couple: tuple[PlainClient, PlainClient], number: int) -> None:
    ann, bob = couple
    ann.says(f"from Ann {number}")
    bob.says(f"from Bob {number}")
    bob.sees(f"from Ann {number}")
    ann.sees(f"from Bob {number}")


def test_320_sessions_against_300_threads_disturb_nobody_who_talks(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    with (
        ServeProcess(config, "--port", "0", "--store", ":memory:", folder=tmp_path) as server,
        ExitStack() as all_,
    ):
        url = server.ready()
        couples = pairs(url, all_)
        strangers = attack(url, all_)
        told = [json.loads(socket.recv(timeout=30))["text"] for socket in strangers]
        refused = sum(FULL in text for text in told)
        # Five conversations hold a thread each; nobody is let in for whom there would be none.
        assert SESSIONS - MAX_THREADS <= refused <= SESSIONS - MAX_THREADS + PEOPLE, refused
        full = health(url)
        assert (full["status"], full["full"]["threads"]["percent"]) == ("busy", 100)
        for number in range(ROUNDS):
            for couple in couples:
                talk(couple, number)
        # They end as they wish, find the menu, and talk again, with all threads taken.
        for ann, bob in couples:
            ann.says("bye")
            bob.says("bye")
            for person in (ann, bob):
                person.sees("Where to?")
                person.says("chat")
            for person in (ann, bob):
                person.sees("begin")
            talk((ann, bob), ROUNDS)
        assert server.stderr.count("full: newcomers are refused") == 2  # the first and the tenth
        assert "Traceback" not in server.stderr
        assert health(url)["runs_ended"].get("failed", 0) == 0


def test_behind_a_proxy_one_address_cannot_take_the_room_of_others(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    with (
        ServeProcess(config, "--port", "0", "--store", ":memory:", folder=tmp_path) as server,
        ExitStack() as all_,
    ):
        url = server.ready()
        strangers = attack(url, all_, additional_headers={"X-Forwarded-For": "192.0.2.66"})
        told = [json.loads(socket.recv(timeout=30))["text"] for socket in strangers]
        assert sum("Where to?" in text for text in told) == 200
        began = time.monotonic()
        for couple in pairs(url, all_):
            talk(couple, 0)
        assert time.monotonic() - began < 20
        assert health(url)["status"] == "ok"
        server.wait_for("more than 200 connections from 192.0.2.66")
