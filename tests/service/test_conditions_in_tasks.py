"""Conditions: assigned on the way to a pool, balanced over drop-outs and crashes, and what depends on them."""

from collections import Counter

import pytest

from parleyrun import ConfigError
from parleyrun.testing import FakeModel, rehearse

CHAT = {"task_world": "parleyrun.ready:Chat"}


def study(model=None, **more):
    return {
        "conditions": {"partner": {"values": ["human", "model"]}},
        "opt": {"chat": {"quit_words": "bye"}},
        "tasks": {
            "talk": {
                **CHAT,
                "agents_required": {"when": {"partner": "human"}, "then": 2, "else": 1},
                **({"bots": {"Seller": {"model": "seller", "when": {"partner": "model"}}}} if model else {}),
            }
        },
        **(
            {"models": {"seller": {"model": "chat_completions", "base_url": model.base_url, "name": "fake"}}}
            if model
            else {}
        ),
        "disconnect_grace": 5,
        **more,
    }


def conditions(rehearsal):
    rows = {}
    for person in rehearsal.everybody:
        session = rehearsal.service._sessions.get(person.id)
        rows[person.id] = session.condition.get("partner")
    return rows


def test_people_are_matched_with_those_of_their_condition_and_half_of_them_talk_with_a_model():
    with FakeModel("Ten euros.") as model, rehearse(study(model)) as rehearsal:
        people = rehearsal.people("ann", "bob", "cem", "dan")
        for person in people:
            person.says("hi")
        values = conditions(rehearsal)
        assert Counter(values.values()) == {"human": 2, "model": 2}
        humans = [person for person in people if values[person.id] == "human"]
        alone = [person for person in people if values[person.id] == "model"]
        assert [person.place for person in people] == ["task"] * 4
        humans[0].says("hello you")
        assert humans[1].heard[-1] == "hello you"
        alone[0].says("how much?")
        assert alone[0].heard[-1] == "Ten euros."


def test_over_two_hundred_arrivals_with_drop_outs_and_two_kills_the_cells_are_balanced_exactly(tmp_path):
    config = study(tasks={"talk": {**CHAT, "agents_required": 2}})
    with rehearse(config, store=tmp_path / "study.db") as rehearsal:
        for number in range(200):
            person = rehearsal.person(f"p{number}")
            person.says("hi")
            if number % 7 == 0:
                person.goes_away()
                rehearsal.advance(6)
            if number in (60, 140):
                rehearsal.crash()
        counts = rehearsal.service._context.assignments._counts["partner"]
        human, model = counts.cell("human"), counts.cell("model")
        assert human.begun + model.begun == 200
        assert human.dropped + model.dropped >= 29
        assert abs(human.counting - model.counting) <= 1


def test_a_condition_is_kept_over_a_crash_and_a_second_visit(tmp_path):
    with rehearse(study(), store=tmp_path / "study.db") as rehearsal:
        [ann] = rehearsal.people("ann")
        ann.says("hi")
        before = conditions(rehearsal)
        rehearsal.crash()
        assert conditions(rehearsal) == before
        ann.goes_away()
        rehearsal.advance(6)
        counts = rehearsal.service._context.assignments._counts["partner"]
        value = before[ann.id]
        assert (counts.cell(value).begun, counts.cell(value).dropped) == (1, 1)
        ann.comes_back()
        ann.says("hi again")
        assert conditions(rehearsal) == before
        assert (counts.cell(value).begun, counts.cell(value).dropped) == (1, 0)


def test_with_enough_of_each_value_nobody_else_gets_in():
    with rehearse(
        study(conditions={"partner": {"values": ["human", "model"], "quotas": {"human": 0, "model": 1}}})
    ) as rehearsal:
        ann, bob = rehearsal.people("ann", "bob")
        ann.says("hi")
        assert ann.place == "task"
        bob.says("hi")
        assert "Thank you for your interest! We have as many people as we need for now." in bob.heard
        assert bob.place == "overworld"


def test_a_condition_of_groups_is_drawn_at_the_match_and_the_same_for_all_of_a_group():
    config = study(
        conditions={"tone": {"values": ["warm", "cold"], "per": "group"}},
        tasks={"talk": {**CHAT, "agents_required": 2}},
    )
    with rehearse(config) as rehearsal:
        people = rehearsal.people("a", "b", "c", "d")
        for person in people:
            person.says("hi")
        tones = [rehearsal.service._sessions.get(person.id).condition["tone"] for person in people]
        assert tones[0] == tones[1]
        assert tones[2] == tones[3]
        assert set(tones) == {"warm", "cold"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"conditions": {"partner": {"values": ["one"]}}}, "bad-condition"),
        (
            {"conditions": {"partner": {"values": ["human", "model"], "weights": {"human": 0, "model": 0}}}},
            "bad-condition",
        ),
        ({"conditions": {"partner": {"values": ["person", "model"]}}}, "unknown-value"),
        ({"conditions": {"patner": {"values": ["human", "model"]}}}, "unknown-condition"),
        ({"conditions": {"partner": {"values": ["human", "model"], "per": "group"}}}, "bad-condition"),
    ],
)
def test_a_condition_that_cannot_be_is_a_finding(changes, code):
    with pytest.raises(ConfigError) as error:
        rehearse(study(**changes))
    assert code in {finding.code for finding in error.value.findings}
