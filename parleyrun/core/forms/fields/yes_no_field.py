"""Saying yes or no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..answer_fault import AnswerFault
from ..form_texts import FormTexts
from .form_field import AskedQuestion, FormField
from .option import Option, WrittenOptions

_YES, _NO = "yes", "no"


@dataclass(frozen=True, kw_only=True)
class YesNoField(FormField):
    """Yes or no; a bool. Its labels are those of the language, unless it has its own."""

    kind: ClassVar[str] = "yes_no"
    yes_label: str = ""
    no_label: str = ""

    def checked(self, value: Any, texts: FormTexts) -> bool:
        if not isinstance(value, bool):
            raise AnswerFault(self.missing)
        return value

    def typed(self, text: str, texts: FormTexts, item: str = "") -> bool:
        meant = self._written(texts).meant(text)
        if meant is None and (self.yes_label or self.no_label):
            plain = (Option(value=_YES, label=texts.form_yes), Option(value=_NO, label=texts.form_no))
            meant = WrittenOptions(plain).meant(text)
        if meant is None:
            raise AnswerFault(self.missing)
        return meant == _YES

    def asked(self, texts: FormTexts) -> tuple[AskedQuestion, ...]:
        written = self._written(texts)
        lines = written.lines()
        text = self.above_answers(lines, texts.form_write_number if lines else "")
        return (AskedQuestion(text, written.replies()),)

    def details(self, texts: FormTexts) -> dict[str, Any]:
        return {"yes": self.yes_label or texts.form_yes, "no": self.no_label or texts.form_no}

    def _written(self, texts: FormTexts) -> WrittenOptions:
        labels = self.details(texts)
        return WrittenOptions([Option(value=value, label=labels[value]) for value in (_YES, _NO)])
