"""A conversation that stays with the coordinator, while others are on hosts, is what it is without hosts."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import hosted_worlds
from cluster_lab import ClusterRehearsal, on_hosts

from parleyrun.engines.cluster_runner import ClusterRunner
from parleyrun.errors import RunnerClosed
from parleyrun.runner.turn import Outcome, RunIdentity

TASKS: dict[str, Any] = {
    "pair": {"task_world": "Pair", "agents_required": 2},
    "interview": {"task_world": "Interview", "time_limit": 60},
}


@pytest.fixture
def lab() -> Iterator[ClusterRehearsal]:
    with on_hosts({"overworld": "Hall", "tasks": TASKS, "disconnect_grace": 10}, hosted_worlds) as rehearsal:
        yield rehearsal


def go(lab: ClusterRehearsal, task: str, *names: str, stays: bool = True) -> list[Any]:
    """Have them talk; what is kept of those who stay cannot travel."""
    people = [lab.person(name).arrives(opens=True) for name in names]
    for person in people:
        if stays:
            session = lab.service._sessions.get(person.id)
            assert session is not None
            session.data["handle"] = lambda: None
        person.says(task)
        person.news()
    return people


def runner_of(lab: ClusterRehearsal) -> ClusterRunner:
    runner = lab.service._runner
    assert isinstance(runner, ClusterRunner)
    return runner


def test_an_operator_ends_the_one_that_they_name_wherever_it_is(lab: ClusterRehearsal) -> None:
    here = go(lab, "pair", "ann", "bob")
    there = go(lab, "pair", "carl", "dora", stays=False)
    assert sum(lab.runs().values()) == 1
    for conversation, ended, others in (("pair/t_1", here, there), ("pair/t_2", there, [])):
        lab.service.operators.ask("end", {"conversation": conversation}, by="me")
        lab.settle()
        assert {person.place for person in ended} == {"overworld"}
        assert {person.place for person in others} <= {"task"}


def test_a_time_limit_and_who_leaves_end_it_here_as_there(lab: ClusterRehearsal) -> None:
    (late,) = go(lab, "interview", "late")
    ann, bob = go(lab, "pair", "ann", "bob")
    assert sum(lab.runs().values()) == 0
    ann.goes_away()
    lab.advance(11)
    assert (bob.place, ("Anna", "left") in bob.partners) == ("overworld", True)
    lab.advance(60)
    assert (late.place, any("time" in text for text in late.heard)) == ("overworld", True)


def test_a_run_is_known_by_its_names_wherever_it_is_and_is_stopped_once(lab: ClusterRehearsal) -> None:
    runner = runner_of(lab)
    (ann,) = go(lab, "interview", "ann")
    (bob,) = go(lab, "interview", "bob", stays=False)
    found = [runner.identity_of(uid) for uid in [*runner._runs, *runner._hosted]]
    runs = {str(identity): identity for identity in found if identity is not None}
    assert {name for name in runs if "interview" in name} == {
        "interview/t_1 (Interview)",
        "interview/t_2 (Interview)",
    }
    assert len(runner) == len(runs) == len(found)
    assert runner.identity_of("nobody") is None
    hosted = runs["interview/t_2 (Interview)"].uid
    runner.stop(hosted, Outcome("stopped", "first"))
    runner.stop(hosted, Outcome("stopped", "second"))
    lab.settle()
    assert (ann.place, bob.place) == ("task", "overworld")
    assert lab.service.counts().conversations.ended == {"stopped": 1}


def test_nothing_is_launched_on_a_runner_that_is_closed_here_or_there(
    lab: ClusterRehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched: list[tuple[RunIdentity, Any, Any]] = []
    launch = ClusterRunner.launch

    def launch_and_note(runner: ClusterRunner, identity: RunIdentity, build: Any, agents: Any, **more: Any) -> Any:
        launched.append((identity, build, agents))
        return launch(runner, identity, build, agents, **more)

    monkeypatch.setattr(ClusterRunner, "launch", launch_and_note)
    go(lab, "interview", "ann", stays=False)
    runner = runner_of(lab)
    assert lab.app.close(grace_seconds=0) == []
    assert [str(identity) for identity, _, _ in launched][1:] == ["interview/t_1 (Interview)"]
    for identity, build, agents in [*launched]:
        with pytest.raises(RunnerClosed, match=f"run {re.escape(str(identity))} was launched"):
            runner.launch(identity, build, agents)
    assert len(runner) == 0
