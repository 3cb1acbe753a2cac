"""The figures of a study, as a report shows them: who came, who waited, what was said, what it cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...store.visit_keys import COMPLETION
from ..archive import Archive
from ..participant_rows import participant_rows, run_rows
from ..selection import Selection
from ..tables.condition_columns import AssignedConditions
from .answer_figures import MeasuredAnswer, measured_answers

GOES_ON = "goes on"
"""What is shown as the outcome of what has none yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFigures:
    """A person: when they came, how long they waited, how their visit ended ('' where that is open)."""

    came: datetime
    seconds_waited: float
    outcome: str
    finished: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkFigures:
    """A conversation. `seconds` are None while it goes on, `cost` where no price is known."""

    uid: str
    task: str
    condition: str
    outcome: str
    started: datetime
    seconds: float | None
    said: int
    said_by_bots: int
    turns: int
    cost: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCosts:
    """A model, over all its answers."""

    model: str
    answers: int
    failures: int
    prompt_tokens: int
    completion_tokens: int
    estimated: bool
    cost: float | None
    mean_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFigures:
    """All of them. `answers` are what was answered to forms."""

    people: tuple[PersonFigures, ...]
    talks: tuple[TalkFigures, ...]
    models: tuple[ModelCosts, ...]
    answers: tuple[MeasuredAnswer, ...]


_MODELS = """
    SELECT d.model, count(*), sum(d.failure IS NOT NULL AND d.failure <> ''), coalesce(sum(d.prompt_tokens), 0),
        coalesce(sum(d.completion_tokens), 0), max(d.tokens_estimated), sum(d.cost), avg(d.seconds)
    FROM decisions AS d WHERE d.model IS NOT NULL AND d.run IN (SELECT n FROM runs WHERE {where})
    GROUP BY d.model ORDER BY d.model
"""
_PEOPLE = "SELECT DISTINCT participant_id FROM seats WHERE run_uid IN (SELECT uid FROM runs WHERE {where})"


def study_figures(archive: Archive, selection: Selection) -> StudyFigures:
    """Return the figures of the conversations of a selection, and of the people who came in its starts."""
    # Whoever came in these starts is one of the people, whatever became of them.
    came = Selection(kinds=(), since=selection.since, starts=selection.starts)
    return StudyFigures(
        people=tuple(_people(archive, came)),
        talks=tuple(_talks(archive, selection)),
        models=tuple(_models(archive, selection)),
        answers=tuple(measured_answers(archive, came)),
    )


def _people(archive: Archive, came: Selection) -> Iterator[PersonFigures]:
    where, values = came.where()
    everybody = came == Selection(kinds=())
    wanted = {who for (who,) in archive.file.all(_PEOPLE.format(where=where), *values)}
    for row in participant_rows(archive):
        if not everybody and row["participant"] not in wanted:
            continue
        completion = row["stored_data"].get(COMPLETION)
        at = completion.get("at") if isinstance(completion, dict) else None
        yield PersonFigures(
            came=datetime.fromisoformat(row["first_seen"]),
            seconds_waited=row["seconds_waited"],
            outcome=row["outcome"] or "",
            finished=_moment(at) if row["outcome"] == "finished" else None,
        )


def _talks(archive: Archive, selection: Selection) -> Iterator[TalkFigures]:
    conditions = AssignedConditions(archive.file)
    columns = [column.name for column in conditions.columns]
    for run in run_rows(archive, selection, conditions=conditions):
        cells: dict[str, Any] = {**run}
        values = [str(cells[name]) for name in columns if cells[name] is not None]
        yield TalkFigures(
            uid=run["conversation_id"],
            task=run["task"] or "",
            condition=", ".join(values),
            outcome=run["outcome"] or GOES_ON,
            started=datetime.fromisoformat(run["started"]),
            seconds=run["seconds"],
            said=run["said"],
            said_by_bots=run["said_by_bots"],
            turns=run["turns"],
            cost=run["cost"],
        )


def _models(archive: Archive, selection: Selection) -> Iterator[ModelCosts]:
    where, values = selection.where()
    for model, answers, failures, prompt, completion, estimated, cost, seconds in archive.file.all(
        _MODELS.format(where=where), *values
    ):
        yield ModelCosts(
            model=model,
            answers=answers,
            failures=failures,
            prompt_tokens=prompt,
            completion_tokens=completion,
            estimated=bool(estimated),
            cost=cost,
            mean_seconds=seconds,
        )


def _moment(at: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(at) if isinstance(at, str) else datetime.fromtimestamp(at).astimezone()
    except (ValueError, TypeError, OverflowError, OSError):
        return None
