"""Rounds: several partners in turn."""

from collections import Counter

import pytest
from resume_lab import Copies, store_on
from test_every_instant import visit

from parleyrun import ConfigError
from parleyrun.core.message import EXIT
from parleyrun.testing import FakeModel, rehearse

CHAT = {"task_world": "parleyrun.ready:Chat"}


def study(rounds=3, *, chat=None, models=None, conditions=None, completion=None, **task):
    return {
        **({"models": models} if models else {}),
        **({"conditions": conditions} if conditions else {}),
        **({"completion": completion} if completion else {}),
        "disconnect_grace": 5,
        "opt": {"chat": {"quit_words": "bye", **(chat or {})}},
        "tasks": {"dates": {**CHAT, "agents_required": 2, "rounds": rounds, **task}},
    }


def come(rehearsal, *names):
    people = rehearsal.people(*names)
    for person in people:
        person.says("hi")
    return people


def session(rehearsal, person):
    return rehearsal.service._sessions.get(person.id)


def groups(rehearsal, people):
    """Return who talks with whom now."""
    runs = {}
    for person in people:
        if person.place == "task":
            runs.setdefault(session(rehearsal, person).run_uid, []).append(person)
    return list(runs.values())


def pairs(rehearsal, people):
    return {frozenset(person.name for person in group) for group in groups(rehearsal, people)}


def end_all(rehearsal, people):
    for group in groups(rehearsal, people):
        group[0].says("bye")


def test_everybody_talks_with_everybody_else_once():
    with rehearse(study()) as rehearsal:
        people = come(rehearsal, *"abcd")
        met = Counter()
        for _ in range(3):
            assert len(groups(rehearsal, people)) == 2
            met.update(pairs(rehearsal, people))
            end_all(rehearsal, people)
        assert set(met.values()) == {1}
        assert len(met) == 6
        assert [person.place for person in people] == ["overworld"] * 4


def test_who_waits_too_long_for_somebody_new_meets_somebody_again():
    with rehearse(study({"count": 2, "wait": 40})) as rehearsal:
        ann, bob = come(rehearsal, "ann", "bob")
        ann.says("bye")
        assert [ann.place, bob.place] == ["waiting"] * 2
        assert ann.heard[-1] == "Round 2 of 2: we are looking for your next partner."
        rehearsal.advance(39)
        assert [ann.place, bob.place] == ["waiting"] * 2
        rehearsal.advance(1.1)
        assert [ann.place, bob.place] == ["task"] * 2
        bob.says("bye")
        assert [ann.place, bob.place] == ["overworld"] * 2


def test_with_not_again_partner_nobody_ever_meets_again():
    with rehearse(study({"count": 2, "wait": 40}, not_again="partner", max_time_in_pool=100)) as rehearsal:
        ann, bob = come(rehearsal, "ann", "bob")
        ann.says("bye")
        rehearsal.advance(99)
        assert [ann.place, bob.place] == ["waiting"] * 2
        rehearsal.advance(2)
        assert [ann.place, bob.place] == ["overworld"] * 2


def test_rounds_go_on_after_a_crash_in_each_place(tmp_path):
    with rehearse(study(2), store=tmp_path / "a.db") as rehearsal:
        people = come(rehearsal, *"abcd")
        first = pairs(rehearsal, people)
        rehearsal.crash()
        groups(rehearsal, people)[0][0].says("bye")
        rehearsal.crash()
        waiting = [person for person in people if person.place == "waiting"]
        assert len(waiting) == 2
        end_all(rehearsal, people)
        second = pairs(rehearsal, people)
        assert len(second) == 2
        assert not first & second
        rehearsal.crash()
        assert [session(rehearsal, person).round for person in people] == [2] * 4
        end_all(rehearsal, people)
        assert [person.place for person in people] == ["overworld"] * 4


def test_the_conversations_of_each_round_are_on_record_in_order():
    with rehearse(study(2)) as rehearsal:
        people = come(rehearsal, *"abcd")
        runs = {person.name: [session(rehearsal, person).run_uid] for person in people}
        end_all(rehearsal, people)
        for person in people:
            runs[person.name].append(session(rehearsal, person).run_uid)
        end_all(rehearsal, people)
        for person in people:
            assert session(rehearsal, person).stored_data["rounds"]["dates"]["runs"] == runs[person.name]


def test_a_round_that_a_partner_left_is_had_once_more():
    with rehearse(study(2)) as rehearsal:
        ann, bob = come(rehearsal, "ann", "bob")
        bob.goes_away()
        rehearsal.advance(12)
        assert ann.place == "waiting"
        assert session(rehearsal, ann).round == 1
        come(rehearsal, "cem")
        assert ann.place == "task"


def test_who_leaves_a_pool_between_rounds_goes_on_where_they_were_when_they_come_again():
    with rehearse(study(2)) as rehearsal:
        ann, bob = come(rehearsal, "ann", "bob")
        ann.says("bye")
        ann.says(EXIT)
        assert ann.place == "overworld"
        come(rehearsal, "cem")
        assert bob.place == "task"
        ann.says("dates")
        assert session(rehearsal, ann).round == 2


def test_the_round_is_known_to_texts_and_to_models():
    models = {"third": {"model": "chat_completions", "name": "fake", "system": "Round {round}.", "check": False}}
    with FakeModel("Hello.") as model:
        models["third"]["base_url"] = model.base_url
        config = study(
            2, chat={"welcome": "Round {round}, {role}."}, models=models, bots={"Host": {"model": "third"}}
        )
        with rehearse(config) as rehearsal:
            people = come(rehearsal, *"abcd")
            assert people[0].heard[-1].startswith("Round 1, ")
            end_all(rehearsal, people)
            assert any(line.startswith("Round 2, ") for line in people[0].heard)
            people[0].says("hello host")
        systems = [str(request.body) for request in model.requests]
        assert "Round 2." in systems[-1]


def test_the_round_is_known_to_instructions():
    roles = {"Host": {"instructions": "This is {round}."}, "Guest": {"instructions": "Be kind."}}
    with rehearse(study(2, roles=roles)) as rehearsal:
        people = come(rehearsal, *"abcd")
        end_all(rehearsal, people)
        hosts = [person for person in people if person.role == "Host"]
        assert len(hosts) == 2
        assert [host.talk.instructions for host in hosts] == ["This is 2."] * 2


def test_what_is_asked_afterwards_comes_after_each_round():
    config = study(2, afterwards=["rating"])
    config["forms"] = {"rating": {"fields": {"fun": {"ask": "Was it fun?", "kind": "yes_no"}}}}
    with rehearse(config) as rehearsal:
        people = come(rehearsal, *"abcd")
        for _ in range(2):
            end_all(rehearsal, people)
            for person in people:
                assert person.place == "afterwards"
                person.says("yes")
        assert [person.place for person in people] == ["overworld"] * 4


def test_a_person_has_finished_only_with_the_last_round():
    config = study(
        2,
        completion={"finished": {"code": "DONE"}, "no_partner": {"code": "NOBODY"}},
        conditions={"tone": {"values": ["warm", "cold"], "weights": {"cold": 0}}},
        not_again="partner",
        max_time_in_pool=30,
    )
    with rehearse(config) as rehearsal:
        people = come(rehearsal, *"abc")
        ann, bob, cem = people
        ann.says("bye")
        assert session(rehearsal, ann).stored_data["assignment"] == "begun"
        assert [ann.place, bob.place, cem.place] == ["task", "waiting", "task"]
        rehearsal.advance(31)
        assert any("NOBODY" in line for line in bob.heard)
        assert session(rehearsal, bob).stored_data["assignment"] == "dropped"
        ann.says("bye")
        assert any("DONE" in line for line in ann.heard)
        assert session(rehearsal, ann).stored_data["assignment"] == "finished"


@pytest.mark.parametrize("rounds", [1, 0, "many", {"wait": 3}, {"count": 3, "wat": 3}])
def test_a_number_of_rounds_that_is_none_is_found(rounds):
    with pytest.raises(ConfigError, match="expected"):
        rehearse(study(rounds))


@pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.thorough)])
def test_a_kill_at_any_commit_changes_nothing_that_people_see(tmp_path, every):
    config = study({"count": 2, "wait": 0}, chat={"welcome": "Round {round}."})
    lines = ["ann hi", "bob hi", "ann hello", "bob bye", "ann again", "bob you", "ann bye", "ann dates"]
    path = tmp_path / "record.db"
    copies = Copies(path)
    with rehearse(config, store=store_on(copies, path)) as rehearsal:
        undisturbed = visit(rehearsal, lines)
        runs = session(rehearsal, rehearsal.person("bob")).stored_data["rounds"]["dates"]["runs"]
        instants = list(copies.taken)
    assert [text for text in undisturbed["ann"] if text.startswith("Round")] == [
        "Round 1.",
        "Round 2 of 2: we are looking for your next partner.",
        "Round 2.",
    ]
    assert len(runs) == 2
    for instant in instants[::every]:
        with rehearse(config, store=instant) as rehearsal:
            assert visit(rehearsal, lines) == undisturbed, instant.name
            assert len(session(rehearsal, rehearsal.person("bob")).stored_data["rounds"]["dates"]["runs"]) == 2
