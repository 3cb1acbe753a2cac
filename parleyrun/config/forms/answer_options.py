"""Answers to choose from, as they are written: a list, or a mapping of values and labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...core.forms.fields.option import Option
from ...text import kind_of, quoted
from ..diagnostics import Findings, KeyPath, part
from ..kinds import INVALID, Flag, JsonSchema, Text, refuse_type
from ..sections import Field, Section

MANY_OPTIONS = 500
"""More options than this are found to be many."""

MOST_OPTIONS = 20_000
_LONGEST_VALUE = 100

_OPTION = Section(
    "an option",
    (
        Field("value", Text("a short name"), "what goes on record; left out, the label"),
        Field("label", Text("the words that people see"), "what people see"),
        Field("fixed", Flag(), "whether it keeps its place where the others are shuffled"),
        Field("alone", Flag(), "whether it excludes all others, as 'none of these' does"),
    ),
    Option,
)


@dataclass(frozen=True)
class AnswerOptions:
    """Options of a choice, things to rank, or items of a matrix; a tuple of `Option` in the end."""

    what: str = "options"

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        entries = self._entries(value, path, findings)
        if entries is None:
            return INVALID
        if not entries:
            message = f"expected at least one of the {self.what}, got none"
            findings.add("wrong-type", path, message, "write them as a list: [red, green]")
            return INVALID
        if len(entries) > MOST_OPTIONS:
            findings.add(
                "out-of-range", path, f"expected at most {MOST_OPTIONS:,} {self.what}, got {len(entries):,}"
            )
            return INVALID
        if len(entries) > MANY_OPTIONS:
            message = f"{len(entries):,} {self.what} are many to look through"
            findings.add("many-options", path, message, "ask for a text instead, or in two steps")
        options = [_option(given, entry, at, findings) for given, entry, at in entries]
        if None in options:
            return INVALID
        known = [option for option in options if option is not None]
        return (
            INVALID
            if _twice([(at, option) for (_, _, at), option in zip(entries, known, strict=True)], findings)
            else tuple(known)
        )

    def _entries(self, value: Any, path: KeyPath, findings: Findings) -> list[tuple[Any, Any, KeyPath]] | None:
        """Return for each option the value that its key gives, what else is written of it, and where."""
        if isinstance(value, list | tuple):
            return [(None, entry, (*path, index)) for index, entry in enumerate(value)]
        if isinstance(value, Mapping):
            return [(key, entry, (*path, part(key))) for key, entry in value.items()]
        refuse_type(findings, path, f"{self.what}: a list, or a mapping of values and labels", value)
        return None

    def json_schema(self) -> JsonSchema:
        one: JsonSchema = {"anyOf": [{"type": ["string", "number"]}, _OPTION.json_schema()]}
        return {
            "type": ["array", "object"],
            "minItems": 1,
            "minProperties": 1,
            "items": one,
            "additionalProperties": one,
        }


def _option(given: Any, entry: Any, at: KeyPath, findings: Findings) -> Option | None:
    if isinstance(entry, Mapping):
        checked = _OPTION.check(entry, at, findings)
        if findings.has_error_at(at):
            return None
    else:
        label = _word(entry, at, findings)
        if label is None:
            return None
        checked = {"label": label}
    value = checked.get("value") or (checked.get("label") if given is None else _word(given, at, findings))
    if not value:
        findings.add("missing-key", (*at, "label"), "expected the key 'label' (what people see)")
        return None
    value = str(value)
    if len(value) > _LONGEST_VALUE and given is None and "value" not in checked:
        message = f"expected a short value beside a label of {len(value)} characters"
        findings.add("wrong-form", at, message, "write {value: agree, label: …}: tables are easier to read then")
        return None
    return Option(
        value=value,
        label=str(checked.get("label", value)),
        fixed=checked.get("fixed", False),
        alone=checked.get("alone", False),
    )


def _word(value: Any, at: KeyPath, findings: Findings) -> str | None:
    """Return a word that was written, numbers as they are; None, with a finding, for what is none."""
    if isinstance(value, bool) or value in (None, "") or not isinstance(value, str | int | float):
        hint = "put it into quotes: YAML takes yes, no, on and off for true and false"
        findings.add(
            "wrong-type", at, f"expected a word, got {kind_of(value)}", hint if value not in (None, "") else ""
        )
        return None
    return str(value)


def _twice(options: list[tuple[KeyPath, Option]], findings: Findings) -> bool:
    """Find values, and labels, that stand there twice."""
    found = list(_repeated(options, "value")) or list(_repeated(options, "label"))
    for at, what, word in found:
        findings.add("given-twice", at, f"expected each {what} once, got {quoted(word)} again")
    return bool(found)


def _repeated(options: list[tuple[KeyPath, Option]], what: str) -> Iterator[tuple[KeyPath, str, str]]:
    seen: set[str] = set()
    for at, option in options:
        word: str = getattr(option, what)
        if word.casefold() in seen:
            yield at, what, word
        seen.add(word.casefold())
