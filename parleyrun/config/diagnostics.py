"""Findings: what is wrong with a config, where in its file, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

KeyPath = tuple[str | int, ...]
"""The way to a value: `('tasks', 'chat', 'timeout')`; a whole number is a place in a list."""


class Position(NamedTuple):
    """A place in a text file; line and column count from 1."""

    line: int
    column: int


class Mark(NamedTuple):
    """Where a key (None for a list's item) and its value begin."""

    key: Position | None
    value: Position


class Marks:
    """The positions of everything in one file. Empty for a config that never was a file."""

    __slots__ = ("_marks",)

    def __init__(self, marks: Mapping[KeyPath, Mark] | None = None) -> None:
        self._marks = dict(marks or {})

    def __len__(self) -> int:
        return len(self._marks)

    def __getitem__(self, path: KeyPath) -> Mark:
        return self._marks[path]

    def __contains__(self, path: object) -> bool:
        return path in self._marks

    def of_value(self, path: KeyPath) -> Position | None:
        """Return where the value begins; for one not in the file, where its nearest parent's key is."""
        mark = self._marks.get(path)
        return mark.value if mark else self._of_parent(path)

    def of_key(self, path: KeyPath) -> Position | None:
        """Return where the key begins; for one not in the file, where its nearest parent's key is."""
        mark = self._marks.get(path)
        return (mark.key or mark.value) if mark else self._of_parent(path)

    def _of_parent(self, path: KeyPath) -> Position | None:
        while path:
            path = path[:-1]
            mark = self._marks.get(path)
            if mark:
                return mark.key or mark.value
        return None

    def without(self, path: KeyPath) -> Marks:
        """Return these marks less everything at and below `path`, which no longer comes from the file."""
        depth = len(path)
        return Marks({known: mark for known, mark in self._marks.items() if known[:depth] != path})

    def with_alias(self, path: KeyPath, alias: KeyPath) -> Marks:
        """Return these marks, with everything at and below `path` known as `alias` too."""
        depth = len(path)
        under = {alias + known[depth:]: mark for known, mark in self._marks.items() if known[:depth] == path}
        return Marks({**self._marks, **under})


def part(key: Any) -> str | int:
    """Return a mapping's key as part of a key path."""
    return key if isinstance(key, str | int) and not isinstance(key, bool) else str(key)


def dotted(path: KeyPath) -> str:
    """Write a key path the way people do: `tasks.chat.timeout`, `channels[0]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


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
    "missing-variable": Code("error", "a variable of the environment is not set"),
    "duplicate-key": Code("error", "a key is given twice"),
    "key-not-text": Code("error", "a key is not text"),
    "unknown-key": Code("error", "a key that no config has"),
    "missing-key": Code("error", "a key that is needed is not there"),
    "wrong-type": Code("error", "a value is of the wrong type"),
    "out-of-range": Code("error", "a number is too small or too large"),
    "bad-name": Code("error", "a name could never be the name of a module, a class or a task"),
    "both-given": Code("error", "two keys that mean the same are both given"),
    "reserved-task": Code("error", "a task is called what the overworld returns to say goodbye"),
    "missing-extra": Code("warning", "packages are not there that the config needs when it is served"),
    "no-tasks": Code("warning", "there is no task to go to"),
    "placeholder-page-id": Code("error", "page_id still is the placeholder"),
    "bad-setting": Code("error", "a model, or a channel that a package adds, refuses a setting"),
    "bad-extension": Code("error", "what a package adds under that name cannot be used"),
    "unknown-choice": Code("error", "a value is none of those that can stand there"),
    "wrong-form": Code("error", "a text does not have the form that is asked for"),
    "secret-in-config": Code("warning", "a secret stands in the config, where others may read it"),
    "key-not-there": Code("warning", "the key of a model's server is not to be had here and now"),
    "english-left": Code("warning", "some sentences will be English in a page of another language"),
    "unknown-text": Code("error", "a sentence that the system never says"),
    "unknown-placeholder": Code("error", "a sentence with a placeholder that is never filled"),
    "malformed-text": Code("error", "a sentence whose braces do not make placeholders"),
    "unknown-task": Code("error", "a backup task that does not exist"),
    "backup-cycle": Code("error", "backup tasks that lead back to where they began"),
    "backup-never-used": Code("warning", "a backup task for people who wait for ever"),
    "no-hosts": Code("error", "a task asks for what no host has"),
    "unknown-model-kind": Code("error", "the kind of a model that there is none of"),
    "older-model-unknown": Code("warning", "a model that opt describes, of a kind that there is none of"),
    "model-file": Code("error", "a model that only ParlAI could load from its file"),
    "unknown-model": Code("error", "a bot thinks with a model that does not exist"),
    "model-not-used": Code("warning", "a model that nobody thinks with"),
    "replaces-itself": Code("error", "a model is to go on in its own stead"),
    "role-twice": Code("error", "two bots of a task have the same role"),
    "unlike-roles": Code("warning", "the role of a bot is not among the roles of its task, but close to one"),
    "too-few-roles": Code("error", "a task has fewer roles than people"),
    "nothing-is-asked": Code("error", "a task of forms alone has none"),
    "setting-never-used": Code("warning", "a setting of a conversation that never comes to anything"),
    "times-tell": Code("warning", "a bot of which people are not told, and whose times are not those of people"),
    "fill-never-used": Code("warning", "bots that would sit down where nobody ever is missing"),
    "limit-never-reached": Code("warning", "a limit of what models cost, and none of them has a price"),
    "id-list": Code("error", "the list of those who may take part cannot be used"),
    "id-twice": Code("warning", "the list of those who may take part names somebody twice"),
    "code-twice": Code("error", "two outcomes have the same completion code"),
    "other-code": Code("error", "a completion link tells another code than people are shown"),
    "no-finished": Code("warning", "whoever comes to the end is told no completion code"),
    "unknown-kind": Code("error", "the kind of a question that there is none of"),
    "given-twice": Code(
        "error", "two questions of a form, or two answers of a question, that cannot be told apart"
    ),
    "nothing-asked": Code("error", "a form without a question, and without anything to read"),
    "many-options": Code("warning", "a question with more answers than people look through"),
    "bad-pattern": Code("error", "a pattern for texts that is none, or takes too long"),
    "unknown-question": Code("error", "a question depends on one that does not come before it"),
    "no-such-answer": Code("error", "an answer that its question does not take"),
    "unknown-form": Code("error", "people are to be asked a form that there is none of"),
    "form-not-used": Code("warning", "a form that nobody is ever asked"),
    "file-not-read": Code("error", "a text, or a form, in a file that cannot be read"),
    "module-not-found": Code("error", "there is no such world module"),
    "module-failed": Code("error", "the world module is there, and importing it fails"),
    "bad-group-size": Code(
        "error", "a conversation that needs more people than it takes, or waits too long for them"
    ),
    "bad-match-rule": Code("error", "a rule for matching that nobody could keep to"),
    "match-rule-never-used": Code("warning", "a rule for matching that nothing depends on"),
    "bad-condition": Code("error", "a condition of which nobody could get a value, or that comes too late"),
    "unknown-condition": Code("error", "the config has no such condition"),
    "unknown-value": Code("error", "the condition has no such value"),
    "quota-never-met": Code("warning", "a quota of which some people can only wait in vain"),
    "value-never-drawn": Code("warning", "a value of a condition that nobody ever gets"),
    "module-shadowed": Code("error", "another module of that name is imported already"),
    "function-not-found": Code("error", "the world module has no such function"),
    "class-not-found": Code("error", "the world module has no such class"),
    "not-a-class": Code("error", "what should be a world class is something else"),
    "method-missing": Code("error", "a world class lacks a method that every world needs"),
    "never-ends": Code("warning", "a world class never says when its conversation is over"),
    "parley-not-written": Code("error", "a world class never says what its parley() does"),
    "not-callable": Code("error", "what should be a function is something else"),
    "wrong-arguments": Code("error", "a function cannot be called with the arguments it will get"),
    "async-function": Code("error", "a function is async, and nothing would await it"),
    "near-name": Code("warning", "a name of the author's that nobody looks for, close to one that is"),
    "key-of-no-task": Code("warning", "a mapping of functions by task key has one for no task"),
    "bad-max-agents": Code("error", "MAX_AGENTS is neither a number of people nor None"),
    "too-many-agents": Code("error", "a task asks for more people than its world can seat"),
    "task-never-offered": Code("warning", "a task that the overworld's quick replies never offer"),
    "not-built": Code("warning", "a world that raises when it is built"),
    "not-resumable": Code("warning", "a world that cannot be put on record, so that it ends with the process"),
    "taken-otherwise": Code("warning", "what a config of ParlAI's says, and what is taken instead of it"),
    "would-not-go-on": Code("warning", "conversations in a store that would not go on with this config"),
}
"""Every code a finding can have. A code's severity is part of its meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
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
            Finding(
                severity=CODES[code].severity,
                code=code,
                path=dotted(path),
                file=self.file,
                line=line,
                column=column,
                message=message,
                hint=hint,
            )
        )

    @property
    def has_errors(self) -> bool:
        return has_errors(self._found)

    def has_error_at(self, path: KeyPath) -> bool:
        """Whether something at `path`, or inside of what is there, keeps the config from running."""
        if not path:
            return self.has_errors
        there = dotted(path)
        inside = (f"{there}.", f"{there}[")
        return has_errors(
            found for found in self._found if found.path == there or (found.path or "").startswith(inside)
        )

    def include(self, others: Findings) -> None:
        """Take in what was found in another file."""
        self._found += others._found

    def in_order(self) -> list[Finding]:
        """Return everything found, in the order of the file; what has no line comes last, and then other files."""
        return in_order(self._found, self.file)


def in_order(findings: Iterable[Finding], first: str = "") -> list[Finding]:
    """Return findings in the order of their file, the `first` one's first; what has no line comes last."""

    def place(found: Finding) -> tuple[bool, str, bool, int, int]:
        other = found.file if first and found.file != first else ""
        return bool(other), other, found.line is None, found.line or 0, found.column or 0

    return sorted(findings, key=place)


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether any of these keeps a config from running."""
    return any(found.severity == "error" for found in findings)
