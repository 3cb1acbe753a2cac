"""What may stand under `alerts:`: what is watched, and how somebody is told."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ..diagnostics import Findings, KeyPath
from ..kinds import INVALID, Flag, JsonSchema, Quantity, refuse_type
from ..sections import Field, Section
from .watch_settings import CONDITIONS, AlertsConfig

_DAY_SECONDS = 86_400
_SIZES = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?) ?([KMGT]?B)?", re.IGNORECASE)


@dataclass(frozen=True)
class SecretAddress:
    """An http address that no finding shows, as what is in it lets whoever has it post there."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if isinstance(value, str) and re.fullmatch(r"https?://[^\s/]+\S*", value):
            return value
        hint = "write it with its https://, or ${NAME} for a variable of the environment that has it"
        findings.add("wrong-form", path, "expected an address such as https://hooks.example.org/…", hint)
        return INVALID

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "pattern": "^(https?://|\\$\\{)"}


@dataclass(frozen=True)
class ProgramCall:
    """A program with its arguments, as a list of texts; a tuple in the end."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if isinstance(value, list | tuple) and value and all(isinstance(each, str) for each in value) and value[0]:
            return tuple(value)
        return refuse_type(findings, path, "a list of texts such as [mail, -s, Alert, me@example.org]", value)

    def json_schema(self) -> JsonSchema:
        return {"type": "array", "items": {"type": "string"}, "minItems": 1}


@dataclass(frozen=True)
class ByteSize:
    """A number of bytes, or a text such as 1GB; whole in the end."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
        if found is None:
            return refuse_type(findings, path, "a size such as 1GB or 500MB, or a number of bytes", value)
        return int(float(found[1]) * _SIZES[(found[2] or "").upper()])

    def json_schema(self) -> JsonSchema:
        pattern = r"^[0-9]{1,15}(\.[0-9]{1,6})? ?([KMGTkmgt]?[Bb])?$"
        return {"type": ["integer", "string"], "minimum": 1, "pattern": pattern}


@dataclass(frozen=True)
class ModelNames:
    """`true` for all models, or the name of one, or several; a tuple in the end, empty for all, None for none."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if isinstance(value, bool):
            return () if value else None
        names = [value] if isinstance(value, str) else value
        if isinstance(names, list | tuple) and names and all(isinstance(name, str) and name for name in names):
            return tuple(names)
        return refuse_type(findings, path, "true, or the name of a model, or several", value)

    def json_schema(self) -> JsonSchema:
        return {"type": ["boolean", "string", "array"], "items": {"type": "string"}, "minItems": 1, "minLength": 1}


ALERTS = Section(
    "alerts",
    (
        Field(
            "nobody_matched_for",
            Quantity(10, 7 * _DAY_SECONDS, unit="seconds"),
            "for how many seconds people wait and nobody is matched",
            optional=True,
        ),
        Field(
            "dropped_out_above",
            Quantity(0, 1),
            "which share of conversations, such as 0.3, ends as people leave or are silent",
            optional=True,
        ),
        Field(
            "errors_above",
            Quantity(0, 1_000_000, whole=True),
            "how many errors the log has within the window",
            optional=True,
        ),
        Field("cost_above", Quantity(0, 10**9), "what the models of the study cost", optional=True),
        Field("model_down", ModelNames(), "the model, or models, that must answer; true for all", optional=True),
        Field("disk_below", ByteSize(), "how much is free on the disk of the record, such as 1GB", optional=True),
        Field(
            "window",
            Quantity(60, 7 * _DAY_SECONDS, unit="seconds"),
            "over how many seconds errors and ends of conversations are counted",
        ),
        Field(
            "remind_after",
            Quantity(60, 30 * _DAY_SECONDS, unit="seconds"),
            "after how many seconds somebody is told again",
        ),
        Field("webhook", SecretAddress(), "the address that is told, by a POST of JSON", optional=True),
        Field("command", ProgramCall(), "the program that is told, on its standard input", optional=True),
        Field("terminal", Flag(), "whether the log says it, as it does where there is no other way"),
    ),
    AlertsConfig,
)


def alerts_of(checked: Mapping[str, Any], models: Collection[str], findings: Findings) -> AlertsConfig:
    """Return what is watched, and add what does not fit to the findings.

    Args:
        checked: What stands there and is right.
        models: The names of the models of the config.
        findings: What is wrong with the config.
    """
    given = {name: value for name, value in checked.items() if value is not None}
    alerts = AlertsConfig(**given)
    if alerts.model_down is not None and not models:
        findings.add("unknown-model", ("alerts", "model_down"), "expected models:, got none", "leave the key out")
    else:
        for name in alerts.model_down or ():
            if name not in models:
                message = f"expected the name of a model, got '{name}'"
                hint = f"the models are {', '.join(models)}"
                findings.add("unknown-model", ("alerts", "model_down"), message, hint)
    if not alerts.watched:
        hint = f"name some of {', '.join(CONDITIONS)}"
        findings.add("missing-key", ("alerts",), "expected something to be watched, got nothing", hint)
    return alerts
