"""`repeat_label`: says the right answer. What is not perfect with it is the task's fault, or the world's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..config.sections import Section
from ..core.message import Act
from .plain import NO_IDEA, PlainAgent


class RepeatLabelAgent(PlainAgent):
    """Says the first of the right answers, where there are any to see."""

    settings_section = Section("a model of the kind repeat_label", ())

    def answer(self, observation: Mapping[str, Any]) -> Act:
        labels = observation.get("labels") or observation.get("eval_labels")
        return {"id": self.id, "text": labels[0] if labels else NO_IDEA}
