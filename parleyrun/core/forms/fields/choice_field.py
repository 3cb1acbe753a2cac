"""Choosing one of several answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..answer_fault import AnswerFault
from ..form_texts import FormTexts
from .form_field import AskedQuestion
from .option import WrittenOptions
from .options_field import OptionsField


@dataclass(frozen=True, kw_only=True)
class ChoiceField(OptionsField):
    """One of several answers; the value of the option, a str."""

    kind: ClassVar[str] = "choice"

    def checked(self, value: Any, texts: FormTexts) -> str:
        return self.chosen([value])[0]

    def typed(self, text: str, texts: FormTexts, item: str = "") -> str:
        meant = WrittenOptions(self.options).meant(text)
        if meant is None:
            raise AnswerFault(self.missing)
        return meant

    def asked(self, texts: FormTexts) -> tuple[AskedQuestion, ...]:
        written = WrittenOptions(self.options)
        lines = written.lines()
        text = self.above_answers(lines, texts.form_write_number if lines else "")
        return (AskedQuestion(text, written.replies()),)
