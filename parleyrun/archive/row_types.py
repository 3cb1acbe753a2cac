"""What the rows of people, runs and lines hold, by the names of their columns. Times are in UTC, in ISO 8601."""

from __future__ import annotations

from typing import Any, TypedDict


class PartCells(TypedDict):
    """Somebody's part in a conversation."""

    conversation_id: str
    task: str | None
    role: str | None
    outcome: str | None


class ParticipantCells(TypedDict):
    """What is known of a person. `data`, `stored_data` and `onboard_data` are such values as JSON has."""

    participant: str
    first_seen: str
    place: str
    task: str | None
    since: str | None
    arrival: dict[str, Any]
    data: Any
    stored_data: dict[str, Any]
    onboard_data: Any
    visits: int
    conversations: list[PartCells]
    partners: list[str]
    said: int
    seconds_waited: float
    seconds_talked: float


class RunCells(TypedDict):
    """A run, without what was said in it. What is not so before its end is None until then."""

    conversation_id: str
    task_id: str
    run_id: str | None
    name: str
    kind: str
    task: str | None
    world: str
    started: str
    ended: str | None
    outcome: str | None
    reason: str
    forced: bool
    data: Any
    people: list[dict[str, str | None]]
    match: dict[str, Any] | None
    seconds: float | None
    said: int


class LineCells(TypedDict):
    """A message of a conversation, counted from 1. `participant` is None for bots, worlds and the system."""

    conversation_id: str
    name: str
    task: str | None
    number: int
    sent: str | None
    committed: str
    speaker: str
    participant: str | None
    text: str
    shown_to: list[dict[str, Any]]


PARTICIPANT_COLUMNS = tuple(ParticipantCells.__annotations__)
RUN_COLUMNS = tuple(RunCells.__annotations__)
LINE_COLUMNS = tuple(LineCells.__annotations__)
