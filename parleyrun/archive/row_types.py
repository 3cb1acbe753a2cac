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
    """What is known of a person. `data`, `stored_data` and `onboard_data` are such values as JSON has.

    `outcome`, `code` and `waiting_pay_cents` (pence or cents) are of a visit that has ended, and None else.
    """

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
    outcome: str | None
    code: str | None
    waiting_pay_cents: int | None


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
    people: list[dict[str, Any]]
    match: dict[str, Any] | None
    seconds: float | None
    said: int


class LineCells(TypedDict):
    """A message of a conversation, counted from 1. `participant` is None for worlds and the system."""

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


class AnswerCells(TypedDict):
    """What a bot decided. `line` is the number of the message that it said, None if it said nothing.

    From `model` on it is what it took to have a model answer (see `core.model_answer.ModelAnswer`); all of that is
    None where no model was asked.
    """

    conversation_id: str
    name: str
    task: str | None
    participant: str
    role: str | None
    decision: int
    kind: str
    why: str
    line: int | None
    at: str
    model: str | None
    served_by: str | None
    text: str | None
    parameters: dict[str, Any] | None
    prompt_hash: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    tokens_estimated: bool | None
    cost: float | None
    seconds: float | None
    tries: int | None
    finish_reason: str | None
    calls: list[dict[str, Any]] | None
    failure: str | None
    error: str | None
    prompt: str | None


PARTICIPANT_COLUMNS = tuple(ParticipantCells.__annotations__)
RUN_COLUMNS = tuple(RunCells.__annotations__)
LINE_COLUMNS = tuple(LineCells.__annotations__)
ANSWER_ROW_COLUMNS = tuple(AnswerCells.__annotations__)
