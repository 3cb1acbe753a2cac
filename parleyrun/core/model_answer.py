"""What it took to have a model answer: goes on record with the turn that the answer led to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .message import FrozenDict


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAnswer:
    """One time that a model was asked, whether it answered or not.

    Attributes:
        model: The model's name under `models:`, or what it was created by.
        served_by: The model's name as its server calls it; empty where there is none.
        text: What it answered, as it came; empty if it did not.
        parameters: What it was asked with, besides the words: `temperature`, …
        prompt_hash: Names the prompt: two prompts that are the same have the same.
        prompt: The prompt itself, as JSON; None unless `record_prompts` is set.
        prompt_tokens: How many tokens the prompt was.
        completion_tokens: How many tokens the answer was.
        tokens_estimated: Whether the two are estimates, as the server told nothing.
        cost: What it cost, in the currency of `price`; None where no price is known.
        seconds: How long it took, retries included.
        tries: How many requests it took.
        finish_reason: Why the answer ended, in the server's words.
        calls: Which functions it had called, each with `name`, `arguments` and `result`.
        failure: Why there is no answer, as one of a few causes; empty if there is one.
        error: What happened then, as one sentence.
        noted_as: The number of the decision under which it is on record already, until the one that it led to is.
    """

    model: str
    served_by: str = ""
    text: str = ""
    parameters: FrozenDict = field(default_factory=FrozenDict)
    prompt_hash: str = ""
    prompt: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    tokens_estimated: bool = False
    cost: float | None = None
    seconds: float = 0.0
    tries: int = 1
    finish_reason: str = ""
    calls: tuple[FrozenDict, ...] = ()
    failure: str = ""
    error: str = ""
    noted_as: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BotDecision:
    """What a bot decided once it was its turn to decide, as it goes on record.

    Attributes:
        participant_id: The bot's seat in its run, as `BotSeat.participant_id` has it.
        number: Counts the decisions of that seat, from 1.
        kind: It `spoke`, stayed `silent`, was `overtaken` and did not say what it had, or its model `failed`; or
            a line was `moderated`, by a model without a seat.
        why: Why, where it did not speak: `not addressed`, …
        seq: Which line of the seat's log it spoke; None where it did not.
        at: Wall time in seconds.
        answer: What it took; None where no model was asked.
    """

    participant_id: str
    number: int
    kind: Literal["spoke", "silent", "overtaken", "failed", "moderated"]
    why: str = ""
    seq: int | None = None
    at: float = 0.0
    answer: ModelAnswer | None = None
