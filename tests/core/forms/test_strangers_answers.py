"""Whatever a client sends becomes answers or sentences: never an exception, and never much work."""

from __future__ import annotations

import contextlib
import json
import pickle
from functools import cache
from typing import Any

import pytest
from examples import examples
from form_lab import EVERY_KIND, RIGHT, TEXTS, calls_of, opened, question, sent
from hypothesis import given
from hypothesis import strategies as st

from parleyrun import Form
from parleyrun.core.forms.answer_fault import AnswerFault
from parleyrun.core.forms.fields.form_field import FormField
from parleyrun.core.forms.form_answers import FormAnswers, answers_in
from parleyrun.core.forms.form_dialogue import FormDialogue
from parleyrun.core.forms.form_payloads import form_payload, state_payload
from parleyrun.core.forms.form_state import FormState
from parleyrun.core.message import FrozenDict

ODD = st.sampled_from(
    [
        "",
        " ",
        "\ud800",
        "a\x00b",
        "north",
        "tea",
        "1",
        "1,5",
        "1.500",
        "9" * 400,
        "2001-01-01",
        "0.25",
        "back",
        "/skip",
    ]
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10),
    st.integers(),
    st.just(10**4000),
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=8),
    ODD,
)
NAMES = st.one_of(st.sampled_from([*EVERY_KIND, "kind", "clever", "x", ""]), st.text(max_size=4))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=6,
)
GIVEN = st.one_of(*(st.tuples(st.just(name), st.one_of(st.just(value), VALUES)) for name, value in RIGHT.items()))
SENT = st.builds(
    lambda answers, times, through: FormAnswers(answers=FrozenDict(dict(answers)), times=times, through=through),
    st.lists(st.one_of(GIVEN, st.tuples(NAMES, VALUES)), max_size=12),
    st.dictionaries(NAMES, VALUES, max_size=4),
    st.one_of(st.none(), st.integers(), st.sampled_from([1, 2]), st.just("all")),
)


@cache
def every_kind() -> Form:
    fields = {name: {**field, "page": 1 + (index > 5)} for index, (name, field) in enumerate(EVERY_KIND.items())}
    fields["warm"] = {**fields["warm"], "show_if": {"agree": True, "glad": {"above": 2}}}
    fields["age"] = {**fields["age"], "correct": 40, "tries": 2, "after_failing": {"end": "failed"}}
    return Form.from_mapping({"fields": fields, "shuffle": "items"}, "f")


def plain(state: FormState) -> str:
    """Return all that is known of a state as JSON, as strict as there is."""
    known = [state.record(), form_payload(state), state_payload(state, {})]
    text = json.dumps(known, allow_nan=False)
    json.dumps(known, ensure_ascii=False).encode()
    return text


@pytest.mark.parametrize("name", RIGHT)
@given(VALUES)
def test_no_value_breaks_a_question(name: str, value: Any):
    field: FormField = every_kind().questions[name]
    for take in (field.answer, field.draft):
        with contextlib.suppress(AnswerFault):
            taken = take(value, TEXTS)
            assert field.draft(taken, TEXTS) is not None or taken is None
            assert take(taken, TEXTS) == taken  # what goes on record is an answer itself


WHOLE = st.builds(
    lambda through, name, value: FormAnswers(
        answers={**RIGHT, **({name: value} if name else {})}, through=through
    ),
    st.sampled_from([None, 1, "all"]),
    st.sampled_from([None, None, *RIGHT]),
    VALUES,
)


@given(st.lists(st.one_of(SENT, WHOLE), max_size=6))
@examples(150)
def test_a_form_takes_anything_in_any_order_and_stays_what_it_is(those: list[FormAnswers]):
    state, twin = FormState(every_kind(), "browser:a"), FormState(every_kind(), "browser:a")
    for number, each in enumerate(those):
        before = state.status
        errors = state.take(each, number * 1_000)
        assert all(isinstance(said, str) and said for said in errors.values())
        assert set(errors) <= {"", *state.form.questions}
        assert before == "open" or (state.status == before and errors)
        assert state.status == "open" or not errors or before != "open"
        assert 1 <= state.page <= 2
        state = pickle.loads(pickle.dumps(state))
        assert twin.take(each, number * 1_000) == errors
    assert plain(state) == plain(twin)
    if state.status == "done":
        again = FormState(every_kind(), "browser:a")
        again.take(FormAnswers(answers=state.answers(), through="all"), 0)
        if state.checks.get("age"):
            assert again.answers() == state.answers()
            assert again.status == "done"


@given(st.lists(st.one_of(ODD, st.text(max_size=10), st.sampled_from(["yes", "no", "2", "3 1 2", "40", "skip"]))))
@examples(150)
def test_a_dialogue_takes_any_words(words: list[str]):
    dialogue = FormDialogue(FormState(every_kind(), "messenger:1"))
    twin = FormDialogue(FormState(every_kind(), "messenger:1"))
    assert dialogue.acts(0) == twin.acts(0)
    for number, text in enumerate(words):
        dialogue.take(text, number)
        twin.take(text, number)
        acts = dialogue.acts(number)
        assert acts == twin.acts(number)
        assert acts or dialogue.over or dialogue.state.next_question() is not None
        for act in acts:
            assert act["text"] or act["payload"]
            assert len(act.get("quick_replies", ())) <= 13
        dialogue = pickle.loads(pickle.dumps(dialogue))
    assert plain(dialogue.state) == plain(twin.state)


@given(
    VALUES,
    st.dictionaries(st.sampled_from(["type", "form", "number", "answers", "times", "page", "done"]), VALUES),
)
def test_any_payload_is_answers_to_this_form_or_none(value: Any, more: dict[str, Any]):
    payload = {"type": "answers", "form": "f", "number": 1, **more}
    state = opened(EVERY_KIND)
    assert answers_in(value, "f", 1) is None
    answers = answers_in(payload, "f", 1)
    if answers is not None:
        state.take(answers, 0)
        plain(state)


MANY = [f"option {number}" for number in range(10_000)]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("choice", MANY[-1]),
        ("choice", "x" * 1_000_000),
        ("choices", MANY),
        ("choices", MANY * 5),
        ("rank", MANY[::-1]),
        ("rank", [[]] * 10_000),
    ],
)
def test_ten_thousand_options_cost_little_per_option(kind: str, value: Any):
    field = question(kind, options=MANY)

    def take() -> None:
        with contextlib.suppress(AnswerFault):
            field.answer(value, TEXTS)

    assert calls_of(take) < 60_000


@pytest.mark.parametrize("words", ["option 9999", ",".join(MANY), "option", "x," * 500_000, "1 " * 500_000])
def test_words_for_ten_thousand_options_cost_little_per_option(words: str):
    field = question("choices", options=MANY)

    def read() -> None:
        with contextlib.suppress(AnswerFault):
            field.typed(words, TEXTS)

    assert calls_of(read) < 60 * len(MANY)


def test_a_payload_of_ten_thousand_answers_is_refused_as_a_whole():
    state = opened({"a": {"kind": "yes_no", "ask": "?"}})
    answers = sent(**{f"q{number}": number for number in range(10_000)})

    assert calls_of(lambda: state.take(answers, 0)) < 100
    assert state.drafts == {}
