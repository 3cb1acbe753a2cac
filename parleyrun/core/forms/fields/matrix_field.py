"""Several items, each with a point of the same scale."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from ..answer_fault import AnswerFault
from ..answer_value import AnswerValue
from ..form_texts import FormTexts
from ..seeded_order import seeded_order
from .form_field import AskedQuestion, FormField
from .option import Option
from .scale import Scale


@dataclass(frozen=True, kw_only=True)
class MatrixField(FormField):
    """A point of the scale for each item; a dict of ints by the items' values, in the order they are written.

    Where it is not required, an item may have None. `shuffle` shows each person the items in their own order.
    """

    kind: ClassVar[str] = "matrix"
    missing: ClassVar[str] = "form_each"
    items: tuple[Option, ...]
    scale: Scale
    shuffle: bool = False

    def is_empty(self, value: Any) -> bool:
        return value is None or (
            isinstance(value, dict) and not any(point is not None for point in value.values())
        )

    def checked(self, value: Any, texts: FormTexts) -> dict[str, int | None]:
        points = self.draft(value, texts)
        answer = {item.value: points.get(item.value) for item in self.items}
        if self.required and None in answer.values():
            raise AnswerFault(self.missing)
        return answer

    def draft(self, value: Any, texts: FormTexts) -> dict[str, int | None]:
        if not isinstance(value, dict) or len(value) > len(self.items):
            raise AnswerFault(self.missing)
        known = {item.value for item in self.items}
        if not all(name in known for name in value):
            raise AnswerFault(self.missing)
        return {
            item.value: self.scale.point(value[item.value], texts)
            for item in self.items
            if value.get(item.value) not in (None, "")
        }

    def typed(self, text: str, texts: FormTexts, item: str = "") -> int:
        return self.scale.typed(text, texts)

    def asked(self, texts: FormTexts) -> tuple[AskedQuestion, ...]:
        lines, replies = self.scale.lines(texts), self.scale.replies()
        first = self.above_answers("")
        return tuple(
            AskedQuestion(
                "\n".join(filter(None, ("" if index else first, item.label, lines))), replies, item=item.value
            )
            for index, item in enumerate(self.items)
        )

    def details(self, texts: FormTexts) -> dict[str, Any]:
        return {"items": [item.described() for item in self.items], **self.scale.details()}

    def shuffled(self, seed: str) -> Self:
        if not self.shuffle:
            return self
        order = seeded_order(self.items, seed, lambda item: item.value, lambda item: item.fixed)
        return replace(self, items=order)

    def order(self) -> tuple[str, ...] | None:
        return tuple(item.value for item in self.items) if self.shuffle else None

    def _fits(self, answer: AnswerValue, right: AnswerValue) -> bool:
        if not isinstance(answer, dict) or not isinstance(right, dict):
            return False
        return all(answer.get(item) == point for item, point in right.items())
