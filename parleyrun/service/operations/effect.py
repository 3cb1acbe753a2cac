"""What came of an operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .operation_results import PersonRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What came of an operation; `details` goes on record, the rest back to whoever asked."""

    target: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    told: int = 0
    person: PersonRow | None = None
    conversation: str | None = None
