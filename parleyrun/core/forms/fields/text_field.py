"""Writing a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..answer_fault import AnswerFault
from ..answer_value import AnswerValue
from ..form_texts import FormTexts
from ..patterns.text_pattern import TextPattern
from .form_field import AskedQuestion, FormField
from .text_cleaning import cleaned


@dataclass(frozen=True, kw_only=True)
class TextField(FormField):
    """A text; a str without blanks around it.

    Attributes:
        lines: How many lines high the place to write in is; with 1 a text has a single line.
        min_length: How long it has to be, in characters (code points).
        max_length: How long it may be.
        pattern: What the whole of it has to fit; None where anything will do.
        example: What people are told that fits.
    """

    kind: ClassVar[str] = "text"
    missing: ClassVar[str] = "form_write"
    lines: int = 1
    min_length: int = 0
    max_length: int = 5_000
    pattern: TextPattern | None = None
    example: str = ""

    def draft(self, value: Any, texts: FormTexts) -> str | None:
        return None if self.is_empty(value) else self._short_enough(value)

    def checked(self, value: Any, texts: FormTexts) -> str:
        text = self._short_enough(value)
        if len(text) < self.min_length:
            raise AnswerFault("form_too_short", count=self.min_length)
        if self.pattern is not None and not self.pattern.matches(text):
            if self.example:
                raise AnswerFault("form_written_like", example=self.example)
            raise AnswerFault("form_wrong_form")
        return text

    def _short_enough(self, value: Any) -> str:
        if not isinstance(value, str):
            raise AnswerFault(self.missing)
        text = cleaned(value, lines=self.lines)
        if len(text) > self.max_length:
            raise AnswerFault("form_too_long", count=self.max_length)
        return text

    def typed(self, text: str, texts: FormTexts, item: str = "") -> str:
        return text

    def asked(self, texts: FormTexts) -> tuple[AskedQuestion, ...]:
        return (AskedQuestion(self.above_answers()),)

    def details(self, texts: FormTexts) -> dict[str, Any]:
        lengths = {"min_length": self.min_length, "max_length": self.max_length}
        return {"lines": self.lines, **lengths, "example": self.example}

    def _fits(self, answer: AnswerValue, right: AnswerValue) -> bool:
        return " ".join(str(answer).casefold().split()) == " ".join(str(right).casefold().split())
