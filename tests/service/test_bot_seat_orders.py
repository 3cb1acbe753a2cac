"""Bots' seats that operators take over, and models that go on in others' stead."""

import bot_models
import pytest
from operator_lab import ask, go, study

from parleyrun import OperatorError


@pytest.fixture(autouse=True)
def nothing_asked():
    bot_models.forget()


def says(lab, person, text):
    """Have somebody say something, and let the bots take their time."""
    person.says(text)
    lab.advance(60)


@pytest.fixture(params=["memory", "file"])
def lab(request, path):
    """A study in whose task `haggle` one person talks with two bots."""
    task = {
        "task_world": "Chat",
        "agents_required": 2,
        "roles": {"Customer": {}, "Friend": {}},
        "bots": {"Seller": {"model": "seller", "disclose": False}},
    }
    with study(path if request.param == "file" else None, tasks={"talk": task, "chat": task}) as rehearsal:
        go(rehearsal, "talk", "ann", "bob")
        yield rehearsal


def test_what_a_taken_seat_says_waits_and_is_shown_to_all_as_it_is_or_in_other_words(lab):
    ann, bob = lab.person("ann"), lab.person("bob")
    ask(lab, "take", conversation="talk/t_1", role="Seller", by="wizard")
    before = len(ann.heard)
    says(lab, ann, "how much?")
    assert bob.heard[-1] == "how much?"
    assert len(ann.heard) == before
    one, other = ask(lab, "held").held
    assert {one.person, other.person} == {"memory:ann", "memory:bob"}
    assert (one.speaker, one.text) == ("Seller", "1: how much?")
    assert ask(lab, "release", line=one.line, text="Ten dollars.").told == 2
    assert ask(lab, "held").held == ()
    for person in (ann, bob):
        assert person.heard[-1] == "Ten dollars."
        shown = person.lines[-1].message
        assert (shown.id, dict(shown.extra)) == ("Seller", {})
    says(lab, ann, "too much")
    ask(lab, "release", line=ask(lab, "held").held[0].line)
    assert bob.heard[-1] == ann.heard[-1] == "2: too much"
    ask(lab, "give", conversation="talk/t_1", role="Seller")
    says(lab, ann, "well")
    assert bob.heard[-1] == "3: well"
    assert [(act.by, act.verb) for act in ask(lab, "acts").acts][-1] == ("wizard", "take")


def test_a_taken_seat_is_taken_after_a_kill_and_what_it_said_before_is_still_held(path):
    with study(path) as lab:
        (ann,) = go(lab, "haggle", "ann")
        act = ask(lab, "take", conversation="haggle/t_1", role="Seller").act
        ask(lab, "take", conversation="haggle/t_1", role="Buyer")
        before = len(ann.heard)
        says(lab, ann, "how much, Buyer?")
        lab.crash()
        assert len(ann.heard) == before
        lab.advance(60)
        held = {line.speaker: line.line for line in ask(lab, "held").held}
        ask(lab, "release", line=held["Seller"], text="Ten.")
        assert ann.heard[before:] == ["Ten."]
        ask(lab, "undo", act=act)
        ask(lab, "end", conversation="haggle/t_1")
        with pytest.raises(OperatorError, match="that conversation is over"):
            ask(lab, "undo", act=act)
        assert lab.service._context.controls.values == {}


def test_another_model_goes_on_and_knows_what_was_said(lab):
    ann = lab.person("ann")
    says(lab, ann, "one")
    assert ann.heard[-1] == "1: one"
    act = ask(lab, "model", conversation="talk/t_1", role="Seller", model="other").act
    says(lab, ann, "two")
    # It has heard both lines, and was told that it has said one itself.
    assert ann.heard[-1] == "2: two"
    assert bot_models.introduced[-1]["role"] == "Seller"
    (row,) = ask(lab, "conversations").conversations
    assert [(bot.role, bot.model, bot.taken) for bot in row.bots] == [("Seller", "other", False)]
    ask(lab, "undo", act=act)
    says(lab, ann, "three")
    assert ann.heard[-1] == "3: three"


def test_a_changed_model_is_the_one_that_speaks_after_a_kill(path):
    with study(path) as lab:
        (ann,) = go(lab, "haggle", "ann")
        says(lab, ann, "one")
        ask(lab, "model", conversation="haggle/t_1", role="Seller", model="other")
        lab.crash()
        said = len(ann.heard)
        says(lab, ann, "two")
        assert len(ann.heard) > said
        (bot,) = [bot for bot in ask(lab, "conversations").conversations[0].bots if bot.role == "Seller"]
        assert bot.model == "other"


@pytest.mark.parametrize(
    ("verb", "values", "why"),
    [
        ("take", {"role": "Customer"}, "expected a bot's seat, got 'Customer', where a person sits"),
        ("take", {"role": "Nobody"}, "there is no bot 'Nobody' in that conversation; its bots are Seller"),
        ("give", {"role": "Seller"}, "it is so already"),
        ("model", {"role": "Seller", "model": "ohter"}, "there is no model 'ohter'"),
        ("model", {"role": "Seller"}, "it is so already"),
    ],
)
def test_what_is_no_bots_seat_or_no_model_is_refused(lab, verb, values, why):
    with pytest.raises(OperatorError, match=why):
        ask(lab, verb, conversation="talk/t_1", **values)
    assert ask(lab, "acts").acts == ()
