"""`fixed_response`: says the same, whatever it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.message import Act
from .plain import NO_IDEA, PlainAgent


class FixedResponseAgent(PlainAgent):
    """Says `opt['fixed_response']`."""

    def __init__(self, opt: Mapping[str, Any] | None = None, shared: Mapping[str, Any] | None = None) -> None:
        super().__init__(opt, shared)
        self._text = str(self.opt.get("fixed_response") or NO_IDEA)

    def answer(self, observation: Mapping[str, Any]) -> Act:
        return {"id": self.id, "text": self._text}
