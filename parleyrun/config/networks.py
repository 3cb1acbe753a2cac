"""Addresses and networks in a config."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any

from ..text import quoted
from .diagnostics import Findings, KeyPath
from .kinds import INVALID, JsonSchema, refuse_type

_PATTERN = r"^([0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)(/[0-9]{1,3})?$"


@dataclass(frozen=True)
class Network:
    """An IP address, or a network of them such as 10.0.0.0/8."""

    what: str

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if not isinstance(value, str):
            return refuse_type(findings, path, self.what, value)
        try:
            return str(ipaddress.ip_network(value))
        except ValueError as error:
            findings.add("wrong-form", path, f"expected {self.what}, got {quoted(value)}", str(error))
            return INVALID

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "pattern": _PATTERN}
