"""What bots decide, to columns and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..core.model_answer import BotDecision, ModelAnswer
from .columns import readable
from .one_line_json import to_line
from .safe_unpickling import to_json

ANSWER_COLUMNS = (
    "model", "served_by", "text", "parameters", "prompt_hash", "prompt_tokens", "completion_tokens",
    "tokens_estimated", "cost", "seconds", "tries", "finish_reason", "calls", "failure", "error", "prompt",
)  # fmt: skip
"""Those of `ModelAnswer`, the longest last; NULL where no model was asked."""

ANSWER_TEXTS = (
    "model", "served_by", "text", "parameters", "prompt_hash", "prompt", "finish_reason", "calls", "failure",
    "error",
)  # fmt: skip
"""Those of them that are text."""

DECISION_COLUMNS = ("number", "kind", "why", "seq", "at", *ANSWER_COLUMNS)
"""Those of `BotDecision`, but for whose decision it is."""

_NO_ANSWER = (None,) * len(ANSWER_COLUMNS)


DecisionRow = tuple[str, tuple[Any, ...], int | None]
"""Who has decided, the values of `DECISION_COLUMNS`, and the number of the decision in whose stead that is."""


def row_of_decision(decision: BotDecision) -> DecisionRow:
    """Return a decision as it goes on record."""
    answer = _NO_ANSWER if decision.answer is None else _columns_of_answer(decision.answer)
    columns = decision.number, decision.kind, readable(decision.why), decision.seq, decision.at, *answer
    return decision.participant_id, columns, None if decision.answer is None else decision.answer.noted_as


def _columns_of_answer(answer: ModelAnswer) -> tuple[Any, ...]:
    return tuple(_column(getattr(answer, name)) for name in ANSWER_COLUMNS)


def _column(value: Any) -> Any:
    if isinstance(value, str):
        return readable(value)
    return to_line(to_json(value)) if isinstance(value, Mapping | tuple) else value


def answer_from(columns: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return an answer's values by their names, such as JSON has, from its columns; None if no model was asked."""
    if columns["model"] is None:
        return None
    answer = {name: columns[name] for name in ANSWER_COLUMNS if name in columns}
    answer["tokens_estimated"] = bool(answer["tokens_estimated"])
    return answer | {name: json.loads(answer[name]) for name in ("parameters", "calls")}
