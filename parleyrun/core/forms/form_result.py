"""What comes of a form that somebody was asked to fill in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .form_state import FormStatus


class FormResult(dict[str, Any]):
    """The answers to a form by the names of its questions, None where there is none: a dict like any other.

    Args:
        answers: The answers.
        status: How the form ended.
        outcome: With which outcome.

    Attributes:
        status: How the form ended: `done`, `declined`, `failed` (a question with a right answer), `timed_out`, or
            `left`, if the person has gone for good.
        outcome: With which outcome, where it was `declined` or `failed`; else empty.
    """

    def __init__(self, answers: Mapping[str, Any], status: FormStatus = "done", outcome: str = "") -> None:
        super().__init__(answers)
        self.status = status
        self.outcome = outcome

    @property
    def done(self) -> bool:
        """Whether every question was answered that has to be, and nobody declined."""
        return self.status == "done"
