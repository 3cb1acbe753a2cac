"""A cluster of several nodes, which are killed, cut off, and joined while people talk."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ray_lab import NEEDS_RAY, WORLDS, RayLab, wait_until
from raylets import Raylets, parent

pytestmark = NEEDS_RAY

CONFIG = """
world_module: rayed_worlds.py
tasks: {{talk: {{task_world: Talk, agents_required: 2}}}}
engine: {{ray: {{address: '{address}', hosts: 2, lost_after: 4}}}}
"""
RAY_NOTICES_SECONDS = 14
"""After so long Ray itself takes a node for lost whose raylet was killed; after a minute one that is cut off."""


@pytest.fixture
def raylets() -> Iterator[Raylets]:
    cluster = Raylets(3, cpus=2)
    yield cluster
    cluster.close()


@pytest.mark.timeout(240)
def test_people_talk_on_while_nodes_are_killed_cut_off_and_joined(
    raylets: Raylets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rayed_worlds.py").write_text(WORLDS)
    (tmp_path / "study.yml").write_text(CONFIG.format(address=raylets.address))
    monkeypatch.chdir(tmp_path)
    with RayLab(tmp_path) as lab:
        nodes = {parent(pid) for pid in lab.pids()}
        assert len(nodes) == 2  # though each has room for both hosts
        lab.come("carl", "dora")
        assert lab.runs() == {"host-1": 1, "host-2": 1}
        first, second = lab.says("ann", "one"), lab.says("carl", "hello")
        assert first != second

        began = time.monotonic()
        raylets.kill(first)
        assert lab.says("bob", "two") == second
        wait_until(lambda: len(lab.runs()) == 2)  # another one was started
        assert time.monotonic() - began < RAY_NOTICES_SECONDS
        assert lab.says("dora", "good day") == second
        (third,) = lab.pids() - {second}

        raylets.cut_off(second)
        lab.channel.say("ann", "three")
        lab.channel.say("carl", "how are you")
        wait_until(lambda: "3 three" in lab.words("bob") and "3 how are you" in lab.words("dora"))
        raylets.connect(second)
        wait_until(lambda: lab.hosts.late_turns == 2)
        wait_until(lambda: {figures.state for figures in lab.hosts.figures()} == {"there"})
        assert (lab.says("bob", "four"), lab.says("dora", "fine")) == (third, third)

        assert (lab.words("ann"), lab.words("bob")) == (["2 two", "4 four"], ["1 one", "3 three"])
        assert (lab.words("carl"), lab.words("dora")) == (["2 good day", "4 fine"], ["1 hello", "3 how are you"])
        assert (lab.hosts.moved_runs, lab.hosts.lost) == (3, 2)
        lab.channel.say("ann", "bye")
        wait_until(lambda: sum(lab.runs().values()) == 1)

        raylets.kill(third)  # nothing is left
        raylets.kill(second)
        raylets.join()
        assert lab.says("carl", "still there?") not in (first, second, third)
