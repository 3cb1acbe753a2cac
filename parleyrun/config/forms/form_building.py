"""From the checked values of a form to the form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from ...core.forms.fields.form_field import FormField
from ...core.forms.form import Form, FormPage
from ..diagnostics import Findings, KeyPath
from .expected_answers import with_check, with_decline
from .question_building import build_question
from .referred_texts import text_at
from .show_if_entries import with_show_if


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenQuestion:
    """A question as it stands in a form: its values, where they are, and on which page."""

    name: str
    values: Mapping[str, Any]
    path: KeyPath
    page: int


def build_form(
    name: str, values: Mapping[str, Any], path: KeyPath, folder: Path, findings: Findings
) -> Form | None:
    """Return a form of the values that `FORM` has checked; None, with findings, where they do not fit together.

    Args:
        name: What it is called.
        values: Its values.
        path: Where they stand.
        folder: Where the paths of files begin that it names.
        findings: Learns what is wrong.
    """
    written = _written(values, path, findings)
    _check_names(written, findings)
    fields = _fields(written, values, folder, findings)
    text = text_at(values["text"], folder, (*path, "text"), findings) if "text" in values else ""
    pages = _pages(values, written, fields, folder, path, findings)
    if findings.has_error_at(path):
        return None
    return Form(name=name, title=values.get("title", ""), text=text, pages=pages, shuffle="shuffle" in values)


def _written(values: Mapping[str, Any], path: KeyPath, findings: Findings) -> list[WrittenQuestion]:
    """Return all questions in order, with the pages that they stand on."""
    if "pages" in values:
        if "fields" in values:
            message = "expected 'fields' or 'pages' of a form, got both"
            findings.add("both-given", (*path, "fields"), message, "remove one of the two", at_key=True)
        written = [
            WrittenQuestion(name=name, values=given, path=(*path, "pages", index, "fields", name), page=index + 1)
            for index, page in enumerate(values["pages"])
            for name, given in page.get("fields", {}).items()
        ]
        _refuse_page_numbers(written, findings)
    else:
        written = _by_numbers(values.get("fields", {}), path, findings)
    if not written and not findings.has_error_at(path):
        message = "expected at least one question, or something to read (kind: info), got none"
        findings.add("nothing-asked", path, message, at_key=True)
    return written


def _refuse_page_numbers(written: list[WrittenQuestion], findings: Findings) -> None:
    for question in written:
        if "page" in question.values:
            message = "expected no 'page' in a question that stands under 'pages'"
            findings.add("both-given", (*question.path, "page"), message, "remove it", at_key=True)


def _by_numbers(fields: Mapping[str, Any], path: KeyPath, findings: Findings) -> list[WrittenQuestion]:
    """Return questions whose pages are numbered in them; who has no number stands on the page before."""
    written: list[WrittenQuestion] = []
    number, page = 1, 1
    for name, given in fields.items():
        at = (*path, "fields", name)
        asked = given.get("page", number)
        if asked < number:
            message = f"expected pages in order, got page {asked} behind page {number}"
            findings.add("out-of-range", (*at, "page"), message, "move it up to the others of its page")
        elif asked > number and written:
            page += 1
        number = max(asked, number)
        written.append(WrittenQuestion(name=name, values=given, path=at, page=page))
    return written


def _check_names(written: list[WrittenQuestion], findings: Findings) -> None:
    seen: dict[str, str] = {}
    for question in written:
        other = seen.get(question.name.casefold())
        if other is not None:
            message = f"expected a name that no other question has, got '{question.name}' beside '{other}'"
            findings.add("given-twice", question.path, message, "names become those of columns", at_key=True)
        seen.setdefault(question.name.casefold(), question.name)


def _fields(
    written: list[WrittenQuestion], form: Mapping[str, Any], folder: Path, findings: Findings
) -> dict[str, FormField]:
    names = [question.name for question in written]
    fields: dict[str, FormField] = {}
    for index, question in enumerate(written):
        values, path = question.values, question.path
        field = build_question(question.name, values, path, folder, findings)
        if field is None:
            continue
        if field.asks:
            field = with_check(field, values, form, path, findings)
            field = with_decline(field, values, path, findings)
        if "show_if" in values:
            earlier = {name: fields.get(name) for name in names[:index] if name not in fields or fields[name].asks}
            later = frozenset(names[index:])
            field = with_show_if(field, values["show_if"], (*path, "show_if"), earlier, later, findings)
        fields[question.name] = field
    return fields


def _pages(
    values: Mapping[str, Any],
    written: list[WrittenQuestion],
    fields: Mapping[str, FormField],
    folder: Path,
    path: KeyPath,
    findings: Findings,
) -> tuple[FormPage, ...]:
    given = values.get("pages", ())
    pages = []
    for number, those in groupby(written, key=lambda question: question.page):
        page = given[number - 1] if number <= len(given) else {}
        at = (*path, "pages", number - 1, "text")
        text = text_at(page["text"], folder, at, findings) if "text" in page else ""
        there = tuple(fields[question.name] for question in those if question.name in fields)
        pages.append(FormPage(title=page.get("title", ""), text=text, fields=there))
    return tuple(pages)
