"""What all forms of a runner have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ...core.forms.form_texts import FormTexts


def _nobody(_participant_id: str) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class FormMeans:
    """What it takes to ask people forms. Any thread.

    Attributes:
        texts: The sentences of forms, in the language of people.
        shows: Says whether a participant, by their id, can be shown a form as a whole; who cannot is asked
            question by question.
    """

    texts: FormTexts = field(default_factory=FormTexts)
    shows: Callable[[str], bool] = _nobody


ENGLISH_QUESTIONS = FormMeans()
"""Forms that are asked in English, question by question."""
