"""What was answered to forms, by condition: means of numbers, and shares of those who chose something."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..archive import Archive
from ..selection import Selection
from ..tables.answer_columns import options_of
from ..tables.form_definitions import Question
from ..tables.form_rows import FormTables

MOST_OPTIONS = 20
"""Of a question with more options than this there are no figures."""

EVERYBODY = ""
"""The condition under which the answers of all are found."""


@dataclass(slots=True, kw_only=True)
class MeasuredAnswer:
    """One thing that answers tell, as numbers.

    Attributes:
        form: The form's name.
        question: The question, as it was asked.
        unit: Of the numbers.
        ends: From where to where they can go; None: that is open.
        what: Of what they are: an option, an item, or the answer yes.
        is_part: Whether the question has several, one for each option or item.
        is_share: Whether they are 1 for those who chose something, and 0 for those who did not.
        samples: The numbers, by condition and its value; those of all are under `EVERYBODY`.
    """

    form: str
    question: str
    unit: str
    ends: tuple[float, float] | None
    what: str = ""
    is_part: bool = False
    is_share: bool = False
    samples: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What it is called where it stands beside others of its kind."""
        return self.what if self.is_part else self.question

    def add(self, number: float, conditions: Mapping[str, Any]) -> None:
        """Take one person's number."""
        for condition, value in ((EVERYBODY, EVERYBODY), *conditions.items()):
            if value is not None:
                self.samples.setdefault(condition, {}).setdefault(str(value), []).append(number)


def measured_answers(archive: Archive, selection: Selection) -> Iterator[MeasuredAnswer]:
    """Yield all that answers to the forms of a selection of runs tell, in the order of forms and questions."""
    tables = FormTables(archive, selection)
    conditions = {column.name: column.name.removeprefix("condition_") for column in tables.conditions.columns}
    measured: dict[tuple[str, str], dict[str, MeasuredAnswer]] = {
        (name, question): dict(_measures(name, asked))
        for name, form in tables.definitions.items()
        for question, asked in form.questions.items()
    }
    for row in tables.long_rows():
        cells: Mapping[str, Any] = row
        if row["missing"] is None:
            theirs = {name: cells[column] for column, name in conditions.items()}
            known = measured[row["form"], row["question"]]
            for what, number in _numbers(cells, known):
                known[what].add(number, theirs)
    yield from (one for known in measured.values() for one in known.values() if one.samples)


def _measures(form: str, asked: Question) -> Iterator[tuple[str, MeasuredAnswer]]:
    """Yield what the answers to a question are measured by, with the option or item that it is about."""
    kind = asked.get("kind")
    about: dict[str, Any] = {
        "form": form,
        "question": str(asked.get("ask", "")),
        "unit": str(asked.get("unit") or ""),
    }
    parts = options_of(asked, "items" if kind == "matrix" else "options")
    if kind in ("scale", "slider", "number"):
        yield "", MeasuredAnswer(**about, ends=_ends(asked))
    elif kind == "yes_no":
        yield "", MeasuredAnswer(**about, what=str(asked.get("yes", "")), is_share=True, ends=(0, 1))
    elif len(parts) > MOST_OPTIONS:
        return
    elif kind in ("choice", "choices", "matrix", "rank"):
        ends = {"matrix": _ends(asked), "rank": (1, len(parts))}.get(str(kind), (0, 1))
        is_share = kind in ("choice", "choices")
        for value, label in parts:
            yield value, MeasuredAnswer(**about, what=label or value, is_part=True, is_share=is_share, ends=ends)


def _ends(asked: Question) -> tuple[float, float] | None:
    low, high = asked.get("from"), asked.get("to")
    return (low, high) if isinstance(low, int | float) and isinstance(high, int | float) and low < high else None


def _numbers(row: Mapping[str, Any], known: Iterable[str]) -> Iterator[tuple[str, float]]:
    """Yield what one answer adds to each measure of its question."""
    value, kind = row["value"], row["kind"]
    for what in known:
        if kind == "choice":
            yield what, float(value == what)
        elif isinstance(value, list):
            if kind == "choices":
                yield what, float(what in value)
            elif what in value:
                yield what, float(value.index(what) + 1)
        elif row["number"] is not None and what == (row["item"] or ""):
            yield what, row["number"]
