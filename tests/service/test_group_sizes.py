"""Groups of some size: they begin when all are there, or with those who came, after a while."""

import sqlite3
from contextlib import closing

import bot_models

from parleyrun.testing import rehearse

CHAT = {"task_world": "parleyrun.ready:Chat"}
SIZE = {"from": 2, "to": 4, "wait": 30}


def study(size=SIZE, *, conditions=None, models=None, **task):
    return {
        **({"conditions": conditions} if conditions else {}),
        **({"models": models} if models else {}),
        "disconnect_grace": 5,
        "tasks": {"talk": {**CHAT, "agents_required": size, **task}},
    }


def come(rehearsal, *names):
    people = rehearsal.people(*names)
    for person in people:
        person.says("hi")
    return people


def places(people):
    return [person.place for person in people]


def groups(path):
    with closing(sqlite3.connect(path)) as record, record:
        return [len(eval(taken)) for (taken,) in record.execute("SELECT taken FROM matches ORDER BY id")]


def test_it_begins_at_once_when_as_many_are_there_as_it_takes():
    with rehearse(study()) as rehearsal:
        people = come(rehearsal, *"abc")
        assert places(people) == ["waiting"] * 3
        people += come(rehearsal, "d")
        assert places(people) == ["task"] * 4


def test_after_a_while_it_begins_with_those_who_are_there():
    with rehearse(study()) as rehearsal:
        (ann,) = come(rehearsal, "ann")
        rehearsal.advance(20)
        bob, cem = come(rehearsal, "bob", "cem")
        rehearsal.advance(9.9)
        assert places([ann, bob, cem]) == ["waiting"] * 3
        rehearsal.advance(0.2)
        assert places([ann, bob, cem]) == ["task"] * 3
        ann.says("three of us")
        assert cem.heard[-1] == "three of us"


def test_who_has_waited_long_enough_alone_begins_with_the_next_who_comes():
    with rehearse(study()) as rehearsal:
        (ann,) = come(rehearsal, "ann")
        rehearsal.advance(100)
        assert ann.place == "waiting"
        (bob,) = come(rehearsal, "bob")
        assert places([ann, bob]) == ["task"] * 2


def test_who_is_away_when_the_time_is_over_is_not_counted():
    with rehearse(study()) as rehearsal:
        ann, bob = come(rehearsal, "ann", "bob")
        rehearsal.advance(28)
        bob.goes_away()
        rehearsal.advance(4)
        assert places([ann, bob]) == ["waiting"] * 2
        bob.comes_back()
        assert places([ann, bob]) == ["task"] * 2


def test_the_time_goes_on_over_a_crash(tmp_path):
    with rehearse(study(), store=tmp_path / "a.db") as rehearsal:
        ann, bob = come(rehearsal, "ann", "bob")
        rehearsal.advance(20)
        rehearsal.crash(down_seconds=5)
        assert places([ann, bob]) == ["waiting"] * 2
        rehearsal.advance(5.1)
        assert places([ann, bob]) == ["task"] * 2


def test_the_time_that_was_over_during_a_crash_counts(tmp_path):
    with rehearse(study(), store=tmp_path / "a.db") as rehearsal:
        people = come(rehearsal, "ann", "bob")
        rehearsal.crash(down_seconds=60)
        rehearsal.advance(1)
        assert places(people) == ["task"] * 2


def test_the_size_may_depend_on_a_condition():
    config = study(
        {"when": {"crowd": "many"}, "then": {"from": 2, "to": 3, "wait": 10}, "else": 1},
        conditions={"crowd": {"values": ["many", "one"], "assign": "blocked"}},
    )
    with rehearse(config) as rehearsal:
        people = come(rehearsal, *"abcd")
        values = [rehearsal.service._sessions.get(person.id).condition["crowd"] for person in people]
        assert places(people) == ["task" if value == "one" else "waiting" for value in values]
        rehearsal.advance(11)
        assert places(people) == ["task"] * 4


def test_bots_make_up_what_is_missing_for_it_to_begin_and_no_more():
    bot_models.forget()
    config = study(
        models={"seller": {"model": "bot_models:Echo", "check": False}},
        fill_with={"model": "seller", "after": 10, "pace": None},
    )
    with rehearse(config) as rehearsal:
        (ann,) = come(rehearsal, "ann")
        rehearsal.advance(11)
        assert ann.place == "task"
        seats = next(iter(rehearsal.service.counts().places.values()))
        assert seats == 1
        ann.says("hello?")
        assert len([line for line in ann.heard if "hello?" in line]) == 1  # one bot echoes


def test_who_waits_in_vain_is_told_so_as_ever():
    with rehearse(study(max_time_in_pool=40)) as rehearsal:
        (ann,) = come(rehearsal, "ann")
        rehearsal.advance(41)
        assert ann.place == "overworld"


def test_on_record_is_who_was_taken(tmp_path):
    with rehearse(study(), store=tmp_path / "a.db") as rehearsal:
        come(rehearsal, *"abcdef")
        rehearsal.advance(31)
    assert groups(tmp_path / "a.db") == [4, 2]
