"""What questions have in common that offer answers to choose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

from ..answer_fault import AnswerFault
from ..form_texts import FormTexts
from ..seeded_order import seeded_order
from .form_field import FormField
from .option import Option


@dataclass(frozen=True, kw_only=True)
class OptionsField(FormField):
    """A question with options. With `shuffle` each person sees them in an order of their own."""

    options: tuple[Option, ...]
    shuffle: bool = False

    def shuffled(self, seed: str) -> Self:
        if not self.shuffle:
            return self
        order = seeded_order(self.options, seed, lambda option: option.value, lambda option: option.fixed)
        return replace(self, options=order)

    def order(self) -> tuple[str, ...] | None:
        return tuple(option.value for option in self.options) if self.shuffle else None

    def details(self, texts: FormTexts) -> dict[str, Any]:
        return {"options": [option.described() for option in self.options]}

    def chosen(self, value: Any) -> list[str]:
        """Return some options that are named by a list, each once. Raises `AnswerFault`."""
        if not isinstance(value, list | tuple) or len(value) > len(self.options):
            raise AnswerFault(self.missing)
        known = {option.value for option in self.options}
        if not all(isinstance(one, str) and one in known for one in value):
            raise AnswerFault(self.missing)
        return list(dict.fromkeys(value))
