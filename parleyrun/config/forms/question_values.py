"""Values that stand in questions: dates, patterns, pictures, labels of a scale, and what follows a check."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...core.forms.fields.info_field import ShownPicture
from ...core.forms.patterns.text_pattern import TextPattern
from ...core.message import FrozenDict
from ...text import quoted
from ..diagnostics import Findings, KeyPath
from ..kinds import INVALID, JsonSchema, Shaped, Text, refuse_type
from ..sections import Field, Section

GO_ON = "continue"


@dataclass(frozen=True)
class Day:
    """A date."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
            return value
        if isinstance(value, str):
            try:
                return datetime.datetime.strptime(value.strip(), "%Y-%m-%d").date()
            except ValueError:
                pass
        return refuse_type(findings, path, "a date such as 2001-12-31", value)

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "format": "date"}


@dataclass(frozen=True)
class Pattern:
    """A pattern that texts have to fit."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if not isinstance(value, str) or not value:
            hint = "put it into single quotes" if isinstance(value, int | float) else ""
            return refuse_type(findings, path, r"a pattern such as '\d{5}'", value, hint)
        try:
            return TextPattern(str(value))
        except ValueError as error:
            findings.add("bad-pattern", path, f"in the pattern {quoted(value)}: {error}")
            return INVALID

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "minLength": 1}


@dataclass(frozen=True)
class PointLabels:
    """What points of a scale mean: a list, a label for each, or a mapping of some; by number, in digits."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if isinstance(value, list | tuple):
            entries = list(enumerate(value))
        elif isinstance(value, Mapping):
            entries = [*value.items()]
        else:
            return refuse_type(findings, path, "labels: a list, or a mapping of some points", value)
        right = True
        for point, label in entries:
            at = (*path, point if isinstance(point, int) and not isinstance(point, bool) else str(point))
            if not str(point).lstrip("-").isdecimal() or isinstance(point, bool):
                findings.add(
                    "wrong-type", at, f"expected a point of the scale, got {quoted(str(point))}", at_key=True
                )
                right = False
            elif not isinstance(label, str) or not label:
                refuse_type(
                    findings, at, "a label", label, "put it into quotes" if label not in (None, "") else ""
                )
                right = False
        if not right:
            return INVALID
        if isinstance(value, list | tuple):
            return tuple(map(str, value))
        return FrozenDict({str(int(point)): str(label) for point, label in entries})

    def json_schema(self) -> JsonSchema:
        one: JsonSchema = {"type": "string", "minLength": 1}
        return {"type": ["array", "object"], "items": one, "additionalProperties": one}


_ADDRESS = "an address that begins with https:// or http://, or attachments/"
_PICTURE = Section(
    "a picture",
    (
        Field("url", Shaped(_ADDRESS, r"(https?://|attachments/)[^\s]+"), "where it is", required=True),
        Field("alt", Text("words"), "what it shows, in words, for who cannot see it", required=True),
    ),
)


@dataclass(frozen=True)
class Pictured:
    """A picture, or a video."""

    kind: str

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if not isinstance(value, Mapping):
            return refuse_type(findings, path, "a mapping with url and alt", value)
        checked = _PICTURE.check(value, path, findings)
        if findings.has_error_at(path):
            return INVALID
        return ShownPicture(type=self.kind, url=str(checked["url"]), alt=str(checked["alt"]))

    def json_schema(self) -> JsonSchema:
        return _PICTURE.json_schema()


_ENDING = Section("after_failing", (Field("end", Text("the name of an outcome"), "the outcome", required=True),))


@dataclass(frozen=True)
class AfterFailing:
    """What follows when a question was not answered right; the outcome in the end, empty for going on."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if value == GO_ON:
            return ""
        if not isinstance(value, Mapping):
            return refuse_type(findings, path, "continue, or {end: …} with the name of an outcome", value)
        checked = _ENDING.check(value, path, findings)
        return str(checked["end"]) if "end" in checked else INVALID

    def json_schema(self) -> JsonSchema:
        return {"type": ["string", "object"], "anyOf": [{"const": GO_ON}, _ENDING.json_schema()]}


@dataclass(frozen=True)
class AsWritten:
    """A value that is looked at once the question is known that it belongs to."""

    of: JsonSchema

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        return value

    def json_schema(self) -> JsonSchema:
        return dict(self.of)
