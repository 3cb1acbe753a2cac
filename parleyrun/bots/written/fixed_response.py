"""`fixed`, also called `fixed_response`: says the same, whatever it is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...config.kinds import Text
from ...config.sections import Field, Section
from ...core.message import Act
from ..plain import NO_IDEA, PlainAgent
from .answer_delay import SECONDS_FIELD, take_time

TEXT, OLDER = "text", "fixed_response"


class FixedResponseAgent(PlainAgent):
    """Says `opt['text']`, or as ParlAI has it `opt['fixed_response']`, after `opt['seconds']`."""

    settings_section = Section(
        "a model of the kind fixed",
        (Field(TEXT, Text("a text"), "what it says", older=OLDER), SECONDS_FIELD),
    )

    def __init__(self, opt: Mapping[str, Any] | None = None, shared: Mapping[str, Any] | None = None) -> None:
        super().__init__(opt, shared)
        self._text = str(self.opt.get(TEXT) or self.opt.get(OLDER) or NO_IDEA)

    def act(self) -> Act:
        take_time(self.opt)
        return super().act()

    def batch_act(self, observations: Sequence[Act | None]) -> list[Act]:
        """Return an answer to each observation, after the time of one."""
        take_time(self.opt)
        return super().batch_act(observations)

    def answer(self, observation: Mapping[str, Any]) -> Act:
        return {"id": self.id, "text": self._text}

    def check(self) -> None:
        """There is nothing to ask before the doors open."""
