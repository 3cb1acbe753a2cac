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

    `role` is the one they had in conversations; of somebody who had several, each once, with `; ` between them, in
    the order in which they first had them. None: there was none.
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
    role: str | None
    outcome: str | None
    code: str | None
    waiting_pay_cents: int | None


class RunCells(TypedDict):
    """A run, without what was said in it. What is not so before its end is None until then.

    `said` are messages of people, `answers` those of models; `cost` is None where no price is known.
    """

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
    said_by_bots: int
    turns: int
    answers: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None


class LineCells(TypedDict):
    """A message of a conversation, counted from 1. `participant` and `turn` are None for worlds and the system.

    A turn is all that one of the people and bots says before the next one speaks; answers to forms and wishes to
    finish are in none.
    """

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
    is_bot: bool
    turn: int | None
    payload: Any
    moderated: str | None
    reply_to: int | None
    reactions: list[dict[str, str]]


class FormCells(TypedDict):
    """A question that somebody was asked, or an item of a matrix, and the answer.

    `value` is as the form gave it: a text, a number, true or false, or a list; `missing` says why there is none.
    """

    participant: str
    form: str
    instance: int
    conversation_id: str
    last_conversation_id: str | None
    asked_in: str
    task: str | None
    role: str | None
    ended: str
    status: str
    outcome: str | None
    position: int | None
    question: str
    item: str | None
    kind: str | None
    value: Any
    number: float | None
    label: str | None
    missing: str | None
    correct: bool | None
    tries: int | None
    shown_at: str | None
    touched_at: str | None
    changed_at: str | None
    answered_at: str | None


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


PARTICIPANT_CELL_NAMES = tuple(ParticipantCells.__annotations__)
RUN_CELL_NAMES = tuple(RunCells.__annotations__)
