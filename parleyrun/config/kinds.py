"""What a value in a config may be. Each kind checks a value and describes itself as JSON Schema.

This is the one source for both: what `validate` refuses, the schema refuses too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from keyword import iskeyword
from string import Formatter
from typing import Any, Protocol

from ..text import WrittenText, did_you_mean, kind_of, quoted
from .diagnostics import Findings, KeyPath

INVALID: Any = object()
"""What `check` returns for a value it has found fault with."""

JsonSchema = dict[str, Any]


MISSING: Any = object()
"""Stands for a value that could not be had, of which a finding tells already."""

_FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class Kind(Protocol):
    """What a value may be."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        """Return the value as the config is to hold it; INVALID, after adding a finding, if it is wrong."""

    def json_schema(self) -> JsonSchema: ...


def refuse_type(findings: Findings, path: KeyPath, expected: str, value: Any, hint: str = "") -> Any:
    """Add that a value is of the wrong type, and return INVALID."""
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
        return refuse_type(findings, path, self.what, value, "leave the key out" if value == "" else mend)

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
            return refuse_type(findings, path, self.what, value, self.mend)
        if re.fullmatch(self.pattern, value):
            return value
        findings.add("wrong-form", path, f"expected {self.what}, got {quoted(value)}", self.mend)
        return INVALID

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "pattern": f"^(?:{self.pattern})$"}


@dataclass(frozen=True)
class Name:
    """The name of a class, as it is or as `module:Class`, or, with `of_module`, that of a module.

    A module's name is dotted, or the path of a file.
    """

    what: str
    example: str
    of_module: bool = False

    _PART = r"[^\W\d]\w*"
    _MODULE = rf"{_PART}(\.{_PART})*|.*\.py"

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if not isinstance(value, str):
            return refuse_type(findings, path, f"{self.what} such as {self.example}", value)
        module, colon, name = value.rpartition(":")
        if self.of_module:
            fits = _is_module(value)
        else:
            fits = _is_plain_name(name) and (not colon or _is_module(module))
        if fits:
            return value
        findings.add(
            "bad-name",
            path,
            f"expected {self.what} such as {self.example}, got {quoted(value)}",
            self._mend(value),
        )
        return INVALID

    def _mend(self, value: str) -> str:
        if value in ("None", "none"):
            return "for none, leave the key out"
        if not self.of_module:
            module, _, name = value.rpartition(".")
            return f"write the class's name alone, or '{module}:{name}'" if module else ""
        dotted = value.removesuffix(".py").replace("\\", "/").strip("./").replace("/", ".")
        return f"did you mean '{dotted}'?" if dotted != value and "/" in value else ""

    def json_schema(self) -> JsonSchema:
        pattern = self._MODULE if self.of_module else rf"(({self._MODULE}):)?{self._PART}"
        return {"type": "string", "pattern": f"^({pattern})$"}


def _is_plain_name(name: str) -> bool:
    return name.isidentifier() and not iskeyword(name)


def _is_module(name: str) -> bool:
    if name.endswith(".py") and name.isprintable():
        return True
    return all(_is_plain_name(part) for part in name.split("."))


@dataclass(frozen=True)
class Quantity:
    """A number in a range; with `whole`, one without a fraction."""

    least: float
    most: float
    whole: bool = False
    unit: str = ""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        expected = f"a {'whole ' if self.whole else ''}number{f' of {self.unit}' if self.unit else ''}"
        value = _number_in(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return refuse_type(findings, path, expected, value, self._mend(value))
        if self.whole and isinstance(value, float):
            return refuse_type(findings, path, expected, value)
        if math.isnan(value) or not self.least <= value <= self.most:
            shown = f"{value:g}" if isinstance(value, float) or abs(value) < 10**9 else "one far beyond that"
            least = f"{self.least:,.0f}" if float(self.least).is_integer() else f"{self.least:g}"
            findings.add(
                "out-of-range", path, f"expected {expected} from {least} to {self.most:,.0f}, got {shown}"
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


def _number_in(value: Any) -> Any:
    """Return the number that a text from the environment holds; anything else as it is."""
    if not isinstance(value, WrittenText):
        return value
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value


@dataclass(frozen=True)
class Flag:
    """true or false."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if isinstance(value, WrittenText):
            value = _FLAGS.get(value.strip().casefold(), value)
        return value if isinstance(value, bool) else refuse_type(findings, path, "true or false", value)

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
            return refuse_type(findings, path, expected, value)
        findings.add(
            "unknown-choice", path, f"expected {expected}, got {quoted(value)}", did_you_mean(value, self.words)
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
        return refuse_type(findings, path, self.what, value)

    def json_schema(self) -> JsonSchema:
        return {"type": ["string", "integer"], "minLength": 1, "minimum": 0}


@dataclass(frozen=True)
class Several:
    """One value of a kind, or a list of them, each one once; a tuple in the end. `noun` is what one is called."""

    kind: Kind
    what: str
    noun: str

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if not isinstance(value, list | tuple):
            one = self.kind.check(value, path, findings)
            return one if one is INVALID else (one,)
        checked = [self.kind.check(item, (*path, index), findings) for index, item in enumerate(value)]
        if INVALID in checked:
            return INVALID
        if not checked:
            return refuse_type(findings, path, f"{self.what}, or several of them", value)
        for index, item in enumerate(checked):
            if item in checked[:index]:
                message = f"expected each {self.noun} once, got {quoted(item)} again"
                findings.add("wrong-form", (*path, index), message)
        return tuple(checked)

    def json_schema(self) -> JsonSchema:
        one = self.kind.json_schema()
        types = one["type"] if isinstance(one["type"], list) else [one["type"]]
        several = {"items": one, "minItems": 1, "uniqueItems": True}
        return {**one, "type": [*types, "array"], **several}


@dataclass(frozen=True)
class Template:
    """A sentence with placeholders; empty for one that is not said."""

    placeholders: tuple[str, ...]

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if not isinstance(value, str):
            return refuse_type(findings, path, "a sentence", value, 'write "" to say nothing')
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
        return (
            value
            if isinstance(value, Mapping)
            else refuse_type(findings, path, f"a mapping of {self.what}", value)
        )

    def json_schema(self) -> JsonSchema:
        return {"type": ["object", "null"]}


def template_fault(template: str, placeholders: tuple[str, ...]) -> tuple[str, str] | None:
    """Say what is wrong with a sentence.

    Only plain placeholders are allowed: `{task}`, never `{task.x}`, `{task[0]}`, `{task!r}` or `{task:>9}`,
    none of which make sense in a sentence and some of which would show what is not meant to be seen.

    Args:
        template: The sentence.
        placeholders: The names that are filled in.

    Returns:
        The code of a finding and its message; None if nothing is wrong.
    """
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        return "malformed-text", f"expected braces that make placeholders such as {{task}}, got: {error}"
    for _, name, spec, conversion in parts:
        if name is None:
            continue
        if spec or conversion or (name not in placeholders and not name.isidentifier()):
            written = "{" + name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "") + "}"
            return "malformed-text", f"expected a plain placeholder such as {{task}}, got {written}"
        if name not in placeholders:
            return "unknown-placeholder", f"expected {_choice(placeholders)}, got {{{name}}}"
    return None


def _choice(placeholders: tuple[str, ...]) -> str:
    if not placeholders:
        return "no placeholder in this sentence"
    return "only " + " and ".join(f"{{{name}}}" for name in placeholders)
