"""People as rows in which every parameter of a link, every condition and every answer has a column."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from ..archive import Archive
from ..participant_rows import participant_rows
from ..pseudonyms import Pseudonyms
from .answer_columns import AnswerColumn
from .filled_forms import EVERYTHING, FilledForm
from .fixed_columns import PARTICIPANT_COLUMNS
from .form_rows import FormTables
from .table_column import ColumnNames, TableColumn

MOST_PARAMETERS = 100
"""Of more parameters of links only those that most came with have columns, as anybody can make some up."""

AnswerColumns = dict[tuple[str, int], list[AnswerColumn]]

_LINKS = """
    SELECT key, count(*) FROM study_people, json_each(study_people.arrival) GROUP BY key
    ORDER BY count(*) DESC, min(study_people.n), key LIMIT ?
"""


def wide_participants(
    archive: Archive, pseudonyms: Pseudonyms | None = None, *, times: bool = False
) -> tuple[tuple[TableColumn, ...], Iterator[dict[str, Any]]]:
    """Return the columns of a row for each person, and those rows.

    Args:
        archive: The store.
        pseudonyms: They stand for people's ids, and for the values of links.
        times: Whether to tell how long each question took.
    """
    forms = FormTables(archive, EVERYTHING)
    names = ColumnNames(tuple(column.name for column in (*PARTICIPANT_COLUMNS, *forms.conditions.columns)))
    links = {key: names.of("arrival", key) for key, _ in archive.file.all(_LINKS, MOST_PARAMETERS)}
    filled: dict[str, list[FilledForm]] = defaultdict(list)
    instances: Counter[str] = Counter()
    for one in forms.filled():
        filled[one.participant].append(one)
        instances[one.form] = max(instances[one.form], one.instance)
    prefixes = {
        name: [name, *(f"{name}_{number}" for number in range(2, instances[name] + 1))]
        for name in forms.definitions
    }
    answers = forms.answer_columns(prefixes, names, times=times)
    columns = (
        *PARTICIPANT_COLUMNS,
        *forms.conditions.columns,
        *(_link_column(key, name) for key, name in links.items()),
        *(one.column for ones in answers.values() for one in ones),
    )
    return columns, _rows(archive, pseudonyms, forms, links, dict(filled), answers)


def _link_column(key: str, name: str) -> TableColumn:
    return TableColumn(name=name, kind="text", about=f"the parameter '{key}' of the link by which they came last")


def _rows(
    archive: Archive,
    pseudonyms: Pseudonyms | None,
    forms: FormTables,
    links: dict[str, str],
    filled: dict[str, list[FilledForm]],
    answers: AnswerColumns,
) -> Iterator[dict[str, Any]]:
    empty = dict.fromkeys([*links.values(), *(one.column.name for ones in answers.values() for one in ones)])

    def also(who: str) -> dict[str, Any]:
        theirs = ((one, answers[one.form, one.instance]) for one in filled.get(who, ()))
        cells = {each.column.name: each.cell(one) for one, columns in theirs for each in columns}
        return {**forms.conditions.cells(forms.conditions.of_person(who)), **empty, **cells}

    for row in participant_rows(archive, pseudonyms, also):
        yield {**row, **{name: row["arrival"].get(key) for key, name in links.items()}}
