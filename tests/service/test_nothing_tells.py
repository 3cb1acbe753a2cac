"""Bots of which people are not told: what a person is shown is what a person's partner would have made it be."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from types import SimpleNamespace

import bot_models
import pytest

from parleyrun import DISCONNECT_TEXT
from parleyrun.message_marks import VERBATIM
from parleyrun.ready import Chat, Menu
from parleyrun.signals import Presence
from parleyrun.testing import rehearse

CHAT = "parleyrun.ready:Chat"
ECHO = {"model": "bot_models:Echo", "check": False}
BROKEN = {"model": "bot_models:Broken", "check": False}
HIDDEN = {"model": "seller", "disclose": False}


@pytest.fixture(autouse=True)
def nothing_asked():
    bot_models.forget()


def with_bot(model=ECHO, world=CHAT, **bot):
    task = {"task_world": world, "bots": {"Person 2": {**HIDDEN, **bot}}}
    return {"models": {"seller": model}, "tasks": {"talk": task}}


def with_person(world=CHAT):
    return {"tasks": {"talk": {"task_world": world, "agents_required": 2}}}


def presence(person):
    return [signal for signal in person.signals if isinstance(signal, Presence)]


def waits_until_filled(rehearsal, person, most=40):
    seconds = 0
    while person.place == "waiting" and seconds < most:
        rehearsal.advance(0.5)
        seconds += 0.5
    return seconds


FILLED = {
    "models": {"seller": ECHO},
    "tasks": {"talk": {"task_world": CHAT, "agents_required": 2, "fill_with": {**HIDDEN, "after": 20}}},
}


def test_nobody_waits_exactly_as_long_as_the_config_says_until_a_hidden_bot_sits_down(tmp_path):
    path = tmp_path / "talk.db"
    with rehearse(FILLED, store=path) as rehearsal:
        waits = []
        for name in ("ann", "bob", "cem", "dan"):
            person = rehearsal.person(name).arrives(opens=True)
            waits.append(waits_until_filled(rehearsal, person))
        assert all(15 <= seconds <= 25.5 for seconds in waits)
        assert len(set(waits)) > 2
    with closing(sqlite3.connect(path)) as connection, connection:
        kept = connection.execute("SELECT kind, why FROM study_answers ORDER BY n").fetchall()
    assert [kind for kind, _ in kept] == ["silent"] * 4
    for (_, why), seconds in zip(kept, waits, strict=True):
        after = float(why.removeprefix("sat down after ").partition(" s")[0])
        assert seconds - 0.6 <= after <= seconds


def test_that_time_is_the_same_after_a_restart(tmp_path):
    def wait(name, crashes):
        with rehearse(FILLED, store=tmp_path / f"{crashes}.db") as rehearsal:
            person = rehearsal.person(name).arrives(opens=True)
            rehearsal.advance(10)
            if crashes:
                rehearsal.crash()
            return waits_until_filled(rehearsal, person)

    assert [wait(name, True) for name in ("ann", "bob")] == [wait(name, False) for name in ("ann", "bob")]


@pytest.mark.parametrize("bot", [{"disclose": True}, {"pace": None}])
def test_a_bot_that_people_are_told_of_or_that_has_no_pace_sits_down_on_time(bot):
    task = {**FILLED["tasks"]["talk"], "fill_with": {**HIDDEN, **bot, "after": 20}}
    with rehearse({**FILLED, "tasks": {"talk": task}}) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        assert waits_until_filled(rehearsal, ann) == 20


def partner_leaves(store):
    """What somebody sees whose partner, a person, loses the connection for good."""
    with rehearse(with_person(), store=store) as rehearsal:
        ann, bob = (rehearsal.person(name).arrives(opens=True) for name in ("ann", "bob"))
        before = len(presence(ann))
        ann.says("hello?")
        bob.goes_away()
        rehearsal.advance(30)
        shown = [presence(ann)[before:]]
        rehearsal.advance(60)
        return shown, presence(ann)[before:], ann.heard, ann.place


def model_fails(store):
    with rehearse(with_bot(BROKEN), store=store) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        before = len(presence(ann))
        ann.says("hello?")
        rehearsal.advance(30)
        shown = [presence(ann)[before:]]
        rehearsal.advance(60)
        [figures] = rehearsal.app.models.figures()
        assert figures.failures == {"server error": 1}  # as the operator sees it
        return shown, presence(ann)[before:], ann.heard, ann.place


def test_where_its_model_fails_a_hidden_bot_leaves_as_a_person_does_and_the_record_says_why(tmp_path):
    assert model_fails(tmp_path / "bot.db") == partner_leaves(tmp_path / "person.db")
    with closing(sqlite3.connect(tmp_path / "bot.db")) as connection, connection:
        assert connection.execute("SELECT kind, why FROM study_answers").fetchall() == [
            ("failed", "the server is gone")
        ]
        [(outcome, reason)] = connection.execute("SELECT outcome, reason FROM runs WHERE kind = 'task'").fetchall()
    assert (outcome, reason) == ("left", "Person 2 left")


class Deaf(Chat):
    """Takes no notice of anybody's leaving."""

    def _hand_on(self, agent, act):
        if act["text"] != DISCONNECT_TEXT:
            super()._hand_on(agent, act)


def test_a_world_that_takes_no_notice_of_it_is_ended_with_the_same_words():
    def ends(values, leave):
        with rehearse({**values, "tick_seconds": 5}) as rehearsal:
            ann = rehearsal.person("ann").arrives(opens=True)
            leave(rehearsal, ann)
            rehearsal.advance(80)
            return ann.heard, ann.place

    def person_goes(rehearsal, ann):
        rehearsal.person("bob").arrives(opens=True)
        ann.says("hello?")
        rehearsal.person("bob").goes_away()

    deaf = f"{__name__}:Deaf"
    by_person = ends(with_person(deaf), person_goes)
    assert ends(with_bot(BROKEN, deaf), lambda rehearsal, ann: ann.says("hello?")) == by_person


def test_a_restart_while_it_is_leaving_begins_its_absence_anew(tmp_path):
    with rehearse(with_bot(BROKEN), store=tmp_path / "talk.db") as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        ann.says("hello?")
        rehearsal.advance(30)
        rehearsal.crash()
        rehearsal.advance(50)
        assert ann.place == "task"
        rehearsal.advance(20)
        assert presence(ann)[-2:] == [Presence("Person 2", "away"), Presence("Person 2", "left")]
        assert ann.place != "task"


def test_one_that_people_are_told_of_ends_its_conversation_at_once():
    with rehearse(with_bot(BROKEN, disclose=True)) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        ann.says("hello?")
        ann.sees("something went wrong on our side")


def after_a_restart(values, tmp_path, partner=None):
    with rehearse(values, store=tmp_path / f"{partner}.db") as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        if partner is not None:
            rehearsal.person(partner).arrives(opens=True)
        ann.says("hello")
        rehearsal.advance(60)
        rehearsal.crash(reconnect=False)
        ann.arrives()
        shown = [presence(ann)]
        rehearsal.advance(6)
        if partner is not None:
            rehearsal.person(partner).arrives()
        return shown, presence(ann)


def test_after_a_restart_of_the_service_it_is_away_and_back_as_a_person_is(tmp_path):
    away, back = Presence("Person 2", "away"), Presence("Person 2", "back")
    by_person = after_a_restart(with_person(), tmp_path, "bob")
    assert by_person == ([[away]], [away, back])
    assert after_a_restart(with_bot(), tmp_path) == by_person


def test_who_comes_back_later_than_it_sees_nothing_of_that(tmp_path):
    with rehearse(with_bot(), store=tmp_path / "talk.db") as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        ann.says("hello")
        rehearsal.advance(60)
        rehearsal.crash(reconnect=False)
        rehearsal.advance(6)
        ann.arrives()
        assert presence(ann) == []


def test_while_it_is_away_it_says_nothing(tmp_path):
    with rehearse(with_bot(), store=tmp_path / "talk.db") as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        rehearsal.crash()
        ann.says("hello")
        asked_while_away = list(bot_models.asked)
        rehearsal.advance(60)
        assert (asked_while_away, ann.heard) == ([], ["1: hello"])


class InItsName(Chat):
    """Says anew what somebody has said, in their name."""

    def _hand_on(self, agent, act):
        for other in self.agents:
            if other is not agent:
                other.observe({"id": agent.role, "text": act["text"]})


@pytest.mark.parametrize("bot", [True, False])
def test_what_a_world_says_in_its_name_is_formatted_as_a_persons_words_are(bot):
    worlds = SimpleNamespace(InItsName=InItsName, Menu=Menu)
    values = with_bot(world="InItsName", pace=None) if bot else with_person("InItsName")
    with rehearse({**values, "world_module": "worlds"}, worlds=worlds) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        if bot:
            ann.says("**no**")
        else:
            rehearsal.person("bob").arrives(opens=True).says("**no**")
        assert ann.lines[-1].message.extra.get(VERBATIM) is True
        assert ann.lines[-1].message.id == "Person 2"


def test_nobody_is_looked_up_who_has_left_a_conversation_with_a_hidden_bot(tmp_path, monkeypatch):
    config = {**with_bot(world=f"{__name__}:Deaf"), "disconnect_grace": 5}
    with rehearse(config, store=tmp_path / "bot.db") as rehearsal:
        (ann,) = rehearsal.people("ann")
        ann.says("hi")
        assert ann.place == "task"
        looked_up = []
        store = rehearsal.service._store
        session = store.session
        monkeypatch.setattr(store, "session", lambda who: looked_up.append(who) or session(who))
        ann.goes_away()
        rehearsal.advance(30)
        assert len(rehearsal.service._runner) == 0
        assert rehearsal.service._sessions.everybody() == []
        assert looked_up == []
