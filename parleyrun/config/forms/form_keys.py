"""What may stand in a form, and under `forms:`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..diagnostics import Findings, KeyPath, part
from ..kinds import INVALID, Choice, JsonSchema, Quantity, Text, refuse_type
from ..sections import Field, Section, Table, checked_value
from .question_keys import QUESTION
from .question_values import AfterFailing

LONGEST_NAME = 32
"""How long the name of a form or of a question may be: what any program for statistics takes."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_TEXT = Text("a text, or a file that ends in .md")


def check_name(name: str, path: KeyPath, findings: Findings) -> None:
    """Find a name that no form and no question can have, as it could not be the name of a column."""
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        message = f"expected a name of letters, digits and _, a letter first, got {name!r:.60}"
        findings.add("bad-name", path, message, f"at most {LONGEST_NAME} characters", at_key=True)


_QUESTIONS = Table("questions", QUESTION, check_name)
_TITLE = Field("title", Text("a title"), "what stands at the top")
_ABOVE = Field("text", _TEXT, "what stands above the questions: Markdown, or the path of a file with it")

PAGE_OF_FORM = Section(
    "a page of a form",
    (_TITLE, _ABOVE, Field("fields", _QUESTIONS, "the questions, by their names", required=True)),
)


@dataclass(frozen=True)
class PageList:
    """Pages of a form, one after the other."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if not isinstance(value, list | tuple) or not value:
            return refuse_type(findings, path, "a list of pages, each with its fields", value)
        pages = [checked_value(PAGE_OF_FORM, page, (*path, index), findings) for index, page in enumerate(value)]
        return INVALID if INVALID in pages else pages

    def json_schema(self) -> JsonSchema:
        return {"type": "array", "minItems": 1, "items": PAGE_OF_FORM.json_schema()}


FORM = Section(
    "a form",
    (
        _TITLE,
        _ABOVE,
        Field("fields", _QUESTIONS, "the questions, by their names"),
        Field("pages", PageList(), "the questions page by page, instead of fields"),
        Field("shuffle", Choice(("items",)), "'items' asks each person the questions in an order of their own"),
        Field("tries", Quantity(1, 100, whole=True), "how often questions with a right answer may be answered"),
        Field("after_failing", AfterFailing(), "what follows when such a question was not answered right"),
    ),
)


@dataclass(frozen=True)
class FormTable:
    """Forms by their names, each written there, or in a file of its own."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if value is None:
            value = {}
        if not isinstance(value, Mapping):
            return refuse_type(findings, path, "a mapping of forms", value)
        checked: dict[str, Any] = {}
        for name, entry in value.items():
            at = (*path, part(name))
            if not isinstance(name, str):
                findings.add("key-not-text", at, "expected the name of a form", "put it into quotes", at_key=True)
                continue
            check_name(name, at, findings)
            form = entry if isinstance(entry, str) and entry else checked_value(FORM, entry, at, findings)
            if form is not INVALID and not findings.has_error_at(at):
                checked[name] = form
        return checked

    def json_schema(self) -> JsonSchema:
        of_a_file = {"type": "string", "minLength": 1}
        return {
            "type": "object",
            "additionalProperties": {**FORM.json_schema(), **of_a_file, "type": ["string", "object", "null"]},
        }


FORMS = FormTable()
"""What may stand under `forms:` of a config."""
