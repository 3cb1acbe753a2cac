"""Entering a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..answer_fault import AnswerFault
from ..form_texts import FormTexts
from .form_field import AskedQuestion, FormField
from .text_cleaning import cleaned
from .written_number import number_of, shown_number

_LONGEST_DRAFT = 60


@dataclass(frozen=True, kw_only=True)
class NumberField(FormField):
    """A number; an int where it is `whole`, else a float. `unit` stands behind it."""

    kind: ClassVar[str] = "number"
    missing: ClassVar[str] = "form_number"
    least: float | None = None
    most: float | None = None
    whole: bool = False
    unit: str = ""

    def checked(self, value: Any, texts: FormTexts) -> int | float:
        number = number_of(value, texts, whole=self.whole, unit=self.unit)
        too_small = self.least is not None and number < self.least
        too_large = self.most is not None and number > self.most
        if too_small or too_large:
            raise self._out_of_range(texts)
        return number

    def draft(self, value: Any, texts: FormTexts) -> str | int | float | None:
        if isinstance(value, str):
            if len(value) > _LONGEST_DRAFT:
                raise AnswerFault(self.missing)
            return cleaned(value, lines=1)
        return None if value is None else number_of(value, texts, whole=False)

    def _out_of_range(self, texts: FormTexts) -> AnswerFault:
        bounds = {
            name: shown_number(bound, texts)
            for name, bound in (("min", self.least), ("max", self.most))
            if bound is not None
        }
        if len(bounds) == 2:
            return AnswerFault("form_number_range", **bounds)
        return AnswerFault("form_number_least" if "min" in bounds else "form_number_most", **bounds)

    def typed(self, text: str, texts: FormTexts, item: str = "") -> str:
        return text

    def asked(self, texts: FormTexts) -> tuple[AskedQuestion, ...]:
        question = f"{self.ask} ({self.unit})" if self.unit else self.ask
        return (AskedQuestion("\n".join(filter(None, (question, self.help)))),)

    def details(self, texts: FormTexts) -> dict[str, Any]:
        return {"min": self.least, "max": self.most, "whole": self.whole, "unit": self.unit}
