"""What people are called in a task that gives them no roles."""

from __future__ import annotations

from .schema import Texts

PERSON_NAME = Texts().person_name


def default_name(template: str, number: int) -> str:
    """Return the name of a person to whom nobody gave one: `texts.person_name`, never the same for two."""
    name = template.format(number=number)
    return name if "{number}" in template else f"{name} {number}".strip()
