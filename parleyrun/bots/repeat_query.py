"""`repeat_query`: says what it was asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..config.sections import Section
from ..core.message import Act
from .plain import NO_IDEA, PlainAgent


class RepeatQueryAgent(PlainAgent):
    """Says again what was said to it."""

    settings_section = Section("a model of the kind repeat_query", ())

    def answer(self, observation: Mapping[str, Any]) -> Act:
        return {"id": self.id, "text": observation.get("text") or NO_IDEA}
