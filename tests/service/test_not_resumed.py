"""What can never go on after a restart ends, with the reason on record; its people are told and brought back.

So does, where the operator wants it, what does not fit the config; see test_held for what becomes of it else.
"""

import logging
from itertools import count

import pytest
import resume_worlds
from resume_lab import STOPPED, ask, go, opened, plan, texts_on_record
from resume_worlds import Fickle

END = {"unrestorable": "end"}


@pytest.fixture(autouse=True)
def _fresh_counts(monkeypatch):
    monkeypatch.setattr(Fickle, "drawn", count(1))


def only_outcome(path, task):
    ((kind, reason),) = ask(path, "SELECT outcome, reason FROM runs WHERE task = ? AND kind = 'task'", task)
    return f"{kind}: {reason}"


def test_a_world_that_goes_another_way_than_on_record_is_ended(path, again):
    with opened(path) as rehearsal:
        ann, bob = go(rehearsal, "fickle-pair", "ann", "bob")
        ann.says("hello")
        ann.sees("you said hello")
        again(rehearsal)
        assert ann.place == bob.place == "overworld"
        ann.sees(STOPPED)
        bob.sees(STOPPED)
        assert not any("card 2" in text for text in ann.heard)
        assert "went another way than on record" in only_outcome(path, "fickle-pair")
        again(rehearsal)
        ann.says("echo", "fine")
        ann.sees("1 fine")


def as_before(self):
    ann, bob = self.agents
    heard = ann.act_blocking()
    bob.observe(heard)
    bob.act_blocking()


def with_the_other_first(self):
    self.agents[1].act_blocking()


def without_hearing(self):
    pass


def without_saying(self):
    self.agents[0].act_blocking()
    self.agents[0].act_blocking()


def with_more_to_say(self):
    heard = self.agents[0].act_blocking()
    self.agents[0].observe(heard)


@pytest.mark.parametrize(
    ("otherwise", "fault"),
    [
        (with_the_other_first, "it waits for memory:bob, but on record it heard somebody else next"),
        (without_hearing, "its parley ended before it had heard and said all that is on record"),
        (without_saying, "it waits for somebody before it has said all that is on record"),
        (with_more_to_say, "it spoke to memory:ann, but on record to memory:bob"),
    ],
)
def test_how_a_world_has_gone_another_way_is_on_record(path, again, monkeypatch, otherwise, fault):
    monkeypatch.setattr(Fickle, "parley", as_before)
    with opened(path) as rehearsal:
        ann, bob = go(rehearsal, "fickle-pair", "ann", "bob")
        ann.says("hello")
        bob.sees("hello")
        monkeypatch.setattr(Fickle, "parley", otherwise)
        again(rehearsal)
        assert fault in only_outcome(path, "fickle-pair")
        assert ann.place == bob.place == "overworld"


def test_a_world_whose_class_has_vanished_is_ended(path, again, monkeypatch):
    with opened(path, store=END) as rehearsal:
        (ann,) = go(rehearsal, "echo", "ann")
        ann.says("one")
        monkeypatch.delattr(resume_worlds, "Echo")
        again(rehearsal)
        assert ann.place == "overworld"
        ann.sees(STOPPED)
        ann.sees("welcome back")
        assert "cannot be restored: AttributeError" in only_outcome(path, "echo")


def test_a_world_whose_class_has_changed_is_ended(path, again, monkeypatch):
    def refuse(self, state):
        raise KeyError("a field that was not there before")

    with opened(path, store=END) as rehearsal:
        ann, bob = go(rehearsal, "chat", "ann", "bob")
        ann.says("one")
        monkeypatch.setattr(resume_worlds.Chat, "__setstate__", refuse, raising=False)
        again(rehearsal)
        assert ann.place == bob.place == "overworld"
        bob.sees(STOPPED)
        assert "a field that was not there before" in only_outcome(path, "chat")


def test_an_overworld_that_cannot_be_restored_is_replaced_by_a_fresh_one(path, again, monkeypatch):
    def refuse(self, state):
        raise KeyError("returns")

    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "echo", "ann")
        monkeypatch.setattr(resume_worlds.Menu, "__setstate__", refuse, raising=False)
        again(rehearsal)
        assert ann.place == "task"
        ann.says("bye")
        assert ann.place == "overworld"
        ann.says("look")
        ann.sees("menu after 0")
        again(rehearsal)
        assert ann.place == "overworld"
        ann.says("look")
        ann.sees("menu after 0")


def test_a_world_that_cannot_be_pickled_is_ended_and_was_warned_of_once(path, again, caplog):
    with caplog.at_level(logging.WARNING, "parleyrun"), opened(path) as rehearsal:
        (ann,) = go(rehearsal, "unpicklable", "ann")
        ann.says("one", "two")
        assert sum("Unpicklable" in line and "lock" in line for line in caplog.messages) == 1
        again(rehearsal)
        assert ann.place == "overworld"
        ann.sees(STOPPED)
        assert "could not be pickled" in only_outcome(path, "unpicklable")


def test_a_world_that_says_how_it_is_pickled_goes_on(path, again):
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "mended", "ann")
        ann.says("one")
        again(rehearsal)
        ann.says("two")
        ann.sees("2 two")


def test_people_in_a_task_that_is_no_longer_in_the_config_come_back_to_the_overworld(path, again):
    with opened(path) as rehearsal:
        ann, bob = go(rehearsal, "chat", "ann", "bob")
        (cleo,) = go(rehearsal, "chat", "cleo")
        (dan,) = go(rehearsal, "known", "dan")
        again(rehearsal, plan(without=("chat", "known"), store=END))
        assert [person.place for person in (ann, bob, cleo, dan)] == ["overworld"] * 4
        for person in (ann, bob, dan):
            person.sees(STOPPED)
        cleo.sees("Sorry, “chat” is not something we can start.")
        assert ask(path, "SELECT * FROM pool") == []
        assert "not in the config any more" in only_outcome(path, "chat")
        assert ask(path, "SELECT count(*) FROM runs WHERE kind != 'overworld' AND ended IS NULL") == [(0,)]
        again(rehearsal)
        assert {person.place for person in (ann, bob, cleo, dan)} == {"overworld"}
        ann.says("echo", "fine")
        ann.sees("1 fine")


def test_without_snapshots_people_come_back_to_the_overworld_and_what_was_said_is_on_record(path, again):
    with opened(path, store={"snapshots": False}) as rehearsal:
        ann, bob = go(rehearsal, "chat", "ann", "bob")
        (cleo,) = go(rehearsal, "chat", "cleo")
        ann.says("one")
        assert ask(path, "SELECT 1 FROM runs WHERE snapshot IS NOT NULL") == []
        again(rehearsal)
        assert ann.place == bob.place == "overworld"
        bob.sees(STOPPED)
        assert cleo.place == "waiting"
        assert "1 one" in texts_on_record(rehearsal, bob)
        ann.says("echo", "fine")
        ann.sees("1 fine")
