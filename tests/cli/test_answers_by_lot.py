"""What people who are played answer: to questions by lot, and to their link."""

from __future__ import annotations

from random import Random
from types import SimpleNamespace

from parleyrun.checks.answers_by_lot import UNKNOWN, AnswersByLot
from parleyrun.config.plan import config_from_mapping
from parleyrun.store.visit_keys import ENTRY


def config(*same):
    talk = {"task_world": "parleyrun.ready:Chat", "agents_required": 2, "same": list(same), "onboard": ["about"]}
    asked = {
        "language": {"ask": "Which?", "kind": "choice", "options": ["en", "de"]},
        "age": {"ask": "How old?", "kind": "number"},
    }
    return config_from_mapping(
        {"overworld": "parleyrun.ready:Menu", "tasks": {"talk": talk}, "forms": {"about": {"fields": asked}}}
    )


def given(*same):
    session = SimpleNamespace(stored_data={}, answers=None)
    session.onboarded = lambda answers: setattr(session, "answers", answers)
    by_lot = AnswersByLot(config(*same))
    by_lot.give(session, Random(1))
    return by_lot.values, session


def test_a_question_with_options_has_one_of_them_and_a_parameter_of_the_link_any_value():
    values, session = given("onboard.about.language", "arrival.site")
    assert values == {"onboard.about.language": ("en", "de"), "arrival.site": UNKNOWN}
    assert session.answers["about"]["language"] in ("en", "de")
    assert session.stored_data[ENTRY]["site"] in UNKNOWN


def test_what_is_asked_below_an_answer_takes_its_place():
    _, session = given("onboard.about", "onboard.about.age")
    assert session.answers["about"]["age"] in UNKNOWN
    assert ENTRY not in session.stored_data
