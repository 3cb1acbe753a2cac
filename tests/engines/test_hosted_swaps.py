"""A bot goes on in a person's seat of a conversation on a host, as it does in one of this process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "service"))

import bot_models
import hosted_worlds
from cluster_lab import ClusterRehearsal, on_hosts
from operator_lab import CONFIG, WORLDS, ask, go
from test_lost_hosts import kill

from parleyrun import OperatorError

TALK = {"task_world": "Chat", "agents_required": 2, "roles": {"Buyer": {}, "Seller": {}}}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[ClusterRehearsal]:
    bot_models.forget()
    config = {**CONFIG, "tasks": {"talk": TALK, "chat": TALK}}
    with on_hosts(config, WORLDS, store=tmp_path / "record.db") as rehearsal:
        yield rehearsal


def says(lab: ClusterRehearsal, person: Any, text: str) -> None:
    person.says(text)
    lab.advance(60)


def swap(lab: ClusterRehearsal, who: str = "ann", **more: Any) -> str:
    (row,) = ask(lab, "conversations").conversations
    role = next(each.role for each in row.people if each.id == f"memory:{who}")
    ask(lab, "swap", conversation="talk/t_1", role=role, model="other", **more)
    lab.advance(60)
    return str(role)


def test_a_bot_goes_on_in_a_seat_and_sits_there_still_after_a_kill_of_host_and_coordinator(
    lab: ClusterRehearsal,
) -> None:
    ann, bob = go(lab, "talk", "ann", "bob")
    assert sum(lab.runs().values()) == 1
    says(lab, ann, "hello")
    says(lab, bob, "well?")
    before = len(bob.lines), len(ann.heard)
    role = swap(lab, hidden=True)
    assert (ann.place, bob.place, sum(lab.runs().values())) == ("overworld", "task", 1)
    # What had not been answered is answered, under the same name.
    shown = bob.lines[before[0] :]
    assert [(line.message.id, dict(line.message.extra)) for line in shown] == [(role, {})]
    assert shown[0].message.text.endswith("well?")
    ann.says("chat")  # what she says now is for the overworld
    assert ann.place == "waiting"
    for number, end in enumerate(("", "host", "coordinator")):
        if end == "host":
            kill(lab)
        elif end:
            lab.crash()
        says(lab, bob, f"fine {number}")
        assert (bob.lines[-1].message.id, bob.heard[-1].rpartition(" ")[2]) == (role, str(number))
        (row,) = ask(lab, "conversations").conversations
        assert [(bot.role, bot.model, bot.disclosed) for bot in row.bots] == [(role, "other", False)]
    assert not [text for text in ann.heard[before[1] :] if "fine" in text or "well?" in text]
    assert sum(lab.runs().values()) == 1
    ask(lab, "end", conversation="talk/t_1", outcome="finished")
    assert bob.place == "overworld"


def test_what_was_said_to_somebody_as_they_got_up_is_read_by_the_bot_alone(
    lab: ClusterRehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = go(lab, "talk", "ann", "bob")
    says(lab, ann, "hello")
    host = lab.host_of_somebody()
    heard = len(ann.heard)
    host.hold()
    lab.channel.say("bob", "are you there?")
    (row,) = lab.service.operators.ask("conversations", {}, by="me").conversations
    role = next(each.role for each in row.people if each.id == "memory:ann")
    values = {"conversation": "talk/t_1", "role": role, "model": "other"}
    lab.service.operators.ask("swap", values, by="me")
    host.let_go()
    lab.settle()
    lab.advance(60)
    assert bob.lines[-1].message.id == role
    assert bob.heard[-1].endswith("are you there?")
    assert not [text for text in ann.heard[heard:] if "are you there?" in text]


@pytest.mark.parametrize(
    ("task", "why"),
    [("messy", "expected a world that can be pickled"), ("waits", "this one waits for people inside parley")],
)
def test_a_world_that_cannot_go_on_elsewhere_is_refused(task: str, why: str) -> None:
    tasks = {
        "messy": {"task_world": "Messy", "agents_required": 2},
        "waits": {"task_world": "Waits", "agents_required": 2},
    }
    config = {**CONFIG, "conditions": None, "overworld": "Hall", "tasks": tasks}
    with on_hosts(config, hosted_worlds) as rehearsal:
        ann, bob = go(rehearsal, task, "ann", "bob")
        ann.says("hello")
        (row,) = ask(rehearsal, "conversations").conversations
        with pytest.raises(OperatorError, match=why):
            ask(rehearsal, "swap", conversation=f"{task}/t_1", role=row.people[0].role, model="other")
        assert (ann.place, bob.place) == ("task", "task")
