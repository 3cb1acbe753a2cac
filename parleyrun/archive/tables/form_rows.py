"""Forms as rows: one for each question that somebody was asked (long), or one for each form (wide)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from ...store.one_line_json import timestamp
from ..archive import Archive
from ..pseudonyms import Pseudonyms
from ..row_types import FormCells
from ..selection import Selection
from .answer_columns import AnswerColumn, answer_columns, labels_of
from .condition_columns import AssignedConditions
from .filled_forms import FilledForm, filled_forms
from .fixed_columns import FORM_COLUMNS, WIDE_FORM_COLUMNS
from .form_definitions import FormDefinition, Question, form_definitions
from .table_column import ColumnNames, TableColumn

_MOMENTS = ("shown", "touched", "changed", "answered")


class FormTables:
    """The forms of a store, ready to be read as rows.

    Args:
        archive: The store.
        selection: Which runs' forms; a selection of all kinds of run takes onboardings, too.
        forms: Only forms of these names; none of them takes all.
        pseudonyms: They stand for people's ids, in what people wrote, too.
    """

    def __init__(
        self,
        archive: Archive,
        selection: Selection,
        *,
        forms: tuple[str, ...] = (),
        pseudonyms: Pseudonyms | None = None,
    ) -> None:
        self._archive = archive
        self._selection = selection
        self._forms = forms
        self._pseudonyms = pseudonyms
        self.conditions = AssignedConditions(archive.file)
        self.definitions = self._defined()

    def filled(self) -> Iterator[FilledForm]:
        """Yield the forms that are over, in the order in which they ended."""
        for filled in filled_forms(self._archive.file, self._selection):
            if not self._forms or filled.form in self._forms:
                yield filled

    def long_columns(self) -> tuple[TableColumn, ...]:
        """Return the columns of `long_rows`."""
        return (*FORM_COLUMNS, *self.conditions.columns)

    def long_rows(self) -> Iterator[FormCells]:
        """Yield a row for each question (and item of a matrix) of each form, asked or not."""
        for filled in self.filled():
            definition = self.definitions[filled.form]
            places = _places(filled)
            about = self._about(filled)
            for name, asked in definition.questions.items():
                for cells in _question_cells(filled, name, asked, places):
                    yield cast(FormCells, self._shown({**about, **cells, **self._conditions_of(filled)}, filled))

    def wide(self, *, times: bool = False) -> tuple[tuple[TableColumn, ...], Iterator[dict[str, Any]]]:
        """Return the columns of a row for each form, and those rows.

        Args:
            times: Whether to tell how long each question took.
        """
        fixed = (*WIDE_FORM_COLUMNS, *self.conditions.columns)
        names = ColumnNames(tuple(column.name for column in fixed))
        columns = self.answer_columns({name: [name] for name in self.definitions}, names, times=times)
        of_form = {name: columns[name, 1] for name in self.definitions}
        described = (*fixed, *(one.column for ones in of_form.values() for one in ones))
        return described, self._wide_rows(of_form, dict.fromkeys(column.name for column in described))

    def answer_columns(
        self, prefixes: dict[str, list[str]], names: ColumnNames, *, times: bool = False
    ) -> dict[tuple[str, int], list[AnswerColumn]]:
        """Return the columns of each form's answers, by its name and instance, with room for all there are.

        Args:
            prefixes: What the columns' names begin with, for each form: of the first instance, of the second, …
                A single one is for all instances.
            names: Gives the columns names.
            times: Whether to tell how long each question took.
        """
        columns = {
            (name, instance): answer_columns(self.definitions[name], names, prefix=prefix, times=times)
            for name, each in prefixes.items()
            for instance, prefix in enumerate(each, 1)
        }
        for filled in self.filled():
            of_one = len(prefixes.get(filled.form, ())) == 1
            for one in columns.get((filled.form, 1 if of_one else filled.instance), ()):
                one.make_room(filled)
        return columns

    def _wide_rows(
        self, of_form: dict[str, list[AnswerColumn]], empty: dict[str, None]
    ) -> Iterator[dict[str, Any]]:
        for filled in self.filled():
            answers = {one.column.name: one.cell(filled) for one in of_form[filled.form]}
            about = {name: value for name, value in self._about(filled).items() if name in empty}
            yield self._shown({**empty, **about, **self._conditions_of(filled), **answers}, filled)

    def _defined(self) -> dict[str, FormDefinition]:
        shown = form_definitions(self._archive.file)
        orders: dict[str, list[str]] = {}
        for filled in self.filled():
            orders[filled.form] = list(filled.answers)
        defined = {}
        for name, order in orders.items():
            defined[name] = shown.get(name, FormDefinition(name))
            defined[name].order_by(order)
        return defined

    def _conditions_of(self, filled: FilledForm) -> dict[str, Any]:
        values = self.conditions.of_run(filled.last_conversation_id or "", [filled.participant])
        return self.conditions.cells(values)

    def _about(self, filled: FilledForm) -> dict[str, Any]:
        return {
            "participant": filled.participant,
            "form": filled.form,
            "instance": filled.instance,
            "conversation_id": filled.conversation_id,
            "last_conversation_id": filled.last_conversation_id,
            "asked_in": filled.kind,
            "task": filled.task,
            "role": filled.role,
            "ended": timestamp(filled.at),
            "status": filled.status,
            "outcome": filled.record.get("outcome") or None,
        }

    def _shown(self, row: dict[str, Any], filled: FilledForm) -> dict[str, Any]:
        if self._pseudonyms is None:
            return row
        return self._pseudonyms.values(row, {filled.participant})


def _question_cells(
    filled: FilledForm, name: str, asked: Question, places: dict[str, int]
) -> Iterator[dict[str, Any]]:
    answer = filled.answers.get(name)
    labels = labels_of(asked)
    checks, tries = filled.record.get("checks") or {}, filled.record.get("tries") or {}
    rest = {
        "missing": filled.why_missing(name),
        "correct": checks.get(name),
        "tries": len(tries[name]) if name in tries else None,
        **{f"{moment}_at": _moment(filled.milliseconds(name, moment)) for moment in _MOMENTS},
    }
    about = {"position": places.get(name), "question": name}
    kind = asked.get("kind") or None
    if kind == "matrix" or isinstance(answer, dict):
        items = answer if isinstance(answer, dict) else {}
        shown = asked.get("items")
        known = [str(each["value"]) for each in shown] if isinstance(shown, list) else []
        for item in dict.fromkeys([*known, *items]):
            value = items.get(item)
            missing = rest["missing"] or (None if value is not None else "skipped")
            yield {**about, "item": item, "kind": kind, **_value_cells(value, labels), **rest, "missing": missing}
        return
    yield {**about, "item": None, "kind": kind, **_value_cells(answer, labels), **rest}


def _value_cells(value: Any, labels: dict[str, str]) -> dict[str, Any]:
    number = value if isinstance(value, int | float) else None
    return {"value": value, "number": None if number is None else float(number), "label": _label(value, labels)}


def _label(value: Any, labels: dict[str, str]) -> str | None:
    if isinstance(value, list):
        return "; ".join(labels.get(str(each), str(each)) for each in value)
    written = str(value).lower() if isinstance(value, bool) else str(value)
    return labels.get(written)


def _places(filled: FilledForm) -> dict[str, int]:
    order = filled.record.get("order")
    fields = order.get("fields") if isinstance(order, dict) else None
    return {name: place for place, name in enumerate(fields or (), 1) if isinstance(name, str)}


def _moment(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else timestamp(milliseconds / 1_000)
