"""What a value in a config may be. Each kind checks a value and describes itself as JSON Schema.

This is the one source for both: what `validate` refuses, the schema refuses too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from keyword import iskeyword
from typing import Any, Protocol

from ..text import did_you_mean, kind_of
from .diagnostics import Findings
from .marks import KeyPath
from .texts import template_fault

INVALID: Any = object()
"""What `check` returns for a value it has found fault with."""

JsonSchema = dict[str, Any]

_PLAIN = (str, int, float, type(None))


class Kind(Protocol):
    """What a value may be."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        """Return the value as the config is to hold it; INVALID, after adding a finding, if it is wrong."""

    def json_schema(self) -> JsonSchema: ...


@dataclass(frozen=True)
class Field:
    """One key of a mapping. `older` is a name it used to have, `optional` allows null."""

    name: str
    kind: Kind
    description: str
    required: bool = False
    optional: bool = False
    older: str | None = None


def _refuse(findings: Findings, path: KeyPath, expected: str, value: Any, hint: str = "") -> Any:
    findings.add("wrong-type", path, f"expected {expected}, got {kind_of(value)}", hint)
    return INVALID


@dataclass(frozen=True)
class Text:
    """Any text that is not empty."""

    what: str = "text"

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if isinstance(value, str) and value:
            return value
        mend = "put it into quotes" if isinstance(value, bool | int | float) else ""
        return _refuse(findings, path, self.what, value, "leave the key out" if value == "" else mend)

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "minLength": 1}


@dataclass(frozen=True)
class Secret:
    """Any text that is not empty, and that no finding shows."""

    what: str

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if isinstance(value, str) and value:
            return value
        number = isinstance(value, int | float) and not isinstance(value, bool)
        got = "nothing" if value in (None, "") else "a number" if number else "something else"
        mend = "put it into quotes" if number else "leave the key out"
        findings.add("wrong-type", path, f"expected {self.what}, got {got}", mend)
        return INVALID

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "minLength": 1}


@dataclass(frozen=True)
class Shaped:
    """A text that a regular expression describes, the same in Python and in JavaScript; `mend` says how."""

    what: str
    pattern: str
    mend: str = ""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if not isinstance(value, str):
            return _refuse(findings, path, self.what, value, self.mend)
        if re.fullmatch(self.pattern, value):
            return value
        findings.add("wrong-form", path, f"expected {self.what}, got {value[:80]!r}", self.mend)
        return INVALID

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "pattern": f"^(?:{self.pattern})$"}


@dataclass(frozen=True)
class Name:
    """The name of a class, or, with `several` parts, of a module."""

    what: str
    example: str
    several: bool = False

    _PART = r"[^\W\d]\w*"

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if not isinstance(value, str):
            return _refuse(findings, path, f"{self.what} such as {self.example}", value)
        parts = value.split(".") if self.several else [value]
        if all(part.isidentifier() and not iskeyword(part) for part in parts):
            return value
        findings.add(
            "bad-name", path, f"expected {self.what} such as {self.example}, got {value[:80]!r}", self._mend(value)
        )
        return INVALID

    def _mend(self, value: str) -> str:
        if value in ("None", "none"):
            return "for none, leave the key out"
        if not self.several:
            return "write the class's name alone" if "." in value or ":" in value else ""
        dotted = value.removesuffix(".py").replace("\\", "/").strip("./").replace("/", ".")
        return f"did you mean '{dotted}'?" if dotted != value and "/" in value else ""

    def json_schema(self) -> JsonSchema:
        more = rf"(\.{self._PART})*" if self.several else ""
        return {"type": "string", "pattern": f"^{self._PART}{more}$"}


@dataclass(frozen=True)
class Number:
    """A number in a range; with `whole`, one without a fraction."""

    least: float
    most: float
    whole: bool = False
    unit: str = ""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        expected = f"a {'whole ' if self.whole else ''}number{f' of {self.unit}' if self.unit else ''}"
        if isinstance(value, bool) or not isinstance(value, int | float):
            return _refuse(findings, path, expected, value, self._mend(value))
        if self.whole and isinstance(value, float):
            return _refuse(findings, path, expected, value)
        if math.isnan(value) or not self.least <= value <= self.most:
            shown = f"{value:g}" if isinstance(value, float) or abs(value) < 10**9 else "one far beyond that"
            findings.add(
                "out-of-range", path, f"expected {expected} from {self.least:g} to {self.most:,.0f}, got {shown}"
            )
            return INVALID
        return value if self.whole else float(value)

    @staticmethod
    def _mend(value: Any) -> str:
        if isinstance(value, str) and re.fullmatch(r"\s*\d+(\.\d+)?\s*", value):
            return "take the quotes off"
        return ""

    def json_schema(self) -> JsonSchema:
        kind = "integer" if self.whole else "number"
        return {"type": kind, "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Flag:
    """true or false."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        return value if isinstance(value, bool) else _refuse(findings, path, "true or false", value)

    def json_schema(self) -> JsonSchema:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if value in self.words:
            return value
        expected = " or ".join(repr(word) for word in self.words)
        if not isinstance(value, str):
            return _refuse(findings, path, expected, value)
        findings.add(
            "unknown-choice", path, f"expected {expected}, got {value!r}", did_you_mean(value, self.words)
        )
        return INVALID

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "enum": list(self.words)}


@dataclass(frozen=True)
class Identifier:
    """An id that some write as text and some as a number; text in the end."""

    what: str

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**40:
            return str(value)
        if isinstance(value, str) and value:
            return value
        return _refuse(findings, path, self.what, value)

    def json_schema(self) -> JsonSchema:
        return {"type": ["string", "integer"], "minLength": 1, "minimum": 0}


@dataclass(frozen=True)
class Template:
    """A sentence with placeholders; empty for one that is not said."""

    placeholders: tuple[str, ...]

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if not isinstance(value, str):
            return _refuse(findings, path, "a sentence", value, 'write "" to say nothing')
        fault = template_fault(value, self.placeholders)
        if fault is None:
            return value
        code, message = fault
        findings.add(code, path, message, "write {{ and }} for braces that are meant to be shown")
        return INVALID

    def json_schema(self) -> JsonSchema:
        return {"type": "string"}


@dataclass(frozen=True)
class Anything:
    """A mapping of whatever its reader likes."""

    what: str

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if value is None:
            return {}
        return value if isinstance(value, Mapping) else _refuse(findings, path, f"a mapping of {self.what}", value)

    def json_schema(self) -> JsonSchema:
        return {"type": ["object", "null"]}


@dataclass(frozen=True)
class Section:
    """A mapping with known keys. `of` is the dataclass that holds it, and so knows the defaults."""

    what: str
    fields: tuple[Field, ...]
    of: type[Any] | None = None
    unknown: str = "unknown-key"

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        """Return the values that are there and right, by field name."""
        if value is None:
            value = {}
        if not isinstance(value, Mapping):
            return _refuse(findings, path, f"a mapping with {self._some_keys()}", value)
        checked: dict[str, Any] = {}
        for field in self.fields:
            name = self._given_name(field, value, path, findings)
            if name is None:
                if field.required:
                    self._missing(field, path, findings)
                continue
            item = value[name]
            skip = item is None and field.optional
            result = None if skip else field.kind.check(item, (*path, name), findings)
            if result is not INVALID:
                checked[field.name] = result
        self._refuse_unknown(value, path, findings, checked)
        return checked

    @staticmethod
    def _given_name(field: Field, values: Mapping[Any, Any], path: KeyPath, findings: Findings) -> str | None:
        """Return which of the field's names is there, if one is."""
        given = [name for name in (field.name, field.older) if name and name in values]
        if len(given) == 2:
            findings.add(
                "both-given",
                (*path, given[1]),
                f"expected '{field.name}' or its older name '{field.older}', got both",
                f"remove '{field.older}'",
                at_key=True,
            )
        return given[0] if given else None

    def _missing(self, field: Field, path: KeyPath, findings: Findings) -> None:
        where = f" in '{path[-1]}'" if path else ""
        message = f"expected the key '{field.name}'{where} ({field.description})"
        findings.add("missing-key", (*path, field.name), message)

    def takes(self, key: str, value: Any, path: KeyPath, findings: Findings, checked: dict[str, Any]) -> bool:
        """Whether a key that is not among the fields belongs here all the same; then its value is in `checked`."""
        return False

    def _refuse_unknown(
        self, values: Mapping[Any, Any], path: KeyPath, findings: Findings, checked: dict[str, Any]
    ) -> None:
        known = self.names
        for key in values:
            at = (*path, part(key))
            if not isinstance(key, str):
                message = f"expected a key that is text, got {kind_of(key)}"
                findings.add("key-not-text", at, message, "put it into quotes", at_key=True)
            elif key not in known and not self.takes(key, values[key], at, findings, checked):
                offered = self.offered
                hint = did_you_mean(key, [name for name in offered if name not in values] or offered, "keys")
                message = f"expected a key of {self.what}, got '{key[:80]}'"
                findings.add(self.unknown, at, message, hint, at_key=True)

    @property
    def names(self) -> list[str]:
        """Every key that may be given, older names included."""
        return [name for field in self.fields for name in (field.name, field.older) if name]

    @property
    def offered(self) -> list[str]:
        """Every key that somebody may have meant."""
        return self.names

    def _some_keys(self) -> str:
        names = [field.name for field in self.fields]
        return ", ".join(names[:4]) + (" …" if len(names) > 4 else "")

    def json_schema(self) -> JsonSchema:
        properties: JsonSchema = {}
        defaults = default_values(self.of)
        for field in self.fields:
            described = _described(field, defaults)
            properties[field.name] = described
            if field.older:
                properties[field.older] = {**described, "deprecated": True}
        required = [field.name for field in self.fields if field.required]
        schema: JsonSchema = {"type": "object" if required else ["object", "null"]}
        schema |= {"properties": properties, "additionalProperties": False}
        if required:
            schema["required"] = required
        either = [{"required": [field.name, field.older]} for field in self.fields if field.older]
        if either:
            schema["not"] = {"anyOf": either}
        return schema


@dataclass(frozen=True)
class Table:
    """A mapping whose keys its author chooses, each with the same kind of section."""

    what: str
    section: Section
    check_key: Callable[[str, KeyPath, Findings], None]

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if value is None:
            value = {}
        if not isinstance(value, Mapping):
            return _refuse(findings, path, f"a mapping of {self.what}", value)
        checked: dict[str, Any] = {}
        for key, item in value.items():
            at = (*path, part(key))
            if not isinstance(key, str):
                hint = "put it into quotes"
                if isinstance(key, bool):
                    hint += ": YAML takes yes, no, on and off for true and false"
                findings.add(
                    "key-not-text", at, f"expected a key that is text, got {kind_of(key)}", hint, at_key=True
                )
                continue
            self.check_key(key, at, findings)
            entry = self.section.check(item, at, findings)
            if entry is not INVALID:
                checked[key] = entry
        return checked

    def json_schema(self) -> JsonSchema:
        return {"type": "object", "additionalProperties": self.section.json_schema()}


def part(key: Any) -> str | int:
    """Return a mapping's key as part of a key path."""
    return key if isinstance(key, str | int) and not isinstance(key, bool) else str(key)


def default_values(of: type[Any] | None) -> dict[str, Any]:
    """Return the defaults of a dataclass that are plain values, by field name."""
    known: Iterable[Any] = fields(of) if of is not None else ()
    return {field.name: field.default for field in known if isinstance(field.default, _PLAIN)}


def _described(field: Field, defaults: Mapping[str, Any]) -> JsonSchema:
    schema = field.kind.json_schema()
    if field.optional:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        schema = {**schema, "type": [*kinds, "null"]}
    schema = {**schema, "description": field.description}
    if field.name in defaults:
        schema["default"] = defaults[field.name]
    return schema
