"""Findings: what is wrong with a config, where, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

from .marks import KeyPath, Marks, Position, dotted

Severity = Literal["error", "warning"]


class Code(NamedTuple):
    """What a finding's code stands for. A config with an error never runs; one with a warning does."""

    severity: Severity
    meaning: str


CODES: dict[str, Code] = {
    "empty": Code("error", "the file has nothing in it"),
    "too-large": Code("error", "the file is larger than a config may be"),
    "syntax": Code("error", "the file is not YAML"),
    "several-documents": Code("error", "the file holds more than one YAML document"),
    "too-deep": Code("error", "values are nested too deeply"),
    "too-many-aliases": Code("error", "aliases make the config many times larger than its file"),
    "bad-alias": Code("error", "an alias names nothing, or holds itself"),
    "bad-merge": Code("error", "'<<' is given something that is not a mapping"),
    "refused-tag": Code("error", "a tag asks for more than plain values"),
    "bad-scalar": Code("error", "a value looks like a number or a date, and is none"),
    "duplicate-key": Code("error", "a key is given twice"),
    "key-not-text": Code("error", "a key is not text"),
    "unknown-key": Code("error", "a key that no config has"),
    "missing-key": Code("error", "a key that is needed is not there"),
    "wrong-type": Code("error", "a value is of the wrong type"),
    "out-of-range": Code("error", "a number is too small or too large"),
    "bad-name": Code("error", "a name could never be the name of a module, a class or a task"),
    "both-given": Code("error", "two keys that mean the same are both given"),
    "reserved-task": Code("error", "a task is called what the overworld returns to say goodbye"),
    "no-tasks": Code("warning", "there is no task to go to"),
    "placeholder-page-id": Code("error", "page_id still is the placeholder"),
    "bad-setting": Code("error", "a channel that a package adds refuses a setting"),
    "bad-extension": Code("error", "what a package adds under that name cannot be used"),
    "unknown-choice": Code("error", "a value is none of those that can stand there"),
    "wrong-form": Code("error", "a text does not have the form that is asked for"),
    "secret-in-config": Code("warning", "a secret stands in the config, where others may read it"),
    "unknown-text": Code("error", "a sentence that the system never says"),
    "unknown-placeholder": Code("error", "a sentence with a placeholder that is never filled"),
    "malformed-text": Code("error", "a sentence whose braces do not make placeholders"),
    "unknown-task": Code("error", "a backup task that does not exist"),
    "backup-cycle": Code("error", "backup tasks that lead back to where they began"),
    "backup-never-used": Code("warning", "a backup task for people who wait for ever"),
    "module-not-found": Code("error", "there is no such world module"),
    "module-failed": Code("error", "the world module is there, and importing it fails"),
    "module-shadowed": Code("error", "another module of that name is imported already"),
    "class-not-found": Code("error", "the world module has no such class"),
    "not-a-class": Code("error", "what should be a world class is something else"),
    "method-missing": Code("error", "a world class lacks a method that every world needs"),
    "never-ends": Code("warning", "a world class never says when its conversation is over"),
    "parley-not-written": Code("error", "a world class never says what its parley() does"),
    "not-callable": Code("error", "what should be a function is something else"),
    "wrong-arguments": Code("error", "a function cannot be called with the arguments it will get"),
    "async-function": Code("error", "a function is async, and nothing would await it"),
    "bad-max-agents": Code("error", "MAX_AGENTS is neither a number of people nor None"),
    "too-many-agents": Code("error", "a task asks for more people than its world can seat"),
    "task-never-offered": Code("warning", "a task that the overworld's quick replies never offer"),
    "not-resumable": Code("warning", "a world that cannot be put on record, so that it ends with the process"),
}
"""Every code a finding can have. A code's severity is part of its meaning."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `line` and `column` count from 1; None where no line is to blame."""

    severity: Severity
    code: str
    path: str
    file: str
    line: int | None
    column: int | None
    message: str
    hint: str

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as plain values, as `validate --format json` prints it."""
        return asdict(self)

    @property
    def where(self) -> str:
        """`file:line:column`, as far as it is known."""
        known = [self.file, self.line, self.column]
        return ":".join(str(part) for part in known if part is not None)

    def __str__(self) -> str:
        text = f"{self.where}: {self.severity}[{self.code}] {self.message}"
        return f"{text} ({self.hint})" if self.hint else text


class Findings:
    """Collects findings about one file. Used by one thread, while one config is read."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.marks = Marks()
        self._found: list[Finding] = []

    def add(self, code: str, path: KeyPath, message: str, hint: str = "", *, at_key: bool = False) -> None:
        """Record something wrong with the value at `path`, or, with `at_key`, with its key."""
        position = self.marks.of_key(path) if at_key else self.marks.of_value(path)
        self.add_at(code, position, message, hint, path)

    def add_at(
        self, code: str, position: Position | None, message: str, hint: str = "", path: KeyPath = ()
    ) -> None:
        """Record something wrong at a place in the file."""
        line, column = position or (None, None)
        self._found.append(
            Finding(CODES[code].severity, code, dotted(path), self.file, line, column, message, hint)
        )

    @property
    def has_errors(self) -> bool:
        return has_errors(self._found)

    def has_error_at(self, path: KeyPath) -> bool:
        """Whether something was found at `path` that keeps the config from running."""
        return has_errors(found for found in self._found if found.path == dotted(path))

    def in_order(self) -> list[Finding]:
        """Return everything found, in the order of the file; what has no line comes last."""
        return in_order(self._found)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings about one file in its order; what has no line comes last."""
    return sorted(findings, key=lambda found: (found.line is None, found.line or 0, found.column or 0))


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether any of these keeps a config from running."""
    return any(found.severity == "error" for found in findings)
