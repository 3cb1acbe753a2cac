"""What is wrong with an answer."""

from __future__ import annotations

from typing import Any

from .form_texts import FormTexts


class AnswerFault(ValueError):
    """An answer cannot be taken. Caught inside of forms, where it becomes a sentence for who answered.

    Args:
        text: Which sentence of `FormTexts` says why.
        values: What is filled in there.
    """

    def __init__(self, text: str, **values: Any) -> None:
        super().__init__(text)
        self.text = text
        self.values = values

    def words(self, texts: FormTexts) -> str:
        """Return the sentence."""
        template: str = getattr(texts, self.text)
        return template.format(**self.values)
