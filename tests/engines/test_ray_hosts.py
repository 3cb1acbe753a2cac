"""Hosts that are actors of a real Ray cluster on this machine: killed, stopped, and gone on without."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from parleyrun.app.app import App
from parleyrun.app.planning import plan_of
from parleyrun.channels.memory_channel import MemoryChannel
from parleyrun.engines.host.host_folder import HOSTS_PREFIX, remove_dead_folders
from parleyrun.errors import EngineError

pytestmark = [
    pytest.mark.ray,
    pytest.mark.process,
    pytest.mark.filterwarnings("ignore"),  # what Ray leaves open is its own
    pytest.mark.skipif(find_spec("ray") is None, reason="needs Ray: pip install 'parleyrun[ray]'"),
]

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


def wait_until(holds: Callable[[], object], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


class RayLab:
    """A pair who talk through the hosts of an app."""

    def __init__(self, folder: Path) -> None:
        self.channel = MemoryChannel()
        self.app = App(plan_of(folder / "study.yml"), store=folder / "record.db", channels=[self.channel])

    def __enter__(self) -> RayLab:
        self.app.start()
        for name in ("ann", "bob"):
            self.channel.arrive(name, opens=True)
        wait_until(lambda: sum(figures.runs for figures in self.hosts.figures()) == 1)
        return self

    def __exit__(self, *_: object) -> None:
        self.app.close(grace_seconds=0)

    @property
    def hosts(self) -> Any:
        assert self.app._engine is not None
        return self.app._engine.hosts

    def says(self, name: str, text: str) -> int:
        """Say something, wait until the other one hears it, and return the process that has handed it on."""
        other = "bob" if name == "ann" else "ann"
        self.channel.say(name, text)
        wait_until(lambda: any(f" {text} by " in line for line in self.heard(other)))
        return int(self.heard(other)[-1].rpartition(" ")[2])

    def heard(self, name: str) -> list[str]:
        return [line.message.text for line in self.channel.lines(name) if " by " in line.message.text]

    def pids(self) -> set[int]:
        return {connection.link.pid for connection in self.hosts.connections}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "rayed_worlds.py").write_text(WORLDS)
    (tmp_path / "study.yml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.timeout(240)
def test_two_people_talk_on_through_a_kill_and_a_stop_of_their_host(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = folder / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    handler = signal.getsignal(signal.SIGTERM)
    with RayLab(folder) as lab:
        first = lab.says("ann", "one")
        assert first in lab.pids()
        assert first != os.getpid()
        os.kill(first, signal.SIGKILL)
        second = lab.says("bob", "two")
        assert second not in (first, os.getpid())
        wait_until(lambda: len(lab.hosts.figures()) == 2)  # another one was started
        assert first not in lab.pids()
        os.kill(second, signal.SIGSTOP)
        third = lab.says("ann", "three")
        assert third not in (first, second, os.getpid())
        assert [line.partition(" by ")[0] for line in lab.heard("bob")] == ["1 one", "3 three"]
        assert [line.partition(" by ")[0] for line in lab.heard("ann")] == ["2 two"]
        assert lab.hosts.moved_runs == 2
        pids = lab.pids()
        folders = [*temporary.glob("parleyrun-host-*")]
        assert len(folders) in (2, 3)  # those of the dead go as the next one begins
    assert signal.getsignal(signal.SIGTERM) is handler
    for pid in {*pids, first, second}:
        wait_until(lambda pid=pid: not _is_there(pid))
    remove_dead_folders(HOSTS_PREFIX)  # those of whoever took longer to end than the app
    assert [*temporary.iterdir()] == []


@pytest.mark.timeout(120)
def test_a_module_that_a_host_cannot_import_ends_the_start_with_one_sentence(folder: Path) -> None:
    worlds = folder / "rayed_worlds.py"
    worlds.write_text(f"import os\nif os.getpid() != {os.getpid()}:\n    import not_there\n{WORLDS}")
    app = App(plan_of(folder / "study.yml"), store=":memory:", channels=[MemoryChannel()])
    with pytest.raises(EngineError, match=r"host host-1 cannot be set up: .*not_there") as raised:
        app.start()
    assert "install 'not_there'" in str(raised.value)


def test_where_nobody_answers_the_start_ends_with_one_sentence(folder: Path) -> None:
    (folder / "study.yml").write_text(CONFIG.replace("hosts: 2", "address: '127.0.0.1:9', hosts: 2"))
    app = App(plan_of(folder / "study.yml"), store=":memory:", channels=[MemoryChannel()])
    with pytest.raises(EngineError, match=r"expected a Ray cluster at 127.0.0.1:9, but nobody answers there"):
        app.start()


def _is_there(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
