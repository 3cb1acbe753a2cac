"""What a store knows of each participant, and of each run, a row of named values each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from ..store.one_line_json import timestamp_or_none
from ..store.visit_keys import COMPLETION, EARLIER_VISITS, ENTRY
from .archive import Archive
from .json_lines import about_conversation
from .pseudonyms import Pseudonyms, telling
from .row_types import PARTICIPANT_CELL_NAMES, RUN_CELL_NAMES, PartCells, ParticipantCells, RunCells
from .selection import Selection
from .tables.condition_columns import AssignedConditions
from .talk_count import IS_TALK

_JSON_COLUMNS = ("arrival", "data", "stored_data", "onboard_data", "conversations", "partners")

_PEOPLE = f"""
    SELECT participant_id, first_seen, place, task, since, arrival, data, stored_data, onboard_data, visits,
        conversations, partners,
        (SELECT count(*) FROM log AS l WHERE l.participant = study_people.n AND l.mine = 1 AND {IS_TALK}),
        seconds_waited, seconds_talked
    FROM study_people ORDER BY n
"""  # noqa: S608  # made of a constant
_MODELS = """
    SELECT count(d.model), coalesce(sum(d.prompt_tokens), 0), coalesce(sum(d.completion_tokens), 0), sum(d.cost)
    FROM seats AS s JOIN participants AS p ON p.id = s.participant_id JOIN decisions AS d ON d.participant = p.n
    WHERE s.run_uid = ? AND s.model IS NOT NULL
"""


def participant_rows(
    archive: Archive,
    pseudonyms: Pseudonyms | None = None,
    also: Callable[[str], Mapping[str, Any]] = lambda _who: {},
) -> Iterator[ParticipantCells]:
    """Yield a row for each person, in the order in which they first came.

    With pseudonyms the values of arrival parameters have theirs, too, as they may say who somebody is: in
    `arrival` each, and elsewhere in the row those that are long enough to be no common word.

    Args:
        archive: The store.
        pseudonyms: They stand for people's ids.
        also: What else is to be in the row of a person, by their id.
    """
    for found in archive.file.each(_PEOPLE):
        row = dict(zip(PARTICIPANT_CELL_NAMES[: len(found)], found, strict=True))
        row |= {name: timestamp_or_none(row[name]) for name in ("first_seen", "since")}
        row |= {name: _from_json(row[name]) for name in _JSON_COLUMNS}
        row |= {name: row[name] or {} for name in ("arrival", "stored_data")}
        row |= {name: round(row[name], 3) for name in ("seconds_waited", "seconds_talked")}
        row["role"] = _roles_in(row["conversations"])
        row |= completion_cells(row["stored_data"])
        row |= also(row["participant"])
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


def _roles_in(conversations: Iterable[PartCells]) -> str | None:
    """Return the roles that somebody had, each once, as one text; None if they had none."""
    return "; ".join(dict.fromkeys(role for part in conversations if (role := part["role"]))) or None


def completion_cells(stored_data: Mapping[str, Any]) -> dict[str, Any]:
    """Return how somebody's newest visit ended, from what the service put into their `stored_data`."""
    completion = stored_data.get(COMPLETION)
    told = completion if isinstance(completion, dict) else {}
    return {name: told.get(name) for name in ("outcome", "code", "waiting_pay_cents")}


def _from_json(cell: str | None) -> Any:
    return None if cell is None else json.loads(cell)


def run_rows(
    archive: Archive,
    selection: Selection,
    pseudonyms: Pseudonyms | None = None,
    conditions: AssignedConditions | None = None,
) -> Iterator[RunCells]:
    """Yield a row for each run of a selection, in the order in which they began, with its values of conditions."""
    for conversation in archive.conversations(selection):
        shown = conversation if pseudonyms is None else pseudonyms.conversation(conversation)
        row = about_conversation(shown)
        ended = conversation.ended
        row["seconds"] = None if ended is None else round(ended - conversation.started, 3)
        said = archive.said(conversation.uid)
        row |= {"said": said.by_people, "said_by_bots": said.by_bots, "turns": said.turns}
        row |= _cost_cells(archive, conversation.uid)
        cells = {name: row[name] for name in RUN_CELL_NAMES}
        if conditions is not None:
            people = [seat.participant_id for seat in conversation.people if not seat.is_bot]
            cells |= conditions.cells(conditions.of_run(conversation.uid, people))
        yield cast(RunCells, cells)


def _cost_cells(archive: Archive, uid: str) -> dict[str, Any]:
    """Return what models took in a run."""
    names = ("answers", "prompt_tokens", "completion_tokens", "cost")
    return dict(zip(names, archive.file.one(_MODELS, uid), strict=True))
