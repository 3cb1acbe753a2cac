"""A verdict: what a model that judges has said of one answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from .line_checks import mapping_in, text_in

FIGURE = "judge"
"""What figures of judges are called, with the criterion behind a hyphen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeVerdict:
    """What one judge said by one criterion.

    Attributes:
        judge: The name of the model.
        rubric: Names the rubric: two that are the same have the same.
        criterion: What was judged; empty where the rubric is one question.
        value: The number on the scale, or the label; None where nothing usable came.
        number: What that counts as; None for a label without a number.
        reason: Why, in the judge's words.
        problem: Why there is no value.
    """

    judge: str
    rubric: str
    criterion: str
    value: int | str | None
    number: float | None = None
    reason: str = ""
    problem: str = ""

    @classmethod
    def from_json(cls, value: Any) -> JudgeVerdict:
        """Return the verdict that `as_dict` gave. Raises `TypeError` for another."""
        verdict = cls(**mapping_in(value, "a verdict"))
        for name in ("judge", "rubric", "criterion", "reason", "problem"):
            text_in(getattr(verdict, name), name)
        if not isinstance(verdict.value, int | str | None):
            raise TypeError(f"the value of a verdict is {verdict.value!r:.40}")
        if verdict.number is not None and (
            not isinstance(verdict.number, int | float) or not isfinite(verdict.number)
        ):
            raise TypeError(f"the number of a verdict is {verdict.number!r:.40}")
        return verdict

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)

    @property
    def place(self) -> tuple[str, str, str]:
        """What it is the verdict on: a later one on the same takes its place."""
        return self.judge, self.rubric, self.criterion
