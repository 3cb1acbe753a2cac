"""Lines that are looked at before they are delivered: by the world module, or by a model."""

import sqlite3
from contextlib import closing
from types import SimpleNamespace

import bot_models
import pytest

from parleyrun import HOLD
from parleyrun.ready import Chat, Menu
from parleyrun.signals import Growing
from parleyrun.testing import rehearse

ECHO = {"model": "bot_models:Echo", "check": False}
GUARD = {"model": "bot_models:Guard", "check": False}


@pytest.fixture(autouse=True)
def nothing_asked():
    bot_models.forget()


def verdict_in(message, seat):
    """What is between the brackets is the verdict."""
    word = message["text"].partition("[")[2].partition("]")[0]
    return {"": None, "refuse": False, "hold": HOLD, "change": message["text"].replace("[change]", "…")}[word]


def config(**more):
    task = {"task_world": "Chat", "agents_required": 2, **more.pop("task", {})}
    return {"world_module": "worlds", "overworld": "Menu", "tasks": {"talk": task}, **more}


def rehearsed(hook=None, *, store=None, **more):
    worlds = SimpleNamespace(Chat=Chat, Menu=Menu, **({"before_delivery": hook} if hook else {}))
    return rehearse(config(**more), worlds=worlds, store=store)


def two_in_talk(rehearsal):
    ann, bob = rehearsal.people("ann", "bob")
    for person in (ann, bob):
        person.says("hi")
    return ann, bob


LINES = ("one", "two [refuse]", "three [hold]", "four [change]", "five")
SHOWN = ["one", "four …", "five"]


class Waits(Chat):
    def parley(self):
        ann, bob = self.agents
        for text in LINES[:4]:
            bob.observe({"text": text})
        bob.observe({"text": f"five, {ann.act_blocking()['text']}"})
        self.over = True


def test_the_module_decides_what_becomes_of_a_line():
    with rehearsed(verdict_in) as rehearsal:
        ann, bob = two_in_talk(rehearsal)
        for line in LINES:
            ann.says(line)
        assert bob.heard == SHOWN


def test_after_a_crash_nobody_is_shown_what_was_held_and_the_record_has_it(tmp_path):
    store = tmp_path / "talk.db"
    with rehearsed(verdict_in, store=store) as rehearsal:
        ann, bob = two_in_talk(rehearsal)
        for line in LINES[:3]:
            ann.says(line)
        rehearsal.crash()
        for line in LINES[3:]:
            ann.says(line)
        assert bob.heard == SHOWN
    with closing(sqlite3.connect(store)) as connection, connection:
        rows = connection.execute("SELECT text, verdict, shown FROM moderated ORDER BY n").fetchall()
    assert rows == [
        ("two [refuse]", "refused", None),
        ("three [hold]", "held", None),
        ("four [change]", "changed", "four …"),
    ]


def test_a_parley_that_is_run_again_after_a_crash_has_what_was_said_and_asks_about_the_rest_only(tmp_path):
    asked = []

    def hook(message, seat):
        asked.append(message["text"])
        return verdict_in(message, seat)

    worlds = SimpleNamespace(Chat=Waits, Menu=Menu, before_delivery=hook)
    with rehearse(config(), worlds=worlds, store=tmp_path / "talk.db") as rehearsal:
        ann, bob = two_in_talk(rehearsal)
        rehearsal.crash()
        assert asked == list(LINES[:4])
        ann.says("Bob")
        assert bob.heard[:3] == ["one", "four …", "five, Bob"]


def test_a_model_is_asked_once_about_each_line_that_somebody_said():
    models = {"guard": GUARD}
    task = {"agents_required": 3}
    opt = {"chat": {"welcome": "Welcome!"}}
    with rehearsed(models=models, moderation={"model": "guard"}, task=task, opt=opt) as rehearsal:
        people = rehearsal.people("ann", "bob", "eve")
        for person in people:
            person.says("hi")
        for line in ("one", "two [refuse]", "three [hold]"):
            people[0].says(line)
        for person in people[1:]:
            assert person.heard == ["Welcome!", "one"]
    asked = bot_models.asked
    assert len(asked) == 3
    assert "Person 1 says to Person 2:\none\n" in asked[0]
    assert "Answer with one word: allow, refuse or hold." in asked[0]


@pytest.mark.parametrize("word", ["perhaps", "fail", "allow it"])
def test_a_line_is_held_if_the_model_fails_or_answers_anything_else(word, tmp_path):
    store = tmp_path / "talk.db"
    with rehearsed(models={"guard": GUARD}, moderation={"model": "guard"}, store=store) as rehearsal:
        ann, bob = two_in_talk(rehearsal)
        ann.says(f"one [{word}]")
        ann.says("two [Allow]")
        assert bob.heard == ["two [Allow]"]
    with closing(sqlite3.connect(store)) as connection, connection:
        ((verdict, reason),) = connection.execute("SELECT verdict, reason FROM moderated").fetchall()
    assert verdict == "held"
    assert reason.startswith("the moderator guard ")
    assert "the server is gone" in reason or repr(word) in reason


def test_what_the_module_lets_pass_the_model_looks_at_as_it_would_be_shown():
    def hook(message, seat):
        return False if "never" in message["text"] else message["text"].replace("bad", "[refuse]")

    with rehearsed(hook, models={"guard": GUARD}, moderation={"model": "guard"}) as rehearsal:
        ann, bob = two_in_talk(rehearsal)
        for line in ("never this", "bad words", "good words"):
            ann.says(line)
        assert bob.heard == ["good words"]
        assert len(bot_models.asked) == 2


def test_while_lines_are_looked_at_the_words_of_bots_do_not_grow():
    task = {"agents_required": 1, "bots": {"Seller": "seller"}}
    shown = []
    with rehearsed(verdict_in, models={"seller": ECHO}, task=task) as rehearsal:
        signal = rehearsal.channel.signal
        rehearsal.channel.signal = lambda who, what: (shown.append(what), signal(who, what))
        ann = rehearsal.person("ann")
        ann.says("hi")
        ann.says("how much? [change]")
        assert ann.heard == ["1: how much? …"]
        assert [what for what in shown if isinstance(what, Growing)] == []


def test_what_a_moderator_takes_counts_for_the_study():
    limits = {"max_tokens_total": 15}
    echo_guard = {"model": "bot_models:Echo", "check": False}
    with rehearsed(models={"guard": echo_guard}, moderation={"model": "guard"}, limits=limits) as rehearsal:
        ann, bob = two_in_talk(rehearsal)
        for line in ("one", "two", "three"):
            ann.says(line)
        assert bob.heard == []
        assert len(bot_models.asked) == 2  # the third would have been beyond the limit
