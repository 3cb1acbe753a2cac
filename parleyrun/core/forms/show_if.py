"""Which questions are asked: by what was answered before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .answer_value import AnswerValue

TestName = Literal["in", "not", "above", "below"]


@dataclass(frozen=True, slots=True)
class AnswerTest:
    """One test of an earlier answer. A question that was not asked, or not answered, passes none.

    Attributes:
        field: Whose answer it is.
        test: `in` and `not` hold where the answer is, or is not, one of `values`; where several were chosen, one
            of them is enough. `above` and `below` compare it with the one value.
        values: What it is compared with.
        item: Which row, of a matrix.
    """

    field: str
    test: TestName
    values: tuple[Any, ...]
    item: str | None = None

    def holds(self, answers: Mapping[str, AnswerValue]) -> bool:
        """Return whether it holds, by the answers to the questions that are asked."""
        answer = answers.get(self.field)
        if isinstance(answer, dict):
            answer = answer.get(self.item or "")
        if answer is None:
            return False
        if self.test in ("in", "not"):
            given = answer if isinstance(answer, list) else [answer]
            return any(_same(one, value) for one in given for value in self.values) is (self.test == "in")
        bound: Any = self.values[0]
        known: Any = answer
        return bool(known > bound if self.test == "above" else known < bound)

    def described(self) -> dict[str, Any]:
        """Return the test as the page is told of it."""
        item = {} if self.item is None else {"item": self.item}
        return {"field": self.field, **item, "test": self.test, "values": list(self.values)}


ShowIf = tuple[AnswerTest, ...]
"""Tests which must all hold for a question to be asked."""


def _same(one: Any, other: Any) -> bool:
    # As 1 == True, and whether somebody smokes is no number.
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)
