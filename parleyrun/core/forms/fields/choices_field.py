"""Choosing several answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..answer_fault import AnswerFault
from ..answer_value import AnswerValue
from ..form_texts import FormTexts
from .form_field import AskedQuestion
from .option import WrittenOptions
from .options_field import OptionsField


@dataclass(frozen=True, kw_only=True)
class ChoicesField(OptionsField):
    """Some of several answers; a list of values, in the order in which the options are written.

    Attributes:
        least: How many have to be chosen; with 0 an empty list is an answer.
        most: How many can be chosen; None for all.
    """

    kind: ClassVar[str] = "choices"
    least: int = 1
    most: int | None = None

    def is_empty(self, value: Any) -> bool:
        return value is None or (self.least > 0 and value in ([], ()))

    def checked(self, value: Any, texts: FormTexts) -> list[str]:
        chosen = self.draft(value, texts)
        if not chosen and self.least:
            raise AnswerFault(self.missing)
        if len(chosen) < self.least and not self._chosen_alone(chosen):
            raise AnswerFault("form_choose_at_least", count=self.least)
        if self.most is not None and len(chosen) > self.most:
            raise AnswerFault("form_choose_at_most", count=self.most)
        if len(chosen) > 1:
            among = set(chosen)
            for option in self.options:
                if option.alone and option.value in among:
                    raise AnswerFault("form_alone", option=option.label)
        return chosen

    def draft(self, value: Any, texts: FormTexts) -> list[str]:
        chosen = set(self.chosen([] if value is None else value))
        return [option.value for option in self.options if option.value in chosen]

    def _chosen_alone(self, chosen: list[str]) -> bool:
        return any(option.alone for option in self.options if [option.value] == chosen)

    def typed(self, text: str, texts: FormTexts, item: str = "") -> list[str]:
        return WrittenOptions(self.options, numbered=True).all_meant(text, self.missing)

    def asked(self, texts: FormTexts) -> tuple[AskedQuestion, ...]:
        lines = WrittenOptions(self.options, numbered=True).lines()
        return (AskedQuestion(self.above_answers(lines, texts.form_write_numbers if lines else "")),)

    def details(self, texts: FormTexts) -> dict[str, Any]:
        options = [option.described() for option in self.options]
        return {"options": options, "min": self.least, "max": self.most}

    def _fits(self, answer: AnswerValue, right: AnswerValue) -> bool:
        return isinstance(answer, list) and isinstance(right, list) and set(answer) == set(right)
