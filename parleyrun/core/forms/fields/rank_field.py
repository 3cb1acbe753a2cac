"""Putting things in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..answer_fault import AnswerFault
from ..form_texts import FormTexts
from .form_field import AskedQuestion
from .option import WrittenOptions
from .options_field import OptionsField


@dataclass(frozen=True, kw_only=True)
class RankField(OptionsField):
    """All of several things in an order; a list of all values, the first one first."""

    kind: ClassVar[str] = "rank"
    missing: ClassVar[str] = "form_rank"

    def is_empty(self, value: Any) -> bool:
        return value is None or value in ([], ())

    def checked(self, value: Any, texts: FormTexts) -> list[str]:
        chosen = self.chosen(value)
        if len(chosen) < len(self.options):
            raise AnswerFault(self.missing)
        return chosen

    def draft(self, value: Any, texts: FormTexts) -> list[str] | None:
        return None if self.is_empty(value) else self.chosen(value)

    def typed(self, text: str, texts: FormTexts, item: str = "") -> list[str]:
        return WrittenOptions(self.options, numbered=True).all_meant(text, self.missing)

    def asked(self, texts: FormTexts) -> tuple[AskedQuestion, ...]:
        lines = WrittenOptions(self.options, numbered=True).lines()
        return (AskedQuestion(self.above_answers(lines, texts.form_write_order)),)
