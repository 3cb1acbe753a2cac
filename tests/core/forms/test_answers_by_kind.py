"""Answers of each kind of question: what is taken, in which form, and what is said of the rest."""

from __future__ import annotations

import math
from typing import Any

import pytest
from form_lab import GERMAN, answered, question

LONG = 10**400
CHOOSE, WRITE, NUMBER = "Please choose an answer.", "Please write an answer.", "Please enter a number."
DATE = "Please enter a date as year-month-day, such as 2001-12-31."

TAKEN = [
    ("choice", {"options": ["a", "b"]}, "b", "b"),
    ("choice", {"options": [1, 2]}, "2", "2"),
    ("choices", {"options": ["a", "b", "c"]}, ["c", "a", "c"], ["a", "c"]),
    ("choices", {"options": ["a", "b"], "min": 0}, [], []),
    ("choices", {"options": ["a", {"label": "none", "alone": True}], "min": 2}, ["none"], ["none"]),
    ("choices", {"options": ["a", "b"], "required": False}, None, None),
    ("scale", {"from": -3, "to": 3}, -3, -3),
    ("scale", {"from": 1, "to": 7}, "7", 7),
    ("scale", {"from": 1, "to": 7}, 4.0, 4),
    ("number", {}, 1, 1.0),
    ("number", {}, "-0.5", -0.5),
    ("number", {}, "1,5", 1.5),
    ("number", {}, " 12 ", 12.0),
    ("number", {"whole": True}, "١٢", 12),
    ("number", {"whole": True}, "−3", -3),
    ("number", {"whole": True}, "12 500", 12500),
    ("number", {"whole": True, "unit": "kg"}, "80 KG", 80),
    ("number", {"required": False}, "", None),
    ("text", {}, " two\nlines ", "two lines"),
    ("text", {"lines": 3}, "two\r\nlines", "two\nlines"),
    ("text", {"lines": 2}, "half \ud83d", "half \ufffd"),
    ("text", {"pattern": r"\d{5}"}, "12345", "12345"),
    ("yes_no", {}, False, False),
    ("date", {}, "2001-02-03", "2001-02-03"),
    ("date", {}, "3. 2. 2001", "2001-02-03"),
    ("date", {}, "2001/2/3", "2001-02-03"),
    ("slider", {"from": 0, "to": 100, "step": 5}, 35, 35),
    ("slider", {"from": 0, "to": 1, "step": 0.1}, 0.1 + 0.2, 0.3),
    ("rank", {"options": ["a", "b", "c"]}, ["b", "c", "a"], ["b", "c", "a"]),
    ("matrix", {"items": ["x", "y"], "from": 1, "to": 3}, {"y": 2, "x": "1"}, {"x": 1, "y": 2}),
    ("matrix", {"items": ["x", "y"], "from": 1, "to": 3, "required": False}, {"x": 1}, {"x": 1, "y": None}),
    ("matrix", {"items": ["x"], "from": 1, "to": 3, "required": False}, {"x": None}, None),
]

REFUSED = [
    ("choice", {"options": ["a", "b"]}, "c", CHOOSE),
    ("choice", {"options": ["a", "b"]}, ["a"], CHOOSE),
    ("choice", {"options": ["a", "b"]}, "", CHOOSE),
    ("choices", {"options": ["a", "b"]}, [], CHOOSE),
    ("choices", {"options": ["a", "b"]}, "a", CHOOSE),
    ("choices", {"options": ["a", "b"]}, ["a"] * 10_000, CHOOSE),
    ("choices", {"options": ["a", "b", "c"], "min": 2}, ["a"], "Please choose at least 2."),
    ("choices", {"options": ["a", "b", "c"], "max": 2}, ["a", "b", "c"], "Please choose no more than 2."),
    (
        "choices",
        {"options": ["a", {"label": "none", "alone": True}]},
        ["a", "none"],
        "“none” cannot be chosen together with other answers.",
    ),
    ("scale", {"from": 1, "to": 7}, 8, "Please enter a number from 1 to 7."),
    ("scale", {"from": 1, "to": 7}, 1.5, "Please enter a whole number."),
    ("scale", {"from": 0, "to": 7}, True, NUMBER),
    ("scale", {"from": 1, "to": 7}, None, CHOOSE),
    ("number", {}, "many", NUMBER),
    ("number", {}, "1e5", NUMBER),
    ("number", {}, "1_000", NUMBER),
    ("number", {}, math.nan, NUMBER),
    ("number", {}, math.inf, NUMBER),
    ("number", {}, LONG, NUMBER),
    ("number", {}, "9" * 5_000, NUMBER),
    ("number", {}, {"a": 1}, NUMBER),
    ("number", {"whole": True}, "1.5", "Please enter a whole number."),
    (
        "number",
        {"whole": True},
        "1.500",
        "Please write the number without points or commas between the thousands.",
    ),
    ("number", {}, "1,500", "Please write the number without points or commas between the thousands."),
    ("number", {"min": 1, "max": 2.5}, 3, "Please enter a number from 1 to 2.5."),
    ("number", {"min": 1}, 0, "Please enter a number that is at least 1."),
    ("number", {"max": 1}, 2, "Please enter a number that is at most 1."),
    ("text", {}, "  \n ", WRITE),
    ("text", {}, 5, WRITE),
    ("text", {"min_length": 3}, "ab", "Please write at least 3 characters."),
    ("text", {"max_length": 3}, "abcd", "Please write no more than 3 characters."),
    ("text", {"pattern": r"\d{5}"}, "1234", "This does not have the form that is asked for."),
    ("text", {"pattern": r"\d{5}", "example": "04109"}, "1234", "Please write it like this: 04109"),
    ("yes_no", {}, 0, CHOOSE),
    ("yes_no", {}, "yes", CHOOSE),
    ("date", {}, "2001-02-30", DATE),
    ("date", {}, "20010203", DATE),
    ("date", {}, "3/2/2001", DATE),
    ("date", {}, 20010203, DATE),
    (
        "date",
        {"earliest": "2001-01-01", "latest": "2001-12-31"},
        "2002-01-01",
        "Please enter a date from 2001-01-01 to 2001-12-31.",
    ),
    ("date", {"earliest": "2001-01-01"}, "2000-01-01", "Please enter a date that is not before 2001-01-01."),
    ("date", {"latest": "2001-01-01"}, "2002-01-01", "Please enter a date that is not after 2001-01-01."),
    ("slider", {"from": 0, "to": 10}, 11, "Please enter a number from 0 to 10."),
    ("slider", {"from": 0, "to": 10, "step": 5}, 3, "Please enter a number from 0 to 10, in steps of 5."),
    ("slider", {"from": 0, "to": 10, "start": 5}, None, CHOOSE),
    ("rank", {"options": ["a", "b"]}, ["a"], "Please put all of them in order."),
    ("rank", {"options": ["a", "b"]}, ["a", "a"], "Please put all of them in order."),
    ("matrix", {"items": ["x", "y"], "from": 1, "to": 3}, {"x": 1}, "Please choose an answer in each row."),
    ("matrix", {"items": ["x", "y"], "from": 1, "to": 3}, {"z": 1}, "Please choose an answer in each row."),
    ("matrix", {"items": ["x"], "from": 1, "to": 3}, {"x": 4}, "Please enter a number from 1 to 3."),
    ("matrix", {"items": ["x"], "from": 1, "to": 3}, [1], "Please choose an answer in each row."),
]


@pytest.mark.parametrize(("kind", "settings", "value", "known"), TAKEN)
def test_an_answer_is_taken_as_a_typed_value(kind: str, settings: dict[str, Any], value: Any, known: Any):
    taken = answered(question(kind, **settings), value)

    assert taken == known
    assert type(taken) is type(known)


@pytest.mark.parametrize(("kind", "settings", "value", "said"), REFUSED)
def test_what_is_no_answer_is_refused_in_words(kind: str, settings: dict[str, Any], value: Any, said: str):
    assert answered(question(kind, **settings), value) == [said]


def test_decimals_are_written_as_in_the_language():
    amount = question("number", max=1.5)

    assert answered(amount, "1,250", GERMAN) == 1.25
    assert answered(amount, "0.125", GERMAN) == 0.125
    assert answered(amount, "1.250", GERMAN)[0].startswith("Please write the number without points")
    assert answered(amount, 2, GERMAN) == ["Please enter a number that is at most 1,5."]


def test_a_text_may_be_as_long_as_it_may_be_and_no_longer():
    text = question("text", max_length=4)

    assert answered(text, " 😀😀😀😀 ") == "😀😀😀😀"
    assert answered(text, "😀😀😀😀😀") == ["Please write no more than 4 characters."]


def test_what_commands_a_terminal_does_not_go_on_record():
    assert answered(question("text"), "a\x1b[2Jb\x00") == "a\ufffd[2Jb\ufffd"
