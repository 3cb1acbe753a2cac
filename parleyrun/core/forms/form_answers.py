"""What a page sends of a form: answers, some or all, as a payload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..message import FrozenDict

ANSWERS = "answers"
"""The type of such a payload."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormAnswers:
    """Answers, as they were sent; nothing in them has been looked at yet.

    Attributes:
        answers: By the names of questions. None takes an answer back.
        times: What the client says of times, by the same names.
        through: The page that the person is done with, `all` for the whole form; None where they are still at it.
        at: When it came, in milliseconds of wall time; None where nobody has noted it.
    """

    answers: Mapping[str, Any] = field(default_factory=FrozenDict)
    times: Mapping[str, Any] = field(default_factory=FrozenDict)
    through: int | Literal["all"] | None = None
    at: int | None = None


def answers_in(payload: Any, form: str, number: int) -> FormAnswers | None:
    """Return the answers that a payload has for a form; None if it has none for this one, whatever it is.

    Args:
        payload: What a client has sent.
        form: The name of the form.
        number: Which of the forms that this person was shown it is.
    """
    if not isinstance(payload, Mapping) or payload.get("type") != ANSWERS:
        return None
    its = payload.get("number")
    if payload.get("form") != form or isinstance(its, bool) or its != number:
        return None
    answers, times, page, at = (payload.get(name) for name in ("answers", "times", "page", "at"))
    if answers is not None and not isinstance(answers, Mapping):
        return None
    is_page = isinstance(page, int) and not isinstance(page, bool)
    return FormAnswers(
        answers=answers or FrozenDict(),
        times=times if isinstance(times, Mapping) else FrozenDict(),
        through="all" if payload.get("done") is True else page if is_page else None,
        at=at if isinstance(at, int) and not isinstance(at, bool) else None,
    )
