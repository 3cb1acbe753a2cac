"""Two people who talk through hosts of a real Ray cluster."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from parleyrun.app.app import App
from parleyrun.app.planning import plan_of
from parleyrun.channels.memory_channel import MemoryChannel

NEEDS_RAY = [
    pytest.mark.ray,
    pytest.mark.process,
    pytest.mark.filterwarnings("ignore"),  # what Ray leaves open is its own
    pytest.mark.skipif(find_spec("ray") is None, reason="needs Ray: pip install 'parleyrun[ray]'"),
]


def needs_ray(test: Callable[..., None]) -> Callable[..., None]:
    """Mark one test of a file of which others need no Ray."""
    for mark in NEEDS_RAY:
        test = mark(test)
    return test


WORLDS = """
import os
from parleyrun import World

class Talk(World):
    said = 0
    done = False

    def parley(self):
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                self.said += 1
                self.done = act["text"] == "bye"
                for other in agent.message_partners:
                    other.observe({"id": agent.role, "text": f"{self.said} {act['text']} by {os.getpid()}"})

    def episode_done(self):
        return self.done
"""
CONFIG = """
world_module: rayed_worlds.py
tasks: {talk: {task_world: Talk, agents_required: 2}}
engine: {ray: {hosts: 2, lost_after: 3}}
"""


OTHERS = {"ann": "bob", "bob": "ann", "carl": "dora", "dora": "carl"}


def wait_until(holds: Callable[[], object], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


class RayLab:
    """Pairs who talk through the hosts of an app; the first two are there at once."""

    def __init__(self, folder: Path) -> None:
        self.channel = MemoryChannel()
        self.app = App(plan_of(folder / "study.yml"), store=folder / "record.db", channels=[self.channel])

    def __enter__(self) -> RayLab:
        self.app.start()
        self.come("ann", "bob")
        return self

    def come(self, *pair: str) -> None:
        """Have two more people come, and wait until they can talk."""
        before = sum(self.runs().values())
        for name in pair:
            self.channel.arrive(name, opens=True)
        wait_until(lambda: sum(self.runs().values()) == before + 1)

    def __exit__(self, *_: object) -> None:
        self.app.close(grace_seconds=0)
        gc.collect()  # what is left of this cluster must not go while another one is there

    @property
    def hosts(self) -> Any:
        assert self.app._engine is not None
        return self.app._engine.hosts

    def runs(self) -> dict[str, int]:
        """How many conversations are on which host."""
        return {figures.name: figures.runs for figures in self.hosts.figures()}

    def says(self, name: str, text: str) -> int:
        """Say something, wait until the other one hears it, and return the process that has handed it on."""
        other = OTHERS[name]
        self.channel.say(name, text)
        wait_until(lambda: any(f" {text} by " in line for line in self.heard(other)))
        return int(self.heard(other)[-1].rpartition(" ")[2])

    def heard(self, name: str) -> list[str]:
        return [line.message.text for line in self.channel.lines(name) if " by " in line.message.text]

    def words(self, name: str) -> list[str]:
        """What somebody has heard, without the process that it came from."""
        return [line.partition(" by ")[0] for line in self.heard(name)]

    def pids(self) -> set[int]:
        return {connection.link.pid for connection in self.hosts.connections}


def is_there(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
