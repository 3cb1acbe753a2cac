"""Entering a date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from ..answer_fault import AnswerFault
from ..form_texts import FormTexts
from .form_field import AskedQuestion, FormField
from .text_cleaning import cleaned

_LONGEST = 40
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")


@dataclass(frozen=True, kw_only=True)
class DateField(FormField):
    """A date; a str such as 2001-12-31. Written with slashes, days and months are never guessed at."""

    kind: ClassVar[str] = "date"
    missing: ClassVar[str] = "form_date"
    earliest: date | None = None
    latest: date | None = None

    def checked(self, value: Any, texts: FormTexts) -> str:
        day = _date_of(value)
        if (self.earliest and day < self.earliest) or (self.latest and day > self.latest):
            raise self._out_of_range()
        return day.isoformat()

    def draft(self, value: Any, texts: FormTexts) -> str | None:
        if self.is_empty(value):
            return None
        if not isinstance(value, str) or len(value) > _LONGEST:
            raise AnswerFault(self.missing)
        return cleaned(value, lines=1)

    def _out_of_range(self) -> AnswerFault:
        bounds = {
            name: bound.isoformat()
            for name, bound in (("earliest", self.earliest), ("latest", self.latest))
            if bound is not None
        }
        which = "range" if len(bounds) == 2 else next(iter(bounds))
        return AnswerFault(f"form_date_{which}", **bounds)

    def typed(self, text: str, texts: FormTexts, item: str = "") -> str:
        return text

    def asked(self, texts: FormTexts) -> tuple[AskedQuestion, ...]:
        return (AskedQuestion(self.above_answers(texts.form_date)),)

    def details(self, texts: FormTexts) -> dict[str, Any]:
        bounds = {"earliest": self.earliest, "latest": self.latest}
        return {name: bound.isoformat() if bound else None for name, bound in bounds.items()}


def _date_of(value: Any) -> date:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise AnswerFault("form_date")
    text = value.strip()
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day = found[1], found[3], found[4]
    elif found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
    else:
        raise AnswerFault("form_date")
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise AnswerFault("form_date") from None
