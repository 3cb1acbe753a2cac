"""What a store knows of each participant, and of each run, a row of named values each."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO, cast

from ..store.one_line_json import timestamp_or_none, to_line
from ..store.visit_keys import COMPLETION, EARLIER_VISITS, ENTRY
from .archive import Archive
from .csv_rows import BYTE_ORDER_MARK, harmless
from .json_lines import about_conversation
from .pseudonyms import Pseudonyms, telling
from .row_types import PARTICIPANT_COLUMNS, RUN_COLUMNS, ParticipantCells, RunCells
from .selection import Selection

NamedCells = Mapping[str, Any]
"""Names and values; these are such as JSON has."""

_JSON_COLUMNS = ("arrival", "data", "stored_data", "onboard_data", "conversations", "partners")

_PEOPLE = """
    SELECT participant_id, first_seen, place, task, since, arrival, data, stored_data, onboard_data, visits,
        conversations, partners, messages, seconds_waited, seconds_talked
    FROM study_people ORDER BY n
"""


def participant_rows(archive: Archive, pseudonyms: Pseudonyms | None = None) -> Iterator[ParticipantCells]:
    """Yield a row for each person, in the order in which they first came.

    With pseudonyms the values of arrival parameters have theirs, too, as they may say who somebody is: in
    `arrival` each, and elsewhere in the row those that are long enough to be no common word.
    """
    for found in archive.file.each(_PEOPLE):
        row = dict(zip(PARTICIPANT_COLUMNS[: len(found)], found, strict=True))
        row |= {name: timestamp_or_none(row[name]) for name in ("first_seen", "since")}
        row |= {name: _from_json(row[name]) for name in _JSON_COLUMNS}
        row |= {name: row[name] or {} for name in ("arrival", "stored_data")}
        row |= {name: round(row[name], 3) for name in ("seconds_waited", "seconds_talked")}
        row |= completion_cells(row["stored_data"])
        if pseudonyms is not None:
            row = _with_pseudonyms(row, pseudonyms)
        yield cast(ParticipantCells, row)


def _with_pseudonyms(row: dict[str, Any], pseudonyms: Pseudonyms) -> dict[str, Any]:
    earlier = row["stored_data"].get(EARLIER_VISITS)
    visits = [visit for visit in earlier if isinstance(visit, dict)] if isinstance(earlier, list) else []
    links = [row["arrival"], *(link for visit in visits if isinstance(link := visit.get(ENTRY), dict))]
    values = {str(value) for link in links for value in link.values()}
    shown = pseudonyms.values(row, {row["participant"], *row["partners"], *telling(values)})
    shown["arrival"] = _link_with_pseudonyms(row["arrival"], pseudonyms)
    if visits:
        shown["stored_data"][EARLIER_VISITS] = [
            {**visit, ENTRY: _link_with_pseudonyms(visit.get(ENTRY) or {}, pseudonyms)} for visit in visits
        ]
    return shown


def _link_with_pseudonyms(link: Mapping[str, Any], pseudonyms: Pseudonyms) -> dict[str, str]:
    return {name: pseudonyms.of(str(value)) for name, value in link.items()}


def completion_cells(stored_data: Mapping[str, Any]) -> dict[str, Any]:
    """Return how somebody's newest visit ended, from what the service put into their `stored_data`."""
    completion = stored_data.get(COMPLETION)
    told = completion if isinstance(completion, dict) else {}
    return {name: told.get(name) for name in ("outcome", "code", "waiting_pay_cents")}


def _from_json(cell: str | None) -> Any:
    return None if cell is None else json.loads(cell)


def run_rows(archive: Archive, selection: Selection, pseudonyms: Pseudonyms | None = None) -> Iterator[RunCells]:
    """Yield a row for each run of a selection, in the order in which they began."""
    for conversation in archive.conversations(selection):
        shown = conversation if pseudonyms is None else pseudonyms.conversation(conversation)
        row = about_conversation(shown)
        ended = conversation.ended
        row["seconds"] = None if ended is None else round(ended - conversation.started, 3)
        row["said"] = archive.said(conversation.uid)
        yield cast(RunCells, {name: row[name] for name in RUN_COLUMNS})


def write_jsonl(rows: Iterable[NamedCells], out: TextIO) -> int:
    """Write a row a line, and return how many there were."""
    number = 0
    for row in rows:
        out.write(f"{to_line(row)}\n")
        number += 1
    return number


def write_csv(rows: Iterable[NamedCells], columns: tuple[str, ...], out: TextIO, *, exact: bool, bom: bool) -> int:
    """Write rows below their columns' names, and return how many there were. Lists and mappings are JSON."""
    if bom:
        out.write(BYTE_ORDER_MARK)
    writer = csv.writer(out)
    writer.writerow(columns)
    number = 0
    for row in rows:
        cells = [_cell(row[name]) for name in columns]
        writer.writerow(cells if exact else [harmless(cell) for cell in cells])
        number += 1
    return number


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return to_line(value) if isinstance(value, dict | list) else json.dumps(value)
