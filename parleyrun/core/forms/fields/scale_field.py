"""Choosing a point of a scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..form_texts import FormTexts
from .form_field import AskedQuestion, FormField
from .scale import Scale


@dataclass(frozen=True, kw_only=True)
class ScaleField(FormField):
    """A point of a scale; an int."""

    kind: ClassVar[str] = "scale"
    scale: Scale

    def checked(self, value: Any, texts: FormTexts) -> int:
        return self.scale.point(value, texts)

    def typed(self, text: str, texts: FormTexts, item: str = "") -> int:
        return self.scale.typed(text, texts)

    def asked(self, texts: FormTexts) -> tuple[AskedQuestion, ...]:
        return (AskedQuestion(self.above_answers(self.scale.lines(texts)), self.scale.replies()),)

    def details(self, texts: FormTexts) -> dict[str, Any]:
        return self.scale.details()
