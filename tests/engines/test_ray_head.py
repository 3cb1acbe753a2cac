"""The head of a real Ray cluster is killed: the service joins the next one by itself, and people talk on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ray_heads import started_head
from ray_lab import CONFIG, WORLDS, RayLab, is_there, needs_ray, wait_until
from raylets import children

from parleyrun.engines.ray.cluster_presence import ClusterPresence


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "rayed_worlds.py").write_text(WORLDS)
    (tmp_path / "study.yml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@needs_ray
@pytest.mark.timeout(240)
@pytest.mark.parametrize("part", ["gcs_server", "raylet"])
def test_two_people_talk_on_when_the_head_of_a_cluster_of_ones_own_is_killed(
    folder: Path, part: str, caplog: pytest.LogCaptureFixture
) -> None:
    with RayLab(folder) as lab:
        first = lab.says("ann", "one")
        hosts = lab.pids()
        (head,) = (pid for pid in children(os.getpid()) if program(pid) == part)
        os.kill(head, signal.SIGKILL)
        wait_until(lambda: "of the Ray cluster" in str(lab.hosts.trouble()), 90)
        wait_until(lambda: not hosts & lab.pids() and len(lab.pids()) == 2, 120)
        wait_until(lambda: lab.hosts.trouble() is None)
        assert lab.says("bob", "two") not in {first, os.getpid()}
        assert lab.words("ann") == ["2 two"]
        wait_until(lambda: not any(map(is_there, hosts)))
    assert "all hosts are lost with it" in caplog.text
    assert "there is a Ray cluster again" in caplog.text


@needs_ray
@pytest.mark.timeout(300)
def test_two_people_talk_on_once_there_is_another_head_where_one_was_killed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with started_head(monkeypatch) as head:
        (folder / "study.yml").write_text(CONFIG.replace("hosts: 2", "address: auto, hosts: 2"))
        with RayLab(folder) as lab:
            lab.says("ann", "one")
            hosts = lab.pids()
            head.kill()
            wait_until(lambda: "the head of the Ray cluster" in str(lab.hosts.trouble()), 90)
            wait_until(lambda: not any(map(is_there, hosts)), 90)
            lab.channel.say("bob", "two")
            head.start()
            wait_until(lambda: lab.words("ann") == ["2 two"], 120)
            wait_until(lambda: len(lab.pids()) == 2, 120)
            assert lab.hosts.trouble() is None
            assert not hosts & lab.pids()


def program(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode().rpartition("/")[2]


def answers_in_turn(*answers: bool) -> Iterator[bool]:
    yield from answers


def test_a_head_that_does_not_answer_is_told_of_and_given_up_after_a_while(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    answers = answers_in_turn(True, False, True, False, False, False)
    presence = ClusterPresence(lambda: next(answers), "10.0.0.1:6379", 15.0)
    presence.look()
    assert presence.trouble() is None
    presence.look()
    now += 14
    assert presence.trouble() == "the head of the Ray cluster (10.0.0.1:6379) has not answered for 14 s"
    presence.look()
    assert (presence.trouble(), presence.is_gone()) == (None, False)
    presence.look()
    now += 14
    presence.look()
    assert not presence.is_gone()
    now += 1
    presence.look()
    assert presence.is_gone()
    told = "the head of the Ray cluster (10.0.0.1:6379) has not answered for 15 s"
    assert presence.trouble() == told
    presence.give_up("once more")
    assert caplog.messages == [f"{told}: all hosts are lost with it, and are started again once there is one"]
