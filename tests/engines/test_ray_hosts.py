"""Hosts that are actors of a real Ray cluster on this machine: killed, stopped, and gone on without."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from ray_lab import CONFIG, NEEDS_RAY, WORLDS, RayLab, is_there, wait_until

from parleyrun.app.app import App
from parleyrun.app.planning import plan_of
from parleyrun.channels.memory_channel import MemoryChannel
from parleyrun.engines.host.host_folder import HOSTS_PREFIX, remove_dead_folders
from parleyrun.errors import EngineError

pytestmark = NEEDS_RAY


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
        assert lab.words("bob") == ["1 one", "3 three"]
        assert lab.words("ann") == ["2 two"]
        assert lab.hosts.moved_runs == 2
        pids = lab.pids()
        folders = [*temporary.glob("parleyrun-host-*")]
        assert len(folders) in (2, 3)  # those of the dead go as the next one begins
    assert signal.getsignal(signal.SIGTERM) is handler
    for pid in {*pids, first, second}:
        wait_until(lambda pid=pid: not is_there(pid))
    remove_dead_folders(HOSTS_PREFIX)  # those of whoever took longer to end than the app
    assert [*temporary.iterdir()] == []


def test_where_nobody_answers_the_start_ends_with_one_sentence(folder: Path) -> None:
    (folder / "study.yml").write_text(CONFIG.replace("hosts: 2", "address: '127.0.0.1:9', hosts: 2"))
    app = App(plan_of(folder / "study.yml"), store=":memory:", channels=[MemoryChannel()])
    with pytest.raises(EngineError, match=r"expected a Ray cluster at 127.0.0.1:9, but nobody answers there"):
        app.start()
