"""Bots that sit there, or of which people are told, for some values of the conditions only."""

import bot_models
import pytest

from parleyrun import ConfigError
from parleyrun.app.planning import plan_of
from parleyrun.core.bot_seats.bot_agent import BOT_MARK
from parleyrun.core.bot_seats.bot_settings import Pace
from parleyrun.ready import Chat
from parleyrun.testing import rehearse

CHAT = "parleyrun.ready:Chat"
SELLER = {"seller": {"model": "bot_models:Echo", "check": False}}
OPENLY = {"when": {"told": "openly"}, "then": True, "else": False}


@pytest.fixture(autouse=True)
def nothing_asked():
    bot_models.forget()


def study(conditions, **task):
    whole = {"task_world": CHAT, **task}
    return {"models": SELLER, "conditions": conditions, "tasks": {"talk": whole}}


def all_say_hi(rehearsal, *names):
    people = rehearsal.people(*names)
    for person in people:
        person.says("hi")
    return people


def value_of(rehearsal, person, condition):
    return rehearsal.service._sessions.get(person.id).condition[condition]


def test_bots_take_the_places_of_those_who_did_not_come_in_one_condition_only(tmp_path):
    filling = {"model": "seller", "after": 20, "when": {"partner": "model"}}
    config = study({"partner": {"values": ["human", "model"]}}, agents_required=2, fill_with=filling)
    with rehearse(config, store=tmp_path / "talk.db") as rehearsal:
        people = all_say_hi(rehearsal, "ann", "bob")
        by_value = {value_of(rehearsal, person, "partner"): person for person in people}
        rehearsal.advance(40)
        assert (by_value["model"].place, by_value["human"].place) == ("task", "waiting")
        rehearsal.crash()
        rehearsal.advance(40)
        assert (by_value["model"].place, by_value["human"].place) == ("task", "waiting")
        by_value["model"].says("how much?")
        assert by_value["model"].heard[-1] == "1: how much?"


@pytest.mark.parametrize("per", ["participant", "group"])
@pytest.mark.parametrize("seat", ["bots", "fill_with"])
def test_people_are_told_of_a_bot_in_one_condition_and_not_in_the_other(seat, per, tmp_path):
    bot = {"model": "seller", "disclose": OPENLY}
    task = {"bots": {"Seller": bot}} if seat == "bots" else {"agents_required": 2, "fill_with": bot}
    config = study({"told": {"values": ["openly", "not"], "per": per}}, **task)
    with rehearse(config, store=tmp_path / "talk.db") as rehearsal:
        names = ["ann", "bob"]
        if seat == "bots":
            people = all_say_hi(rehearsal, *names)
        else:
            people = []
            for name in names:  # one at a time: who is in the same condition waits for the other
                people += all_say_hi(rehearsal, name)
                rehearsal.advance(30)
        rehearsal.crash()
        rehearsal.advance(10)
        marks = {}
        for person in people:
            person.says("how much?")
            rehearsal.advance(60)
            marks[value_of(rehearsal, person, "told")] = person.lines[-1].message.extra.get(BOT_MARK, False)
            assert person.heard[-1] == "1: how much?"
        assert marks == {"openly": True, "not": False}


def test_whether_people_are_told_is_all_that_differs():
    config = study(
        {"told": {"values": ["openly", "not"]}}, bots={"Seller": {"model": "seller", "disclose": OPENLY}}
    )
    task = plan_of(config, defaults={"task_name": "t"})
    told, hidden = (task.tasks["talk"].under({"told": value}).bots["Seller"] for value in ("openly", "not"))
    assert (told.disclose, hidden.disclose) == (True, False)
    assert told.pace == hidden.pace == Pace()


def test_a_bot_that_depends_on_a_condition_of_groups_sits_there_beside_one_of_participants():
    conditions = {
        "tone": {"values": ["warm", "cold"]},
        "host": {"values": ["none", "bot"], "per": "group", "weights": {"none": 0}},
    }
    config = study(conditions, bots={"Host": {"model": "seller", "when": {"host": "bot"}}})
    with rehearse(config) as rehearsal:
        (ann,) = all_say_hi(rehearsal, "ann")
        ann.says("hello")
        assert ann.heard[-1] == "1: hello"


@pytest.mark.parametrize(("most", "fits"), [(2, True), (1, False)])
def test_whether_a_world_has_room_goes_by_each_conversation_there_can_be(most, fits):
    conditions = {"partner": {"values": ["human", "model"]}}
    agents = {"when": {"partner": "human"}, "then": 2, "else": 1}
    bots = {"Seller": {"model": "seller", "when": {"partner": "model"}}}
    config = study(conditions, agents_required=agents, bots=bots)
    config["tasks"]["talk"]["task_world"] = f"{__name__}:Room{most}"
    if fits:
        plan_of(config, defaults={"task_name": "t"})
    else:
        with pytest.raises(ConfigError, match="too-many-agents"):
            plan_of(config, defaults={"task_name": "t"})


class Room2(Chat):
    MAX_AGENTS = 2


class Room1(Chat):
    MAX_AGENTS = 1
