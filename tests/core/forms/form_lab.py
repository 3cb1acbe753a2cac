"""What tests of forms share: small forms, made of values as a config has them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from parleyrun import Form
from parleyrun.core.forms.answer_fault import AnswerFault
from parleyrun.core.forms.fields.form_field import FormField
from parleyrun.core.forms.form_answers import FormAnswers
from parleyrun.core.forms.form_dialogue import FormDialogue
from parleyrun.core.forms.form_state import FormState
from parleyrun.core.forms.form_texts import FormTexts

TEXTS = FormTexts()
GERMAN = FormTexts(form_yes="Ja", form_no="Nein", form_decimal_mark=",")

EVERY_KIND: dict[str, Any] = {
    "agree": {"kind": "yes_no", "ask": "Do you agree?", "decline": [False]},
    "place": {"kind": "choice", "ask": "Where?", "options": ["north", "south"]},
    "likes": {"kind": "choices", "ask": "What?", "options": ["tea", "milk", {"label": "none", "alone": True}]},
    "glad": {"kind": "scale", "ask": "How glad?", "from": 1, "to": 7, "low": "not", "high": "very"},
    "age": {"kind": "number", "ask": "How old?", "whole": True, "min": 18, "max": 120},
    "height": {"kind": "number", "ask": "How tall?", "unit": "m", "required": False},
    "why": {"kind": "text", "ask": "Why?", "lines": 3, "max_length": 200},
    "born": {"kind": "date", "ask": "When?", "earliest": "1900-01-01", "latest": "2010-12-31"},
    "warm": {"kind": "slider", "ask": "How warm?", "from": 0, "to": 1, "step": 0.25},
    "best": {"kind": "rank", "ask": "In which order?", "options": ["a", "b", "c"]},
    "they": {"kind": "matrix", "ask": "They were", "items": ["kind", "clever"], "from": 1, "to": 5},
    "read": {"kind": "info", "text": "Thank you."},
}

RIGHT: dict[str, Any] = {
    "agree": True,
    "place": "north",
    "likes": ["milk", "tea"],
    "glad": 4,
    "age": 40,
    "height": 1.7,
    "why": "so",
    "born": "1990-05-17",
    "warm": 0.25,
    "best": ["c", "a", "b"],
    "they": {"kind": 5, "clever": 3},
}
"""An answer to each of them, as a page sends it."""


def form(**fields: Any) -> Form:
    return Form.from_mapping({"fields": fields}, "f")


def question(kind: str, **more: Any) -> FormField:
    """Return one question."""
    return form(q={"kind": kind, "ask": "?", **more}).questions["q"]


def answered(field: FormField, value: Any, texts: FormTexts = TEXTS) -> Any:
    """Return what goes on record of an answer; the sentence in a list, where it is refused."""
    try:
        return field.answer(value, texts)
    except AnswerFault as fault:
        return [fault.words(texts)]


def opened(values: Any, participant: str = "browser:a") -> FormState:
    made = values if isinstance(values, Form) else Form.from_mapping({"fields": values}, "f")
    return FormState(made, participant)


def sent(through: Any = "all", times: Any = None, **answers: Any) -> FormAnswers:
    return FormAnswers(answers=answers, times=times or {}, through=through)


def calls_of(work: Callable[[], object]) -> int:
    """Return how many functions are called in a piece of work: what it costs on any machine."""
    count = 0

    def profile(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


class Chat:
    """Somebody who is asked a form question by question."""

    def __init__(self, state: FormState) -> None:
        self.dialogue = FormDialogue(state)
        self.offered: list[str] = []
        """The quick replies of what was shown last."""
        self.now = 0

    def shown(self) -> list[str]:
        """Return the texts that are shown now."""
        acts = self.dialogue.acts(self.now)
        self.offered = list(acts[-1].get("quick_replies", ())) if acts else []
        return [act["text"] for act in acts]

    def says(self, text: str) -> list[str]:
        """Write something, and return the texts that are shown then."""
        self.now += 1_000
        self.dialogue.take(text, self.now)
        return self.shown()
