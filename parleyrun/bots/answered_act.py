"""An act that knows what it took to make it."""

from __future__ import annotations

from typing import Any

from ..core.model_answer import ModelAnswer
from ..errors import ModelError, ModelFailure


class AnsweredAct(dict[str, Any]):
    """What a model that answers for many says for one of them. Where it says nothing, `answer` tells why.

    To whoever does not ask for `answer` it is an act like any other.
    """

    def __init__(self, act: dict[str, Any], answer: ModelAnswer) -> None:
        super().__init__(act)
        self.answer = answer


def raise_if_failed(act: Any) -> None:
    """Raise the `ModelError` that an act stands for, if it stands for one."""
    answer: ModelAnswer | None = getattr(act, "answer", None)
    if answer is not None and answer.failure:
        raise ModelError(answer.error, ModelFailure(answer.failure))
