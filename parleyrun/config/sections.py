"""Mappings of a config: which keys each may have, and of which kind their values are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, fields
from typing import Any

from ..text import did_you_mean, kind_of
from .diagnostics import Findings, KeyPath, part
from .kinds import INVALID, MISSING, JsonSchema, Kind, refuse_type

_PLAIN = (str, int, float, type(None))


@dataclass(frozen=True)
class Field:
    """One key of a mapping. `older` is a name that it may still have, `optional` allows null.

    `once` are names that it had elsewhere: whoever writes one is told the new one.
    """

    name: str
    kind: Kind
    description: str
    _: KW_ONLY
    required: bool = False
    optional: bool = False
    older: str | None = None
    once: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A mapping with known keys. `of` is the dataclass that holds it, and so knows the defaults.

    Keys that begin with `free_prefix` are left to whoever writes them.
    """

    what: str
    fields: tuple[Field, ...]
    of: type[Any] | None = None
    unknown: str = "unknown-key"
    free_prefix: str | None = None

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        """Return the values that are there and right, by field name."""
        if value is None:
            value = {}
        if not isinstance(value, Mapping):
            return refuse_type(findings, path, f"a mapping with {self._some_keys()}", value)
        checked: dict[str, Any] = {}
        for field in self.fields:
            name = self._given_name(field, value, path, findings)
            if name is None:
                if field.required:
                    self._missing(field, path, findings)
                continue
            item = value[name]
            if name in field.once:
                findings.marks = findings.marks.with_alias((*path, name), (*path, field.name))
                name = field.name
            skip = item is None and field.optional
            result = None if skip else checked_value(field.kind, item, (*path, name), findings)
            if result is not INVALID:
                checked[field.name] = result
        self._refuse_unknown(value, path, findings, checked)
        return checked

    @staticmethod
    def _given_name(field: Field, values: Mapping[Any, Any], path: KeyPath, findings: Findings) -> str | None:
        """Return which of the field's names is there, if any is; one of `once`, too, for what stands under it."""
        if not field.older and not field.once:  # most of them
            return field.name if field.name in values else None
        given = [name for name in (field.name, field.older) if name and name in values]
        if len(given) == 2:
            findings.add(
                "both-given",
                (*path, given[1]),
                f"expected '{field.name}' or its older name '{field.older}', got both",
                f"remove '{field.older}'",
                at_key=True,
            )
        return next((name for name in (*given, *field.once) if name in values), None)

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
            elif self.free_prefix is not None and key.startswith(self.free_prefix):
                continue
            elif key not in known and not self.takes(key, values[key], at, findings, checked):
                message = f"expected a key of {self.what}, got '{key[:80]}'"
                findings.add(self.unknown, at, message, self._new_name(key) or self.hint(key, values), at_key=True)

    def hint(self, key: str, given: Mapping[Any, Any]) -> str:
        """Return what to write instead of an unknown key: best what is not given yet."""
        offered = self.offered
        return did_you_mean(key, [name for name in offered if name not in given] or offered, "keys")

    @property
    def names(self) -> list[str]:
        """Every key that may be given, older names included."""
        return [name for field in self.fields for name in (field.name, field.older) if name]

    @property
    def offered(self) -> list[str]:
        """Every key that somebody may have meant."""
        return self.names

    def _new_name(self, key: str) -> str:
        return next((f"it is called '{field.name}' here" for field in self.fields if key in field.once), "")

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
        if self.free_prefix is not None:
            schema["patternProperties"] = {f"^{self.free_prefix}": {}}
        if required:
            schema["required"] = required
        either = [{"required": [field.name, field.older]} for field in self.fields if field.older]
        if either:
            schema["not"] = {"anyOf": either}
        return schema


@dataclass(frozen=True)
class SwitchedSection(Section):
    """A section that `true` stands for as well, with all as by default; `false` and null leave it out."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if isinstance(value, bool) or value is None:
            return {} if value else None
        return super().check(value, path, findings)

    def json_schema(self) -> JsonSchema:
        return {**super().json_schema(), "type": ["object", "boolean", "null"]}


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
            return refuse_type(findings, path, f"a mapping of {self.what}", value)
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
            entry = checked_value(self.section, item, at, findings)
            if entry is not INVALID:
                checked[key] = entry
        return checked

    def json_schema(self) -> JsonSchema:
        return {"type": "object", "additionalProperties": self.section.json_schema()}


def checked_value(kind: Kind, value: Any, path: KeyPath, findings: Findings) -> Any:
    """Return a value as the config is to hold it; INVALID if it is wrong, or could not be had at all."""
    return INVALID if value is MISSING else kind.check(value, path, findings)


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
