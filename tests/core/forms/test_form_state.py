"""One person filling in one form: field by field, page by page, to one of its ends."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from form_lab import EVERY_KIND, RIGHT, form, opened, sent

from parleyrun import Form
from parleyrun.core.forms.form_answers import FormAnswers, answers_in
from parleyrun.core.forms.form_payloads import form_payload, state_payload
from parleyrun.core.forms.form_state import FormState

CHOICE = {"kind": "choice", "ask": "?", "options": ["a", "b"]}
NOT_RIGHT = "That is not the right answer. Please read the text again, and answer once more."


def yes_no(**more: Any) -> dict[str, Any]:
    return {"kind": "yes_no", "ask": "?", **more}


def test_a_form_that_is_filled_in_is_done_and_has_typed_answers():
    state = opened(EVERY_KIND)

    assert state.take(sent(**RIGHT), 1_000) == {}
    assert (state.status, state.outcome) == ("done", "")
    assert state.answers() == {**RIGHT, "likes": ["tea", "milk"]}


def test_each_question_without_an_answer_is_named_and_nothing_is_lost():
    state = opened({"one": yes_no(), "two": CHOICE, "three": {**CHOICE, "required": False}})

    assert state.take(sent(one=True), 1_000) == {"two": "Please choose an answer."}
    assert state.status == "open"
    assert state.take(sent(two="b"), 2_000) == {}
    assert state.answers() == {"one": True, "two": "b", "three": None}


def test_answers_come_one_by_one_and_may_change_until_they_are_sent_off():
    state = opened({"one": CHOICE, "two": {"kind": "text", "ask": "?", "min_length": 5}})

    assert state.take(sent(None, one="a"), 1_000) == {}
    assert state.take(sent(None, two="abc"), 2_000) == {}  # more letters are to come
    assert state.take(sent(None, one="b"), 3_000) == {}
    assert state.take(sent(None, one="c"), 4_000) == {"one": "Please choose an answer."}
    assert state.drafts == {"one": "b", "two": "abc"}
    assert state.take(sent(), 5_000) == {"two": "Please write at least 5 characters."}
    assert state.take(sent(None, two=None), 6_000) == {}
    assert state.take(sent(), 7_000) == {"two": "Please write an answer."}


def test_half_a_form_goes_on_from_its_pickle_as_if_nothing_had_been():
    first = opened(EVERY_KIND)
    first.take(sent(None, agree=True, age="4", they={"kind": 2}), 1_000)
    second = pickle.loads(pickle.dumps(first))

    assert form_payload(second) == form_payload(first)
    assert second.take(sent(**RIGHT), 2_000) == {}
    assert first.take(sent(**RIGHT), 2_000) == {}
    assert second.record() == first.record()


def test_a_question_is_asked_only_where_earlier_answers_say_so():
    fields = {
        "smokes": yes_no(),
        "many": {"kind": "number", "ask": "?", "whole": True, "show_if": {"smokes": True}},
        "doctor": yes_no(show_if={"many": {"above": 19}}),
    }
    state = opened(fields)

    assert [field.name for field in state.asked()] == ["smokes"]
    assert state.take(sent(smokes=True), 1_000) == {"many": "Please enter a number."}
    assert state.take(sent(many=20), 2_000) == {"doctor": "Please choose an answer."}
    # Whoever changes their mind leaves the answers to what is not asked any more behind.
    assert state.take(sent(smokes=False, doctor="nonsense"), 3_000) == {}
    assert state.answers() == {"smokes": False, "many": None, "doctor": None}
    assert state.record()["not_asked"] == ["many", "doctor"]


@pytest.mark.parametrize(
    ("test", "asked"),
    [
        ({"c": "a"}, {"a": True, "b": False, None: False}),
        ({"c": {"not": "a"}}, {"a": False, "b": True, None: False}),
        ({"c": {"in": ["b", "z"]}}, {"a": False, "b": True, None: False}),
        ({"s": ["a", "b"]}, {"a": True, "b": True, None: False}),
        ({"s": {"not": "a"}}, {"a": False, "b": True, None: False}),
        ({"n": {"above": 1, "below": 3}}, {1: False, 2: True, 3: False, None: False}),
        ({"d": {"below": "2001-01-01"}}, {"2000-12-31": True, "2001-01-01": False, None: False}),
        ({"m.x": 2}, {2: True, 1: False, None: False}),
        ({"y": False}, {False: True, True: False, None: False}),
    ],
)
def test_what_a_question_depends_on_is_compared_as_it_says(test: dict[str, Any], asked: dict[Any, bool]):
    fields = {
        "c": {"kind": "choice", "ask": "?", "options": ["a", "b", "z"], "required": False},
        "s": {"kind": "choices", "ask": "?", "options": ["a", "b", "z"], "required": False},
        "n": {"kind": "number", "ask": "?", "required": False},
        "d": {"kind": "date", "ask": "?", "required": False},
        "m": {"kind": "matrix", "ask": "?", "items": ["x", "y"], "from": 1, "to": 3, "required": False},
        "y": yes_no(required=False),
        "last": yes_no(show_if=test),
    }
    name = next(iter(test))[0]
    for answer, is_asked in asked.items():
        given = [answer] if name == "s" and answer else {"x": answer} if name == "m" else answer
        state = opened(fields)
        state.take(sent(None, **{name: given}), 1_000)
        assert ("last" in [field.name for field in state.asked()]) is is_asked, answer


def test_who_declines_is_asked_nothing_more():
    state = opened({"agree": yes_no(decline=["no"]), "other": CHOICE})

    assert state.take(sent(None, agree=False), 1_000) == {}
    assert state.status == "open"  # as it may have been a slip
    assert state.take(sent(), 2_000) == {}
    assert (state.status, state.outcome) == ("declined", "declined")
    assert state.answers() == {"agree": False, "other": None}


def test_a_wrong_answer_may_be_given_once_more_where_there_are_tries():
    state = opened({"one": {**CHOICE, "correct": "b", "tries": 2}, "two": yes_no()})

    assert state.take(sent(one="a"), 1_000) == {"two": "Please choose an answer."}  # and no try is used
    assert state.take(sent(one="a", two=True), 2_000) == {"one": NOT_RIGHT}
    assert state.take(sent(one="b"), 3_000) == {}
    assert (state.status, state.checks, state.tries) == ("done", {"one": True}, {"one": ["a", "b"]})


def test_without_a_try_left_people_go_on_and_it_is_on_record():
    state = opened({"one": {**CHOICE, "correct": "b"}})

    assert state.take(sent(one="a"), 1_000) == {}
    assert (state.status, state.checks, state.answers()) == ("done", {"one": False}, {"one": "a"})


def test_without_a_try_left_the_form_may_end_with_an_outcome():
    check = {"correct": "b", "tries": 2, "after_failing": {"end": "failed_attention"}, "when_wrong": "No, look."}
    state = opened({"one": {**CHOICE, **check}})

    assert state.take(sent(one="a"), 1_000) == {"one": "No, look."}
    assert state.take(sent(one="a"), 2_000) == {}
    assert (state.status, state.outcome) == ("failed", "failed_attention")


def test_what_holds_for_all_checks_of_a_form_stands_there_once():
    fields = {"one": {**CHOICE, "correct": "b"}, "two": {**CHOICE, "correct": "b", "tries": 1}}
    end = {"end": "screened_out"}
    made = Form.from_mapping({"fields": fields, "tries": 3, "after_failing": end})
    checks = [field.check for field in made.fields]

    assert [(check.tries, check.ends_with) for check in checks if check] == [
        (3, "screened_out"),
        (1, "screened_out"),
    ]


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ({"kind": "choices", "options": ["a", "b", "c"], "correct": ["c", "a"]}, ["a", "c"], ["a"]),
        ({"kind": "number", "correct": 4}, "4", "5"),
        ({"kind": "scale", "from": 1, "to": 7, "correct": [6, 7]}, 6, 5),
        ({"kind": "text", "correct": ["Blue", "navy  blue"]}, "navy BLUE", "red"),
        ({"kind": "date", "correct": "2001-01-01"}, "1.1.2001", "2001-01-02"),
        ({"kind": "rank", "options": ["a", "b"], "correct": ["b", "a"]}, ["b", "a"], ["a", "b"]),
        (
            {"kind": "matrix", "items": ["x", "y"], "from": 1, "to": 3, "correct": {"x": 3}},
            {"x": 3, "y": 1},
            {"x": 1, "y": 3},
        ),
        ({"kind": "yes_no", "correct": False}, False, True),
    ],
)
def test_each_kind_knows_its_right_answers(question: dict[str, Any], right: Any, wrong: Any):
    for answer, passed in ((right, True), (wrong, False)):
        state = opened({"q": {"ask": "?", **question}})
        assert state.take(sent(q=answer), 1_000) == {}
        assert state.checks == {"q": passed}


def test_a_settled_answer_is_not_changed_any_more():
    pages = [{"fields": {"one": {**CHOICE, "correct": "b"}}}, {"fields": {"two": yes_no()}}]
    state = opened(Form.from_mapping({"pages": pages}))

    assert state.take(sent(1, one="a"), 1_000) == {}
    assert state.take(sent(one="b", two=True), 2_000) == {}
    assert (state.answers()["one"], state.checks) == ("a", {"one": False})


def test_a_form_goes_on_page_by_page_and_knows_where_it_is():
    pages = [{"fields": {"one": yes_no()}}, {"fields": {"two": yes_no()}}, {"fields": {"three": yes_no()}}]
    state = opened(Form.from_mapping({"pages": pages}))

    assert state.take(sent(1), 1_000) == {"one": "Please choose an answer."}
    assert state.page == 1
    assert state.take(sent(1, one=True), 2_000) == {}
    assert state.page == 2
    assert state.take(sent("all", two=True), 3_000) == {"three": "Please choose an answer."}
    assert state.page == 3
    state.take(sent(None, one=None), 4_000)
    assert set(state.take(sent("all", three=True), 5_000)) == {"one"}
    assert state.page == 1
    assert state.take(sent("all", one=False), 6_000) == {}
    assert state.status == "done"


@pytest.mark.parametrize("through", [0, -5, 10**9, "all"])
def test_a_page_that_there_is_not_leads_nowhere_it_should_not(through: Any):
    state = opened({"one": yes_no()})

    state.take(sent(through), 1_000)

    assert (state.page, state.status) == (1, "open")


def test_after_its_end_nothing_changes_a_form():
    state = opened({"one": yes_no()})
    state.take(sent(one=True), 1_000)
    before = state.record()

    assert state.take(sent(one=False), 2_000) == {"": "This form is closed. Nothing more can be answered in it."}
    assert state.answer("one", False, 3_000) == "This form is closed. Nothing more can be answered in it."
    state.end_early("timed_out")
    assert state.record() == before


def test_when_the_time_is_up_what_was_answered_counts():
    state = opened({"one": yes_no(), "two": yes_no()})
    state.take(sent(None, one=True), 1_000)
    state.end_early("timed_out")

    assert (state.status, state.answers()) == ("timed_out", {"one": True, "two": None})


def test_answers_to_questions_that_there_are_not_are_told_of_once():
    state = opened({"one": yes_no()})

    said = {"": "These answers belong to another form."}
    assert state.take(sent(None, one=True, two=1, three=2), 1_000) == said  # more than there are questions
    assert state.take(sent(None, two=1), 1_000) == said
    assert state.drafts == {}


def test_times_are_those_of_the_service_whatever_clock_a_client_has():
    state = opened({"one": yes_no(), "two": yes_no()})

    state.take(sent(None, {"one": {"shown": 900, "touched": 500, "changed": 100.4}}, one=True), 10_000)
    state.take(sent(None, {"one": {"shown": 50, "changed": 10}}, one=False), 11_000)
    state.take(sent("all", {"two": {"shown": -1, "touched": True, "changed": 1e300}, "x": 1}, two=True), 12_000)

    assert state.record()["times"] == {
        "one": {"shown": 9_100, "touched": 9_500, "changed": 10_990, "answered": 12_000},
        "two": {"shown": None, "touched": None, "changed": 12_000, "answered": 12_000},
    }


def test_the_page_is_told_all_that_it_shows_and_no_right_answer():
    made = form(
        one={**CHOICE, "correct": "b", "when_wrong": "look again", "tries": 9},
        two=yes_no(show_if={"one": "a"}, decline=[False]),
    )
    state = FormState(made, "browser:a", number=3)
    state.take(sent(None, one="a"), 1_000)

    shown = form_payload(state)

    assert shown["type"] == "form"
    assert shown["form"]["pages"] == [
        {
            "title": "",
            "text": "",
            "fields": [
                {
                    "name": "one",
                    "kind": "choice",
                    "ask": "?",
                    "help": "",
                    "required": True,
                    "show_if": [],
                    "options": [{"value": "a", "label": "a"}, {"value": "b", "label": "b"}],
                },
                {
                    "name": "two",
                    "kind": "yes_no",
                    "ask": "?",
                    "help": "",
                    "required": True,
                    "show_if": [{"field": "one", "test": "in", "values": ["a"]}],
                    "yes": "Yes",
                    "no": "No",
                },
            ],
        }
    ]
    assert {name: shown["form"][name] for name in ("name", "number", "page", "answers", "settled")} == {
        "name": "f",
        "number": 3,
        "page": 1,
        "answers": {"one": "a"},
        "settled": [],
    }
    assert not any(secret in repr(shown) for secret in ("correct", "look again", "decline", "9"))
    assert state_payload(state, {"one": "No."}) == {
        "type": "form_state",
        "form": "f",
        "number": 3,
        "status": "open",
        "page": 1,
        "settled": [],
        "errors": {"one": "No."},
    }


def test_answers_are_those_of_this_form_and_of_no_other():
    payload = {"type": "answers", "form": "f", "number": 2, "answers": {"a": 1}, "times": {"a": {}}, "page": 1}

    assert answers_in(payload, "f", 2) == FormAnswers(answers={"a": 1}, times={"a": {}}, through=1)
    assert answers_in({**payload, "done": True}, "f", 2) == FormAnswers(
        answers={"a": 1}, times={"a": {}}, through="all"
    )
    for other in ({"form": "g"}, {"number": 3}, {"number": True}, {"type": "form"}, {"answers": [1]}):
        assert answers_in({**payload, **other}, "f", 2) is None
    assert answers_in({**payload, "number": True}, "f", 1) is None
    assert answers_in({"type": "answers", "form": "f", "number": 2, "times": 5}, "f", 2) == FormAnswers()
    assert answers_in("answers", "f", 2) is None
