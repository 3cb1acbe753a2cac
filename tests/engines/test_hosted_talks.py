"""Conversations on hosts are what they are on threads of one process."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import hosted_worlds
import pytest
from cluster_lab import ClusterRehearsal, on_hosts

from parleyrun.engines.host.host_runs import HostRuns
from parleyrun.engines.host_link import HostOffer

TASKS: dict[str, Any] = {
    "pair": {"task_world": "Pair", "agents_required": 2},
    "interview": {"task_world": "Interview"},
    "messy": {"task_world": "Messy", "agents_required": 2},
    "writer": {"task_world": "Writer"},
}


def lab(store: Path | None = None, hosts: tuple[HostOffer, ...] = (), **more: Any) -> ClusterRehearsal:
    tasks = {**TASKS, **more.pop("tasks", {})}
    return on_hosts({"overworld": "Hall", "tasks": tasks, **more}, hosted_worlds, store=store, hosts=hosts)


def go(rehearsal: ClusterRehearsal, task: str, *names: str) -> list[Any]:
    people = [rehearsal.person(name).arrives(opens=True) for name in names]
    for person in people:
        person.says(task)
        person.news()
    return people


def test_two_people_talk_on_a_host_and_come_back_from_it(tmp_path: Path) -> None:
    with lab(tmp_path / "record.db") as rehearsal:
        ann, bob = go(rehearsal, "pair", "ann", "bob")
        assert sum(rehearsal.runs().values()) == 1
        ann.says("hello")
        bob.says("hi", "there")
        assert (bob.heard[-1], ann.heard[-2:]) == ("1 hello", ["2 hi", "3 there"])
        assert bob.lines[-1].message.id == "Anna"
        bob.says("bye")
        assert (ann.place, bob.place, sum(rehearsal.runs().values())) == ("overworld", "overworld", 0)
        assert rehearsal.service.counts().conversations.finished == 1
        bob.says("pair")  # what is kept of people is what the world made of it there
        assert rehearsal.service.operators is not None
    with closing(sqlite3.connect(tmp_path / "record.db")) as connection:
        rows = connection.execute("SELECT data_json FROM participants WHERE id LIKE '%bob'").fetchall()
    assert '"words": 3' in rows[0][0] or '"words":3' in rows[0][0]


def test_conversations_are_spread_over_hosts_by_what_these_have_to_do() -> None:
    hosts = HostOffer(name="large", cpus=3), HostOffer(name="small")
    with lab(hosts=hosts) as rehearsal:
        for number in range(8):
            go(rehearsal, "interview", f"p{number}")
        assert rehearsal.runs() == {"large": 6, "small": 2}


def test_a_task_goes_where_there_is_what_it_asks_for() -> None:
    hosts = HostOffer(name="plain"), HostOffer(name="strong", resources={"GPU": 1})
    engine = {"ray": {"groups": {"strong": {"resources": {"GPU": 1}}}}}
    tasks = {"interview": {"task_world": "Interview", "resources": {"GPU": 1}}}
    with lab(hosts=hosts, tasks=tasks, engine=engine) as rehearsal:
        for number in range(3):
            go(rehearsal, "interview", f"p{number}")
        assert rehearsal.runs() == {"plain": 0, "strong": 3}


def test_what_is_said_ahead_waits_for_the_next_world_and_an_unread_line_is_not_lost() -> None:
    with lab() as rehearsal:
        ann, _ = go(rehearsal, "pair", "ann", "bob")
        ann.says("bye", "interview")  # the second one is for the overworld
        assert (ann.place, ann.heard[-1]) == ("task", "name?")


def test_a_conversation_that_cannot_begin_on_a_host_has_failed_and_its_people_are_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def not_there(_runs: HostRuns, _seat: Any) -> Any:
        raise ModuleNotFoundError("No module named 'only_here'")

    with lab() as rehearsal:
        monkeypatch.setattr(HostRuns, "_agent", not_there)
        ann, bob = go(rehearsal, "pair", "ann", "bob")
        assert (ann.place, bob.place, rehearsal.runs()) == ("overworld", "overworld", {"one": 0, "two": 0})
        assert rehearsal.service.counts().conversations.ended == {"failed": 1}
        monkeypatch.undo()
        go(rehearsal, "interview", "carl")
        assert sum(rehearsal.runs().values()) == 1
    assert "run pair/t_1 (Pair) cannot begin on this host" in caplog.text


def test_an_author_may_send_people_on_from_a_host() -> None:
    with lab() as rehearsal:
        ann, bob = go(rehearsal, "pair", "ann", "bob")
        ann.says("onwards")
        assert (ann.place, bob.place) == ("waiting", "overworld")


def test_who_leaves_is_named_to_the_world_and_the_last_words_come_before() -> None:
    with lab(disconnect_grace=10) as rehearsal:
        ann, bob = go(rehearsal, "pair", "ann", "bob")
        ann.says("wait for me")
        ann.goes_away()
        rehearsal.advance(11)
        assert (bob.heard[0], bob.place) == ("1 wait for me", "overworld")
        assert ("Anna", "left") in bob.partners


def test_a_world_that_breaks_on_a_host_breaks_no_other_one(caplog: pytest.LogCaptureFixture) -> None:
    with lab() as rehearsal:
        (carl,) = go(rehearsal, "interview", "carl")
        ann, bob = go(rehearsal, "pair", "ann", "bob")
        ann.says("boom")
        assert (ann.place, bob.place, carl.place) == ("overworld", "overworld", "task")
        assert rehearsal.service.counts().conversations.ended == {"failed": 1}
    assert "Pair.parley() raised ValueError: boom" in caplog.text


def test_a_time_limit_ends_a_conversation_on_a_host_in_good_order() -> None:
    with lab(tasks={"interview": {"task_world": "Interview", "time_limit": 60}}) as rehearsal:
        (ann,) = go(rehearsal, "interview", "ann")
        ann.says("Ann")
        rehearsal.advance(70)
        assert ann.place == "overworld"
        assert any("time" in text for text in ann.heard)


def test_an_operator_ends_a_conversation_on_a_host() -> None:
    with lab() as rehearsal:
        ann, bob = go(rehearsal, "pair", "ann", "bob")
        rehearsal.service.operators.ask("end", {"conversation": "pair/t_1"}, by="me")
        rehearsal.settle()
        assert (ann.place, bob.place) == ("overworld", "overworld")


def test_what_only_the_coordinator_can_do_is_named_to_the_author(caplog: pytest.LogCaptureFixture) -> None:
    with lab() as rehearsal:
        (ann,) = go(rehearsal, "writer", "ann")
        ann.says("go")
        assert ann.place == "overworld"
    assert "got service.observe_message(), which only the coordinator can do" in caplog.text


def test_where_what_is_kept_of_people_cannot_travel_a_conversation_stays_here(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with lab() as rehearsal:
        ann, bob = (rehearsal.person(name).arrives(opens=True) for name in ("ann", "bob"))
        rehearsal.service._sessions.get(ann.id).data["handle"] = lambda: None
        ann.says("pair")
        bob.says("pair")
        ann.says("hello")
        assert (bob.heard[-1], sum(rehearsal.runs().values())) == ("1 hello", 0)
    assert "what is kept of people cannot be pickled" in caplog.text


@pytest.mark.parametrize("again", ["crash", "restart"])
def test_the_coordinator_is_killed_and_all_goes_on_as_on_one_machine(tmp_path: Path, again: str) -> None:
    with lab(tmp_path / "record.db") as rehearsal:
        ann, bob = go(rehearsal, "pair", "ann", "bob")
        (carl,) = go(rehearsal, "interview", "carl")
        ann.says("one")
        carl.says("Carl")
        getattr(rehearsal, again)()
        bob.says("two")
        carl.says("Rome")
        assert ann.heard[-1] == "2 two"
        assert bob.heard.count("1 one") == 1
        assert [text for text in carl.heard if text.endswith(("?", "1"))] == [
            "name?",
            "town?",
            "Carl of Rome, 1",
            "name?",
        ]
        assert sum(rehearsal.runs().values()) == 2
