"""A form's answers as columns: which there are, what they mean, and what stands in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .filled_forms import MISSING, FilledForm
from .fixed_columns import STATUS_LABELS
from .form_definitions import FormDefinition, Question
from .table_column import ColumnKind, ColumnNames, TableColumn, as_text, kind_that_holds

MOST_FLAGS = 50
"""Of a question with more options than this there is no column for each."""

ReadAnswer = Callable[[FilledForm], Any]

_KINDS: Mapping[str, ColumnKind] = {
    "choices": "json", "rank": "json", "scale": "integer", "matrix": "integer", "number": "number",
    "slider": "number", "yes_no": "boolean",
}  # fmt: skip


@dataclass(slots=True)
class AnswerColumn:
    """A column, and what is read into it from a form."""

    column: TableColumn
    read: ReadAnswer

    def cell(self, filled: FilledForm) -> Any:
        """Return what stands in this column for a form."""
        value = self.read(filled)
        return as_text(value) if self.column.kind == "text" and value is not None else value

    def make_room(self, filled: FilledForm) -> None:
        """Have the column hold whatever this form has for it: forms change while people fill them in."""
        kind = kind_that_holds(self.column.kind, self.read(filled))
        if kind != self.column.kind:
            self.column = replace(self.column, kind=kind)


def answer_columns(
    form: FormDefinition, names: ColumnNames, *, prefix: str, times: bool = False
) -> list[AnswerColumn]:
    """Return the columns of a form: how it ended, each question, and why answers are missing.

    Args:
        form: The form.
        names: Gives the columns names.
        prefix: What their names begin with.
        times: Whether to tell how long each question took.
    """
    status_name, missing_name = names.of(prefix, "status"), names.of(prefix, "missing")
    known = f"'{form.name}'"
    status = TableColumn(
        name=status_name,
        kind="text",
        about=f"how the form {known} ended; empty: this person was never through with it",
        labels=STATUS_LABELS,
    )
    missing = TableColumn(
        name=missing_name,
        kind="json",
        about=f"which questions of {known} have no answer, and why",
        labels=MISSING,
    )
    questions = [
        replace(one, column=replace(one.column, missing=f"empty where there is no answer; why: {missing_name}"))
        for name, asked in form.questions.items()
        for one in _of_question(form, name, asked, names, prefix)
    ]
    if times:
        questions += [one for name in form.questions for one in _times(form, name, names, prefix)]
    return [
        AnswerColumn(status, lambda filled: filled.status),
        *questions,
        AnswerColumn(missing, lambda filled: why_missing(filled, form.questions) or None),
    ]


def why_missing(filled: FilledForm, questions: Iterable[str]) -> dict[str, str]:
    """Return which of these questions have no answer, and why."""
    reasons = {name: filled.why_missing(name) for name in questions}
    return {name: reason for name, reason in reasons.items() if reason is not None}


def _of_question(
    form: FormDefinition, name: str, asked: Question, names: ColumnNames, prefix: str
) -> Iterator[AnswerColumn]:
    kind = str(asked.get("kind", ""))
    about = f"the answer to '{name}' of the form '{form.name}'"
    if name in form.reworded:
        about += "; it was changed while people were asked, and this is its newest wording"
    column = TableColumn(
        name="",
        kind="integer" if asked.get("whole") is True else _KINDS.get(kind, "text"),
        about=about,
        question=str(asked.get("ask", "")),
        asked_as=kind,
        labels=labels_of(asked),
        unit=str(asked.get("unit") or ""),
    )
    if kind == "matrix":
        for value, label in options_of(asked, "items"):
            of_item = replace(column, name=names.of(prefix, name, value), question=_joined(column.question, label))
            yield AnswerColumn(of_item, _item(name, value))
        return
    yield AnswerColumn(replace(column, name=names.of(prefix, name)), _answer(name))
    options = options_of(asked, "options")
    if kind not in ("choices", "rank") or len(options) > MOST_FLAGS:
        return
    for value, label in options:
        flag = replace(
            column, name=names.of(prefix, name, value), question=_joined(column.question, label), labels={}
        )
        if kind == "choices":
            chosen = replace(flag, kind="boolean", about=f"whether '{value}' was among {about}")
            yield AnswerColumn(chosen, _chosen(name, value))
        else:
            place = replace(flag, kind="integer", about=f"at which place '{value}' was put, 1 is the first")
            yield AnswerColumn(place, _place(name, value))


def _times(form: FormDefinition, name: str, names: ColumnNames, prefix: str) -> Iterator[AnswerColumn]:
    of = f"'{name}' of the form '{form.name}'"
    for ending, begin, end, about in (
        ("rt_ms", "shown", "changed", f"from when {of} was shown until its answer was changed last"),
        ("touch_ms", "shown", "touched", f"from when {of} was shown until it was first touched"),
    ):
        column = TableColumn(name=names.of(prefix, name, ending), kind="integer", unit="ms", about=about)
        yield AnswerColumn(column, _between(name, begin, end))


def options_of(asked: Question, what: str) -> list[tuple[str, str]]:
    """Return the values and labels of a question's `options` or `items`."""
    found = asked.get(what)
    shown = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return [(str(each.get("value", "")), str(each.get("label", ""))) for each in shown]


def labels_of(asked: Question) -> dict[str, str]:
    """Return what a question's answers mean, by how they stand in a file."""
    kind = asked.get("kind")
    if kind == "yes_no":
        return {"true": str(asked.get("yes", "")), "false": str(asked.get("no", ""))}
    labels = dict(options_of(asked, "options"))
    ends = {str(asked.get("from")): asked.get("low"), str(asked.get("to")): asked.get("high")}
    named = asked.get("labels")
    points = {**ends, **(named if isinstance(named, dict) else {})} if "from" in asked else {}
    return labels | {str(point): str(label) for point, label in points.items() if label}


def _joined(question: str, label: str) -> str:
    return f"{question} — {label}" if question and label else question or label


def _answer(name: str) -> ReadAnswer:
    return lambda filled: filled.answers.get(name)


def _item(name: str, value: str) -> ReadAnswer:
    def read(filled: FilledForm) -> Any:
        answer = filled.answers.get(name)
        return answer.get(value) if isinstance(answer, dict) else None

    return read


def _chosen(name: str, value: str) -> ReadAnswer:
    def read(filled: FilledForm) -> Any:
        answer = filled.answers.get(name)
        return value in answer if isinstance(answer, list) else None

    return read


def _place(name: str, value: str) -> ReadAnswer:
    def read(filled: FilledForm) -> Any:
        answer = filled.answers.get(name)
        return answer.index(value) + 1 if isinstance(answer, list) and value in answer else None

    return read


def _between(name: str, begin: str, end: str) -> ReadAnswer:
    def read(filled: FilledForm) -> Any:
        first, last = filled.milliseconds(name, begin), filled.milliseconds(name, end)
        return None if first is None or last is None else last - first

    return read
