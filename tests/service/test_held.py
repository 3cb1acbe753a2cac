"""Conversations that do not fit the config after a restart are held, and go on once one fits again."""

import resume_worlds
from resume_lab import STOPPED, ask, go, opened, plan, spoken_to, texts_on_record

from parleyrun.config.texts import Texts
from parleyrun.signals import Ended

HELD = Texts().held


def held(rehearsal):
    """Return what an operator is told of what is held: which, how many people, why."""
    return [(run.run, run.people, run.reason) for run in rehearsal.service.counts().held]


def unfinished(path):
    return ask(path, "SELECT count(*) FROM runs WHERE kind != 'overworld' AND ended IS NULL")[0][0]


def test_a_conversation_whose_task_is_gone_waits_and_goes_on_when_it_is_back(path, again, caplog):
    with opened(path) as rehearsal:
        ann, bob = go(rehearsal, "chat", "ann", "bob")
        ann.says("one")
        bob.sees("1 one")
        again(rehearsal, plan(without=("chat",)))
        assert ann.place == bob.place == "task"
        for person in (ann, bob):
            person.sees(HELD)
            assert STOPPED not in person.heard
        ((run, people, reason),) = held(rehearsal)
        assert (run, people) == ("chat/t_1", 2)
        assert reason.startswith("there is no task 'chat' in the config")
        assert rehearsal.service.counts().held_runs == 1
        assert "held: chat/t_1 with 2 people cannot go on, as there is no task 'chat'" in caplog.text
        # What they write meanwhile is kept for the conversation, and nobody loses their seat by waiting.
        bob.says("two")
        ann.goes_away()
        rehearsal.advance(3600)
        again(rehearsal, plan())
        bob.says("three")
        ann.sees("2 two")
        ann.sees("3 three")
        assert held(rehearsal) == []
        assert spoken_to(ann).count(HELD) == 1
        assert texts_on_record(rehearsal, ann).count("2 two") == 1


def test_a_renamed_task_is_told_by_its_likely_new_name(path, again):
    tasks = {"a-chat": {"task_world": "Chat", "agents_required": 2}}
    with opened(path) as rehearsal:
        go(rehearsal, "chat", "ann", "bob")
        again(rehearsal, plan(without=("chat",), tasks=tasks))
        assert held(rehearsal) == [("chat/t_1", 2, "there is no task 'chat' in the config; is it 'a-chat' now?")]


def test_a_world_whose_class_has_vanished_waits_for_it(path, again, monkeypatch):
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "echo", "ann")
        ann.says("one")
        with monkeypatch.context() as patch:
            patch.delattr(resume_worlds, "Echo")
            again(rehearsal)
            assert ann.place == "task"
            ann.sees(HELD)
            ((run, people, reason),) = held(rehearsal)
            assert (run, people) == ("echo/t_1", 1)
            assert "cannot be restored: AttributeError" in reason
            assert unfinished(path) == 1
        again(rehearsal, plan())
        ann.says("two")
        ann.sees("2 two")


def test_a_blocking_world_that_is_held_goes_on_in_the_middle_of_its_parley(path, again):
    with opened(path) as rehearsal:
        ann, bob = go(rehearsal, "turns", "ann", "bob")
        ann.says("one")
        bob.sees("1 one")
        again(rehearsal, plan(without=("turns",)))
        again(rehearsal, plan(without=("turns",)))
        bob.says("two")
        again(rehearsal, plan())
        ann.sees("2 two")


def test_an_onboarding_is_held_where_its_task_or_its_world_is_gone(path, again):
    without_onboarding = {"known": {"task_world": "Remember"}, "echo": {"task_world": "Echo"}}
    with opened(path) as rehearsal:
        (dan,) = go(rehearsal, "known", "dan")
        dan.says("Dan")
        again(rehearsal, plan(without=("known",)))
        assert dan.place == "onboarding"
        dan.sees(HELD)
        again(rehearsal, plan(tasks=without_onboarding))
        assert held(rehearsal) == [("known-onboarding/t_1", 1, "the task 'known' has no onboard_world")]
        again(rehearsal, plan())
        dan.says("42")
        assert dan.place == "task"


def test_where_snapshots_are_turned_off_what_has_one_is_held(path, again):
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "echo", "ann")
        ann.says("one")
        again(rehearsal, plan(store={"snapshots": False}))
        assert held(rehearsal) == [("echo/t_1", 1, "store.snapshots is off")]
        again(rehearsal, plan())
        ann.says("two")
        ann.sees("2 two")


def test_who_was_gone_before_is_gone_afterwards_too(path, again):
    with opened(path) as rehearsal:
        ann, bob, cleo = go(rehearsal, "trio", "ann", "bob", "cleo")
        ann.goes_away()
        rehearsal.advance(61)
        assert ann.place == "gone"
        again(rehearsal, plan(without=("trio",)))
        assert held(rehearsal)[0][1] == 2
        again(rehearsal, plan())
        bob.says("still here")
        assert any("still here" in text for text in cleo.heard)


def test_who_is_held_is_not_asked_to_end_anything_when_the_service_closes(path):
    with opened(path) as rehearsal:
        ann, bob = go(rehearsal, "chat", "ann", "bob")
        rehearsal.crash(plan(without=("chat",)))
        rehearsal.service.close(grace_seconds=0)
        for person in (ann, bob):
            assert person.heard[-1] == HELD
            assert not any(isinstance(signal, Ended) for signal in person.signals)


def test_what_is_held_keeps_no_service_from_closing(path):
    with opened(path, shutdown_grace=3600) as rehearsal:
        go(rehearsal, "chat", "ann", "bob")
        rehearsal.crash(plan(without=("chat",), shutdown_grace=3600))
        assert rehearsal.service.close(grace_seconds=3600) == []


def test_who_would_rather_leave_writes_exit(path, again):
    with opened(path) as rehearsal:
        ann, bob = go(rehearsal, "chat", "ann", "bob")
        (dan,) = go(rehearsal, "known", "dan")
        again(rehearsal, plan(without=("chat", "known")))
        for person in (ann, dan):
            person.says("well", "exit")
            assert person.place == "gone"
            person.sees(Texts().goodbye)
            person.says("hi")
            assert person.place == "overworld"
        assert bob.place == "task"
        again(rehearsal, plan())
        assert (ann.place, dan.place) == ("overworld", "overworld")
        rehearsal.advance(10)
        assert bob.place == "overworld"
        assert ask(path, "SELECT count(*) FROM runs WHERE kind = 'onboarding' AND ended IS NULL") == [(0,)]


def test_an_exit_that_was_written_before_is_for_the_world_alone(path):
    with opened(path) as rehearsal:
        ann, bob = go(rehearsal, "turns", "ann", "bob")
        bob.says("EXIT")
        rehearsal.crash(plan(without=("turns",)))
        bob.says("hello?")
        assert bob.place == "task"
        rehearsal.crash(plan())
        ann.says("one")
        ann.sees("2 EXIT")
