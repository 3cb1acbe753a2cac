"""Scripts: what seats say, and what they expect to be told."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..config.diagnostics import Findings, KeyPath
from ..config.loading import parse, read_text
from ..errors import ConfigError, ScriptError
from ..events import Delivery
from ..text import did_you_mean, kind_of, printable
from .seat_news import Arrivals
from .typed_commands import Front

MAX_SEATS = 20

SAYS = "says"
EXPECTS = "expects"
EXACTLY = "expects_exactly"
MATCHING = "expects_match"
_ACTIONS = (SAYS, EXPECTS, EXACTLY, MATCHING)


@dataclass(frozen=True, slots=True)
class ScriptStep:
    """One step: `action` is `says`, or one of the ways to expect something. `line` is its line in the file."""

    seat: int
    action: str
    text: str
    line: int

    def is_met_by(self, text: str) -> bool:
        """Whether this line of a seat is the expected one."""
        match self.action:
            case "expects":
                return self.text in text
            case "expects_exactly":
                return self.text == text
            case _:
                return re.search(self.text, text) is not None

    @property
    def wanted(self) -> str:
        """What is expected, as the difference shows it."""
        match self.action:
            case "expects":
                return f"…{self.text}…"
            case "expects_exactly":
                return self.text
            case _:
                return f"/{self.text}/"


@dataclass(frozen=True, slots=True)
class Script:
    """A script that can be played."""

    path: Path
    steps: tuple[ScriptStep, ...]

    @property
    def seats(self) -> int:
        """The highest seat that is used."""
        return max((step.seat for step in self.steps), default=1)

    @property
    def expectations(self) -> int:
        return sum(step.action != SAYS for step in self.steps)


def load_script(path: Path) -> Script:
    """Read a script. Raises `ScriptError`, with file and line of everything that is wrong with it."""
    findings = Findings(str(path))
    try:
        text = read_text(path, findings)
    except ConfigError as error:
        raise ScriptError(str(error)) from error
    document = None if text is None else parse(text, findings)
    steps = () if findings.has_errors else _steps(document, findings)
    if findings.has_errors:
        raise ScriptError("\n".join(f"{found.where}: {_sentence(found)}" for found in findings.in_order()))
    return Script(path, steps)


def _sentence(found: Any) -> str:
    message = found.message.replace("expected a config, and", "expected a list of steps, and")
    return f"{message} ({found.hint})" if found.hint else message


def _steps(document: Any, findings: Findings) -> tuple[ScriptStep, ...]:
    if not isinstance(document, list):
        findings.add(
            "wrong-type",
            (),
            f"expected a list of steps, got {kind_of(document)}",
            "begin each step with a dash: '- {seat: 1, says: hello}'",
        )
        return ()
    steps = (_step(value, (index,), findings) for index, value in enumerate(document))
    return tuple(step for step in steps if step is not None)


def _step(value: Any, path: KeyPath, findings: Findings) -> ScriptStep | None:
    if not isinstance(value, Mapping):
        message = f"expected a step such as {{seat: 1, says: hello}}, got {kind_of(value)}"
        findings.add("wrong-type", path, message)
        return None
    for key in value:
        if key not in ("seat", *_ACTIONS):
            hint = did_you_mean(str(key), ("seat", *_ACTIONS), "keys")
            findings.add("unknown-key", (*path, key), f"a step has no key '{key}'", hint, at_key=True)
            return None
    actions = [action for action in _ACTIONS if action in value]
    if len(actions) != 1:
        got = " and ".join(f"'{action}'" for action in actions) or "none of them"
        findings.add(
            "missing-key",
            path,
            f"expected one of 'says', 'expects', 'expects_exactly' and 'expects_match', got {got}",
        )
        return None
    seat = _seat(value, path, findings)
    text = _text(value[actions[0]], (*path, actions[0]), findings)
    position = findings.marks.of_value(path)
    if seat is None or text is None:
        return None
    return ScriptStep(seat, actions[0], text, position.line if position else 0)


def _seat(step: Mapping[Any, Any], path: KeyPath, findings: Findings) -> int | None:
    seat = step.get("seat", 1)
    if isinstance(seat, int) and not isinstance(seat, bool) and 1 <= seat <= MAX_SEATS:
        return seat
    findings.add(
        "out-of-range", (*path, "seat"), f"expected a whole number from 1 to {MAX_SEATS}, got {kind_of(seat)}"
    )
    return None


def _text(value: Any, path: KeyPath, findings: Findings) -> str | None:
    if not isinstance(value, str):
        hint = "put it into quotes" + (": '[DONE]'" if isinstance(value, list) else "")
        findings.add("wrong-type", path, f"expected text, got {kind_of(value)}", hint)
        return None
    if path[-1] == MATCHING:
        try:
            re.compile(value)
        except re.error as error:
            findings.add("bad-name", path, f"expected a regular expression, but {error}")
            return None
    return value


@dataclass(slots=True)
class _Seen:
    """What one seat said and was told so far. `unmet` is where the lines begin that no step has asked for."""

    rows: list[str] = field(default_factory=list)
    texts: list[str | None] = field(default_factory=list)
    unmet: int = 0

    def add(self, row: str, text: str | None) -> None:
        self.rows.append(row)
        self.texts.append(text)

    def find(self, step: ScriptStep) -> bool:
        """Look for the expected line among those after the last one that was found."""
        for index in range(self.unmet, len(self.rows)):
            text = self.texts[index]
            if text is not None and step.is_met_by(text):
                self.unmet = index + 1
                return True
        return False


def play(script: Script, front: Front, arrivals: Arrivals, settle: Callable[[], None]) -> str:
    """Play a script to its end, or to the first expectation that fails.

    Everything that a step sets in motion comes to rest before the next one, so an expectation fails as soon as
    nothing more can come of itself.

    Args:
        script: What is said, and what is expected.
        front: Says it, and shows what reaches the seats.
        arrivals: What has reached the seats.
        settle: Waits until all has come to rest.

    Returns:
        The difference between what was expected and what came; empty if all expectations were met.
    """
    seen: dict[int, _Seen] = {number: _Seen() for number in front.seats}
    for step in script.steps:
        if step.action == SAYS:
            seen[step.seat].add(f"> {step.text}", None)
            front.say(step.seat, step.text)
        settle()
        arrived = arrivals.take_by_seat()
        front.show(arrived)
        for number, news in arrived:
            if isinstance(news, Delivery):
                speaker = f"{news.message.id}: " if news.message.id else ""
                seen[number].add(f"< {speaker}{news.message.text}", news.message.text)
        if step.action != SAYS and not seen[step.seat].find(step):
            return _difference(script, step, seen[step.seat])
    return ""


def _difference(script: Script, step: ScriptStep, seen: _Seen) -> str:
    """Show what was expected where, against what came instead."""
    before = [line for row in seen.rows[: seen.unmet] for line in row.split("\n")]
    instead = [line for row in seen.rows[seen.unmet :] for line in row.split("\n")]
    said = [line for line in instead if line.startswith("> ")]
    expected = [*before, *said, *(f"< {step.wanted}".split("\n"))]
    diff = difflib.unified_diff(
        expected,
        [*before, *instead],
        f"{script.path}:{step.line} expected",
        f"seat {step.seat} saw",
        lineterm="",
    )
    return printable("\n".join(diff))
