"""Models that live in actors of a real Ray cluster on this machine."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from ray_lab import NEEDS_RAY, wait_until

from parleyrun.app.app import App
from parleyrun.app.planning import plan_of
from parleyrun.channels.memory_channel import MemoryChannel
from parleyrun.errors import AgentError

pytestmark = NEEDS_RAY

WORLDS = """
import os
from parleyrun import Agent

class Own(Agent):
    def __init__(self, opt, shared=None):
        super().__init__(opt, shared)
        self.lines = []
        if opt.get("breaks"):
            raise ValueError("no weights")

    def observe(self, act):
        self.lines.append(act["text"])
        return {"lines": len(self.lines)}

    def batch_act(self, observations):
        return [{"id": "own", "text": f"{each['lines']} in {os.getpid()}"} for each in observations]
"""
CONFIG = """
world_module: replica_worlds.py
models: {own: {model: "replica_worlds.py:Own", max_batch: 4, replicas: 2, cpus_per_replica: 0.5, check: false}}
tasks: {talk: {task_world: "parleyrun.ready:Chat", bots: {Seller: own}}}
engine: {ray: {hosts: 1, lost_after: 3}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "replica_worlds.py").write_text(WORLDS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def app_of(folder: Path, config: str, channel: MemoryChannel) -> App:
    (folder / "study.yml").write_text(config)
    return App(plan_of(folder / "study.yml"), store=":memory:", channels=[channel])


@pytest.mark.timeout(240)
def test_a_conversation_goes_on_with_another_replica_when_its_own_is_killed(folder: Path) -> None:
    channel = MemoryChannel()
    with app_of(folder, CONFIG, channel) as app:
        assert app._engine is not None
        replicas = app._engine.replicas
        pids = {replica.link.pid for replica in replicas.connections}  # type: ignore[attr-defined]
        hosts = {host.link.pid for host in app._engine.hosts.connections}  # type: ignore[attr-defined]
        assert len(pids | hosts | {os.getpid()}) == 4
        channel.arrive("ann", opens=True)

        def says(text: str, count: int) -> int:
            channel.say("ann", text)
            wait_until(lambda: any(line.message.text.startswith(f"{count} in") for line in channel.lines("ann")))
            return int(channel.lines("ann")[-1].message.text.rpartition(" ")[2])

        first = says("one", 1)
        assert {first, says("two", 2)} <= pids
        os.kill(first, signal.SIGKILL)
        other = says("three", 3)
        assert other in pids - {first}
        wait_until(lambda: [figures.state for figures in replicas.figures()] == ["there", "there"])
        assert first not in {replica.link.pid for replica in replicas.connections}  # type: ignore[attr-defined]
        assert {figures.name for figures in replicas.figures()} == {"own-1", "own-2"}


@pytest.mark.timeout(120)
def test_a_model_that_cannot_be_built_in_an_actor_ends_the_start(folder: Path) -> None:
    app = app_of(folder, CONFIG.replace("check: false", "breaks: true"), MemoryChannel())
    with pytest.raises(AgentError, match=r"replica own-1 cannot be set up: model 'own' cannot be built: Val"):
        app.start()
