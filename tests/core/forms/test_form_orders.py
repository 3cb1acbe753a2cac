"""Questions and answers in an order of each person's own: the same each time, and on record."""

from __future__ import annotations

from collections import Counter
from typing import Any

from form_lab import opened

from parleyrun import Form

LETTERS = list("abcd")


def shuffled(fields: dict[str, Any], participant: str, **more: Any) -> list[str]:
    made = Form.from_mapping({"fields": fields, **more}, "f").shuffled_for(participant)
    return [field.name for field in made.fields]


def options(participant: str, **more: Any) -> list[str]:
    choice = {"kind": "choice", "ask": "?", "options": [*LETTERS, {"label": "other", "fixed": True}], **more}
    made = Form.from_mapping({"fields": {"q": choice}}, "f").shuffled_for(participant)
    return made.order()["parts"].get("q", [])


def test_a_person_sees_the_same_order_each_time_and_others_another_one():
    orders = {tuple(options(f"browser:{number}", shuffle="options")) for number in range(200)}

    assert options("browser:7", shuffle="options") == options("browser:7", shuffle="options")
    assert len(orders) == 24
    assert all(order[-1] == "other" for order in orders)


def test_this_order_stays_whatever_python_it_is():
    assert options("browser:someone", shuffle="options") == ["b", "a", "c", "d", "other"]


def test_each_order_comes_as_often_as_others():
    counts = Counter(options(f"browser:{number}", shuffle="options")[0] for number in range(2_000))

    assert set(counts) == set(LETTERS)
    assert all(400 < count < 600 for count in counts.values())


def test_nothing_is_shuffled_that_is_not_to_be():
    assert options("browser:a") == []
    fields = {name: {"kind": "yes_no", "ask": "?"} for name in LETTERS}
    assert {tuple(shuffled(fields, f"browser:{number}")) for number in range(20)} == {tuple(LETTERS)}


def test_questions_are_shuffled_on_their_page_and_what_is_to_be_read_stays():
    fields = {
        "intro": {"kind": "info", "text": "Hello"},
        **{name: {"kind": "yes_no", "ask": "?"} for name in LETTERS},
        "last": {"kind": "yes_no", "ask": "?", "page": 2},
    }
    orders = {tuple(shuffled(fields, f"browser:{number}", shuffle="items")) for number in range(100)}

    assert len(orders) > 15
    assert all(order[0] == "intro" and order[-1] == "last" for order in orders)


def test_a_question_that_follows_from_others_stays_behind_them():
    yes = {"kind": "yes_no", "ask": "?"}
    fields = {"a": yes, "b": yes, "why": {**yes, "show_if": {"a": True, "b": True}}, "c": yes, "d": yes}
    orders = {tuple(shuffled(fields, f"browser:{number}", shuffle="items")) for number in range(100)}

    assert len(orders) > 3
    for order in orders:
        at = order.index("a")
        assert order[at : at + 3] == ("a", "b", "why")


def test_answers_keep_the_order_in_which_they_are_written():
    fields = {
        "c": {"kind": "choices", "ask": "?", "options": LETTERS, "shuffle": "options"},
        "m": {"kind": "matrix", "ask": "?", "items": LETTERS, "from": 1, "to": 3, "shuffle": "items"},
    }
    state = opened(fields)
    seen = state.shown.order()["parts"]

    assert seen["c"] != LETTERS or seen["m"] != LETTERS
    state.answer("c", list(reversed(LETTERS)), 1_000)
    state.answer("m", dict.fromkeys(reversed(LETTERS), 2), 2_000)
    assert state.answers()["c"] == LETTERS
    assert list(state.answers()["m"]) == LETTERS
    assert state.record()["order"] == {"fields": ["c", "m"], "parts": seen}
