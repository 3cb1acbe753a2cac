"""Sentences that an author may say otherwise, as fields of a dataclass."""

from __future__ import annotations

from dataclasses import field
from typing import Any


def sentence_field(when: str, sentence: str, *placeholders: str) -> Any:
    """Return a field with a sentence, a template as `str.format` takes it.

    Args:
        when: When it is said or shown, and to whom, for the documentation.
        sentence: What is said unless an author has something else.
        placeholders: Which names in braces it may hold.
    """
    return field(default=sentence, metadata={"when": when, "placeholders": placeholders})
