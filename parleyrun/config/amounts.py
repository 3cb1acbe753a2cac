"""How much of each of several things: what is asked of a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..core.message import FrozenDict
from ..text import kind_of
from .diagnostics import Findings, KeyPath, part
from .kinds import INVALID, JsonSchema, Quantity, refuse_type

_AMOUNT = Quantity(0, 1e6)


@dataclass(frozen=True)
class Amounts:
    """How much of each of several things, by their names: `{GPU: 1}`."""

    what: str = "a mapping such as {GPU: 1}"

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if value is None:
            return FrozenDict()
        if not isinstance(value, Mapping):
            return refuse_type(findings, path, self.what, value)
        amounts: dict[str, float] = {}
        for name, amount in value.items():
            at = (*path, part(name))
            if not isinstance(name, str) or not name:
                findings.add("key-not-text", at, f"expected a name such as GPU, got {kind_of(name)}", at_key=True)
                continue
            checked = _AMOUNT.check(amount, at, findings)
            if checked is not INVALID:
                amounts[name] = checked
        return FrozenDict(amounts)

    def json_schema(self) -> JsonSchema:
        return {"type": ["object", "null"], "additionalProperties": _AMOUNT.json_schema()}
