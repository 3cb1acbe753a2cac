"""A form that is asked question by question, and answers in people's own words."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from form_lab import EVERY_KIND, GERMAN, Chat, opened

from parleyrun import Form
from parleyrun.core.forms.form_dialogue import FormDialogue
from parleyrun.core.forms.form_state import FormState

YES_NO = {"kind": "yes_no", "ask": "Well?"}


def chat(texts: Any = None, **fields: Any) -> Chat:
    made = Form.from_mapping({"fields": fields}, "f")
    return Chat(FormState(made, "messenger:1", texts=texts))


def one(kind: str, texts: Any = None, **more: Any) -> Chat:
    return chat(texts, q={"kind": kind, "ask": "Well?", **more}, after=YES_NO)


def answer_to(talk: Chat, *words: str) -> Any:
    """Return the answer to the first question after these words; None if it is still asked."""
    talk.shown()
    for each in words:
        talk.says(each)
    asked = talk.dialogue.state.next_question()
    return None if asked is not None and asked.name == "q" else talk.dialogue.state.answers()["q"]


def test_a_form_of_every_kind_is_asked_and_answered_in_words():
    talk = Chat(opened(EVERY_KIND))
    said = ["yes", "2", "tea, milk", "7", "40", "skip", "because", "1990-05-17", "0.25", "3 1 2", "5", "3"]

    assert talk.shown() == ["(1/11) Do you agree?"]
    shown = [talk.says(words) for words in said]

    assert talk.dialogue.over
    assert shown[-1] == ["Thank you."]
    assert talk.dialogue.state.answers() == {
        "agree": True,
        "place": "south",
        "likes": ["tea", "milk"],
        "glad": 7,
        "age": 40,
        "height": None,
        "why": "because",
        "born": "1990-05-17",
        "warm": 0.25,
        "best": ["c", "a", "b"],
        "they": {"kind": 5, "clever": 3},
    }


def test_a_form_begins_with_its_text_and_shows_what_is_to_be_read_before_a_question():
    pages = [
        {"fields": {"a": {"kind": "info", "text": "Look.", "image": {"url": "https://x.org/1.png", "alt": "A"}}}},
        {"title": "Two", "text": "Now this.", "fields": {"q": YES_NO}},
    ]
    made = Form.from_mapping({"title": "Survey", "text": "Hello.", "pages": pages})
    dialogue = FormDialogue(FormState(made, "messenger:1"))

    assert dialogue.acts(0) == [
        {"id": "", "text": "Survey\n\nHello."},
        {"id": "", "text": "Look."},
        {"id": "", "text": "", "payload": {"type": "image", "url": "https://x.org/1.png", "alt": "A"}},
        {"id": "", "text": "Two\n\nNow this."},
        {"id": "", "text": "Well?", "quick_replies": ["Yes", "No"]},
    ]
    assert dialogue.acts(0) == []


def test_a_form_that_asks_nothing_is_done_once_it_is_shown():
    made = Form.from_mapping({"fields": {"a": {"kind": "info", "text": "Thank you!"}}})
    talk = Chat(FormState(made, "messenger:1"))

    assert talk.shown() == ["Thank you!"]
    assert talk.dialogue.state.status == "done"


def offered_by(talk: Chat) -> list[str]:
    talk.shown()
    return talk.offered


CHOICE = {"options": ["Tea", "Coffee with milk", "Coffee"]}


@pytest.mark.parametrize(
    ("kind", "settings", "words", "answer"),
    [
        ("choice", CHOICE, "tea", "Tea"),
        ("choice", CHOICE, " COFFEE ", "Coffee"),
        ("choice", CHOICE, "2", "Coffee with milk"),
        ("choice", CHOICE, "#3.", "Coffee"),
        ("choice", CHOICE, "t", "Tea"),
        ("choice", CHOICE, "coffee w", "Coffee with milk"),
        ("choice", CHOICE, "coff", None),
        ("choice", CHOICE, "4", None),
        ("choice", CHOICE, "", None),
        ("choice", {"options": ["10", "20"]}, "2", "20"),
        ("choice", {"options": ["10", "20"]}, "1", "10"),
        ("choice", {"options": ["back", "front"]}, "back", "back"),
        ("choices", CHOICE, "1, 3", ["Tea", "Coffee"]),
        ("choices", CHOICE, "3 1", ["Tea", "Coffee"]),
        ("choices", CHOICE, "tea; coffee with milk", ["Tea", "Coffee with milk"]),
        ("choices", CHOICE, "tea, cocoa", None),
        ("scale", {"from": 1, "to": 3, "labels": ["never", "often", "always"]}, "often", 2),
        ("scale", {"from": 0, "to": 2, "labels": ["never", "often", "always"]}, "1", 1),
        ("scale", {"from": 0, "to": 2, "labels": ["never", "often", "always"]}, "3", None),
        ("scale", {"from": 1, "to": 5, "high": "very much"}, "very", 5),
        ("number", {"unit": "km"}, "3,5 km", 3.5),
        ("number", {}, "three", None),
        ("text", {}, "back", "back"),
        ("text", {"required": False}, "skip", "skip"),
        ("text", {"required": False}, "/skip", None),
        ("yes_no", {}, "y", True),
        ("yes_no", {}, "NO", False),
        ("yes_no", {"yes_label": "I agree", "no_label": "I do not"}, "no", False),
        ("yes_no", {"yes_label": "I agree", "no_label": "I do not"}, "i agree", True),
        ("yes_no", {"yes_label": "I agree", "no_label": "I do not"}, "I", None),
        ("date", {}, "17.5.1990", "1990-05-17"),
        ("slider", {"from": 0, "to": 10, "step": 5}, "5", 5),
        ("slider", {"from": 0, "to": 10, "step": 5}, "4", None),
        ("rank", {"options": ["a", "b", "c"]}, "b, c, a", ["b", "c", "a"]),
        ("rank", {"options": ["a", "b", "c"]}, "2 3", None),
    ],
)
def test_words_are_taken_for_what_they_mean(kind: str, settings: dict[str, Any], words: str, answer: Any):
    assert answer_to(one(kind, **settings), words) == answer


def test_yes_and_no_are_those_of_the_language():
    assert answer_to(one("yes_no", GERMAN), "nein") is False
    assert answer_to(one("yes_no", GERMAN), "yes") is None
    assert offered_by(one("yes_no", GERMAN)) == ["Ja", "Nein"]


def test_few_short_answers_are_offered_as_they_are():
    talk = one("choice", options=["red", "green"], required=False)

    assert offered_by(talk) == ["red", "green", "skip"]
    assert talk.says("red") == ["(2/2) Well?"]
    assert talk.offered == ["Yes", "No", "back"]


def test_long_answers_are_numbered_as_their_buttons_would_be_cut():
    talk = one("choice", options=["red", "a green that is nearly blue"])

    assert talk.shown() == [
        "(1/2) Well?\n1. red\n2. a green that is nearly blue\nPlease write the number of your answer."
    ]
    assert talk.offered == ["1", "2"]


@pytest.mark.parametrize(("count", "numbered", "offered"), [(10, False, 10), (11, True, 0), (101, False, 0)])
def test_no_more_answers_are_offered_than_there_is_room_for(count: int, numbered: bool, offered: int):
    options = [f"word {number}" for number in range(count)]
    talk = one("choice", options=options)

    acts = talk.dialogue.acts(0)

    assert ("\n1. word 0" in acts[0]["text"]) is numbered
    assert len(acts[0].get("quick_replies", ())) == offered
    assert answer_to(one("choice", options=options), options[-1]) == options[-1]


def test_a_number_means_an_answer_only_where_the_numbers_are_shown():
    assert answer_to(one("choice", options=["3", "1", "2", "9"]), "4") is None
    assert answer_to(one("choice", options=["3", "1", "2", "9"]), "1") == "1"
    assert answer_to(one("choice", options=[f"{number}0" for number in range(1, 13)]), "12") == "120"


@pytest.mark.parametrize(("to", "offered"), [(10, 11), (11, 0)])
def test_the_points_of_a_scale_are_offered_while_there_is_room(to: int, offered: int):
    assert len(offered_by(one("scale", **{"from": 0, "to": to}))) == offered


def test_what_cannot_be_understood_is_said_and_asked_again():
    talk = one("number", whole=True, min=1, max=5)

    talk.shown()
    assert talk.says("six") == ["Please enter a number."]
    assert talk.says("6") == ["Please enter a number from 1 to 5."]
    assert talk.says("5") == ["(2/2) Well?"]


def test_back_leads_to_the_question_before_and_what_is_said_there_counts():
    talk = chat(a=YES_NO, b={**YES_NO, "ask": "B?"}, c={**YES_NO, "ask": "C?"})

    talk.shown()
    talk.says("yes")
    talk.says("yes")
    assert talk.says("back") == ["(2/3) B?"]
    assert talk.says("/Back") == ["(1/3) Well?"]
    assert talk.says("back") == ["There is no question to go back to."]
    for words in ("no", "no", "yes"):
        talk.says(words)
    assert talk.dialogue.state.answers() == {"a": False, "b": False, "c": True}


def test_back_passes_over_a_question_that_is_not_asked_any_more():
    talk = chat(a=YES_NO, b={**YES_NO, "ask": "B?", "show_if": {"a": True}}, c={**YES_NO, "ask": "C?"})

    talk.shown()
    talk.says("yes")
    talk.says("yes")
    talk.says("back")
    talk.says("back")
    assert talk.says("no") == ["(2/2) C?"]
    assert talk.says("back") == ["(1/2) Well?"]


def test_a_table_is_asked_row_by_row_and_one_can_go_back_in_it():
    talk = one("matrix", items=["kind", "clever"], **{"from": 1, "to": 3, "low": "not"})

    rows = "\n1 = not\nPlease write a number from 1 to 3."
    assert talk.shown() == [f"(1/2) Well?\nkind{rows}"]
    assert talk.says("1") == [f"(1/2) clever{rows}"]
    assert talk.says("back") == [f"(1/2) Well?\nkind{rows}"]
    assert talk.says("2") == [f"(1/2) clever{rows}"]
    talk.says("3")
    assert talk.dialogue.state.answers()["q"] == {"kind": 2, "clever": 3}


def test_a_question_that_needs_an_answer_cannot_be_left_out():
    talk = one("choice", options=["a", "b"])

    talk.shown()
    assert talk.says("skip") == ["This question needs an answer."]


def test_a_wrong_answer_is_told_and_a_settled_one_is_no_place_to_go_back_to():
    talk = one("choice", options=["a", "b"], correct="b", tries=2)

    talk.shown()
    assert talk.says("a")[0].startswith("That is not the right answer.")
    assert talk.says("b") == ["(2/2) Well?"]
    assert talk.says("back") == ["There is no question to go back to."]


def test_who_declines_hears_nothing_more():
    talk = chat(a={**YES_NO, "decline": [False]}, b={"kind": "info", "text": "More"}, c=YES_NO)

    talk.shown()
    assert talk.says("no") == []
    assert (talk.dialogue.over, talk.dialogue.state.status) == (True, "declined")
    assert talk.says("yes") == []


def test_it_goes_on_from_its_pickle_and_asks_nothing_twice():
    talk = one("choice", options=["a", "b"])
    talk.shown()
    talk.dialogue = pickle.loads(pickle.dumps(talk.dialogue))

    assert talk.shown() == []
    assert talk.says("a") == ["(2/2) Well?"]


def test_the_times_of_a_question_are_when_it_was_asked_and_answered():
    talk = one("number")
    talk.shown()
    talk.says("x")
    talk.says("3")

    assert talk.dialogue.state.record()["times"]["q"] == {
        "shown": 0,
        "touched": None,
        "changed": 2_000,
        "answered": 2_000,
    }
