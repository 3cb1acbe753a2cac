"""A scale: whole numbers with words for its ends, or for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...message import FrozenDict
from ..answer_fault import AnswerFault
from ..form_texts import FormTexts
from .option import Option, WrittenOptions
from .written_number import number_of

_MOST_REPLIES = 11
"""How many points are offered as quick replies: 0 to 10 is one of the usual scales."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The points from `lowest` to `highest`, both included.

    Attributes:
        lowest: The first point.
        highest: The last one.
        low: What the first one means.
        high: What the last one means.
        labels: What points mean, by their numbers.
        numbers: Whether the numbers are shown where labels are.
    """

    lowest: int
    highest: int
    low: str = ""
    high: str = ""
    labels: Mapping[str, str] = field(default_factory=FrozenDict)
    numbers: bool = True

    def point(self, value: Any, texts: FormTexts) -> int:
        """Return the point that a client has sent, as a number or as its digits. Raises `AnswerFault`."""
        number = number_of(value, texts, whole=True)
        if not self.lowest <= number <= self.highest:
            raise AnswerFault("form_number_range", min=self.lowest, max=self.highest)
        return int(number)

    def typed(self, text: str, texts: FormTexts) -> int:
        """Return the point that somebody has written: its number or its words. Raises `AnswerFault`."""
        try:
            return self.point(text, texts)
        except AnswerFault:
            named = [Option(value=point, label=label) for point, label in self._named().items()]
            meant = WrittenOptions(named).meant(text, by_number=False)
        if meant is None:
            raise AnswerFault("form_number_range", min=self.lowest, max=self.highest)
        return int(meant)

    def lines(self, texts: FormTexts) -> str:
        """Return what the points mean, and between which numbers one is to be chosen."""
        said = [f"{point} = {label}" for point, label in self._named().items()]
        return "\n".join([*said, texts.form_write_range.format(min=self.lowest, max=self.highest)])

    def replies(self) -> tuple[str, ...]:
        """Return the points as quick replies, where there are not too many."""
        points = range(self.lowest, self.highest + 1)
        return tuple(map(str, points)) if len(points) <= _MOST_REPLIES else ()

    def details(self) -> dict[str, Any]:
        """Return what a page has to know of it."""
        ends = {"from": self.lowest, "to": self.highest, "low": self.low, "high": self.high}
        return {**ends, "labels": dict(self.labels), "numbers": self.numbers}

    def _named(self) -> dict[str, str]:
        ends = {str(self.lowest): self.low, str(self.highest): self.high}
        named = {**ends, **self.labels}
        return {point: named[point] for point in sorted(named, key=int) if named[point]}
