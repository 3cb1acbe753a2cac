"""Short questions of an operator's, with a time in which to answer them."""

import pytest
from operator_lab import ask, go, study

from parleyrun import OperatorError
from parleyrun.config.texts import Texts

QUESTION = "Message from the people who run this study: cat?"


def checked(lab, who):
    """Return what is on record of somebody's answers, newest first."""
    acts = ask(lab, "person", person=who).acts
    return [(act.details["answer"], act.details["right"]) for act in acts if act.verb == "checked"]


def test_an_answer_is_on_record_with_its_time_and_nobody_else_reads_it():
    with study() as lab:
        ann, bob = go(lab, "talk", "ann", "bob")
        done = ask(lab, "check", text="cat?", seconds=30, person="ann")
        assert done.told == 1
        assert ann.heard[-1] == QUESTION
        assert ann.lines[-1].message.extra == {"operator": True}
        lab.advance(4)
        before = [*bob.heard]
        ann.says("a dog")
        assert ann.heard[-1] == Texts().check_answered
        assert bob.heard == before
        (act, _) = ask(lab, "person", person="ann").acts
        assert (act.by, act.verb, act.target) == ("parleyrun", "checked", "memory:ann")
        assert act.details == {
            "check": done.act, "text": "cat?", "answer": "a dog", "right": None, "seconds": 4.0, "was_here": True,
        }  # fmt: skip
        ann.says("hello bob")
        assert bob.heard[-1] == "hello bob"
        lab.advance(60)
        assert len(checked(lab, "ann")) == 1


def test_with_quick_replies_all_else_is_talk_and_a_wrong_answer_is_as_none():
    with study() as lab:
        ann, bob = go(lab, "talk", "ann", "bob")
        ask(lab, "check", text="cat?", seconds=30, conversation="talk/t_1", replies=["Yes", "No"], answer="no",
            otherwise="note")  # fmt: skip
        assert ann.lines[-1].message.quick_replies == ("Yes", "No")
        ann.says("hm, what is that?")
        assert bob.heard[-1] == "hm, what is that?"
        ann.says("no ")
        bob.says("YES")
        assert (checked(lab, "ann"), checked(lab, "bob")) == ([("no ", True)], [("YES", False)])
        notes = [act.details["text"] for act in ask(lab, "person", person="bob").acts if act.verb == "note"]
        assert notes == ["a wrong answer to: cat?"]
        assert (ann.place, bob.place) == ("task", "task")


def test_who_waits_is_asked_once_and_goes_out_without_an_answer_in_time():
    with study() as lab:
        (ann,) = go(lab, "talk", "ann")
        (cat,) = go(lab, "chat", "cat")
        check = {"text": "cat?", "seconds": 20, "task": "talk", "otherwise": "out", "outcome": "left"}
        assert ask(lab, "check", **check).told == 1
        assert QUESTION not in cat.heard
        with pytest.raises(OperatorError, match="there is nobody to ask: 1 are there, and have a question open"):
            ask(lab, "check", **check)
        lab.advance(21)
        assert ann.place == "gone"
        assert "Your completion code: C5" in ann.heard
        assert [(act.by, act.verb) for act in ask(lab, "person", person="ann").acts] == [
            ("parleyrun", "send"),
            ("parleyrun", "checked"),
        ]
        assert checked(lab, "ann") == [(None, None)]


def test_a_question_is_taken_back_and_who_has_left_is_on_record_as_gone():
    with study() as lab:
        ann, bob = go(lab, "talk", "ann", "bob")
        act = ask(lab, "check", text="cat?", seconds=20, conversation="talk/t_1", otherwise="out").act
        ann.says("EXIT")
        ask(lab, "send", person="bob", to="overworld")
        lab.advance(30)
        assert bob.place == "gone"
        with pytest.raises(OperatorError, match="nobody has that question open any more"):
            ask(lab, "undo", act=act)
        (cat,) = go(lab, "chat", "cat")
        act = ask(lab, "check", text="cat?", seconds=20, person="cat", otherwise="out").act
        ask(lab, "undo", act=act)
        lab.advance(30)
        assert cat.place == "waiting"
        ask(lab, "check", text="cat?", seconds=200, person="cat", otherwise="out")
        ask(lab, "send", person="cat", to="out")
        lab.advance(201)
        assert ask(lab, "person", person="cat").acts[0].details["was_here"] is False


def test_after_a_kill_the_time_begins_anew_and_an_answer_that_had_come_in_counts(path):
    with study(path) as lab:
        ann, bob = go(lab, "talk", "ann", "bob")
        ann.says("before")
        ask(lab, "check", text="cat?", seconds=30, conversation="talk/t_1", otherwise="out", outcome="left")
        lab.advance(25)
        lab.service.operators.checks.answered = lambda *_: None  # the process dies before it is looked at
        ann.says("dog")
        assert checked(lab, "ann") == []
        heard = [*bob.heard]
        lab.crash()
        assert checked(lab, "ann") == [("dog", None)]
        lab.advance(29)
        assert bob.place == "task"
        assert bob.heard == heard
        lab.advance(2)
        assert (ann.place, bob.place) == ("overworld", "gone")
        assert lab.service._context.controls.values == {}
