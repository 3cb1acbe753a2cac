"""What a store knows of each participant, and of each run, a row of named values each."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO

from .archive import Archive
from .csv_rows import BYTE_ORDER_MARK, harmless
from .erasure import ERASED_ID, SHORTEST_QUOTE
from .json_lines import about_conversation
from .one_line_json import timestamp, timestamp_or_none, to_line
from .participant_data import participant_data
from .pseudonyms import Pseudonyms
from .safe_unpickling import loads, to_json
from .selection import Selection

NamedCells = Mapping[str, Any]
"""Names and values; these are such as JSON has."""

PARTICIPANT_COLUMNS = (
    "participant", "first_seen", "place", "task", "since", "arrival", "data", "stored_data", "onboard_data",
    "visits", "conversations", "partners", "said", "seconds_talked",
)  # fmt: skip
RUN_COLUMNS = (
    "conversation_id", "task_id", "run_id", "name", "kind", "task", "world", "started", "ended", "outcome",
    "reason", "forced", "data", "people", "match", "seconds", "said",
)  # fmt: skip

_PEOPLE = """
    SELECT p.id, p.first_seen, p.place, p.task, p.since, p.data, p.onboard_data,
        (SELECT count(*) FROM log AS l WHERE l.participant = p.n AND l.mine = 1)
    FROM participants AS p WHERE p.id <> ? ORDER BY p.n
"""
_RUNS_OF = """
    SELECT r.uid, r.kind, r.task, s.role, r.started, r.ended, r.outcome
    FROM seats AS s JOIN runs AS r ON r.uid = s.run_uid WHERE s.participant_id = ? ORDER BY r.n
"""
_PARTNERS = """
    SELECT DISTINCT o.participant_id FROM seats AS s
    JOIN runs AS r ON r.uid = s.run_uid AND r.kind = 'task'
    JOIN seats AS o ON o.run_uid = s.run_uid AND o.participant_id <> s.participant_id
    WHERE s.participant_id = ? ORDER BY r.n, o.position
"""


def participant_rows(archive: Archive, pseudonyms: Pseudonyms | None = None) -> Iterator[NamedCells]:
    """Yield a row for each person, in the order in which they first came. Runs no code out of the store.

    With pseudonyms the values of arrival parameters have theirs, too, as they may say who somebody is: in
    `arrival` each, and elsewhere in the row those that are long enough to be no common word.
    """
    for who, first_seen, place, task, since, data, onboard_data, said in archive.file.each(_PEOPLE, ERASED_ID):
        kept = participant_data(data)
        runs = archive.file.all(_RUNS_OF, who)
        tasks = [run for run in runs if run[1] == "task"]
        partners = [partner for (partner,) in archive.file.all(_PARTNERS, who)]
        row = {
            "participant": who,
            "first_seen": timestamp(first_seen),
            "place": place or "door",
            "task": task,
            "since": timestamp_or_none(since),
            "arrival": kept.arrival,
            "data": kept.data,
            "stored_data": kept.stored_data,
            "onboard_data": to_json(loads(onboard_data)),
            "visits": sum(kind == "overworld" for _, kind, *_ in runs),
            "conversations": [
                {"conversation_id": uid, "task": of_task, "role": role, "outcome": outcome}
                for uid, _, of_task, role, _, _, outcome in tasks
            ],
            "partners": partners,
            "said": said,
            "seconds_talked": round(
                sum(ended - started for *_, started, ended, _ in tasks if ended is not None), 3
            ),
        }
        if pseudonyms is not None:
            names = {name: str(value) for name, value in kept.arrival.items()}
            telling = {value for value in names.values() if len(value) >= SHORTEST_QUOTE}
            row = pseudonyms.values(row, {who, *partners, *telling})
            row["arrival"] = {name: pseudonyms.of(value) for name, value in names.items()}
        yield row


def run_rows(archive: Archive, selection: Selection, pseudonyms: Pseudonyms | None = None) -> Iterator[NamedCells]:
    """Yield a row for each run of a selection, in the order in which they began."""
    for conversation in archive.conversations(selection):
        shown = conversation if pseudonyms is None else pseudonyms.conversation(conversation)
        row = about_conversation(shown)
        ended = conversation.ended
        row["seconds"] = None if ended is None else round(ended - conversation.started, 3)
        row["said"] = archive.said(conversation.uid)
        yield {name: row[name] for name in RUN_COLUMNS}


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
