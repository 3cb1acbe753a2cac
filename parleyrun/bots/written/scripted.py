"""`scripted`: says what is written down, line by line, or as an answer to certain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from ...config.diagnostics import Findings, KeyPath
from ...config.kinds import INVALID, Anything, Choice, JsonSchema, Text, refuse_type
from ...config.models.model_kinds import SettingFault, SettingsPlace
from ...config.sections import Field, Section
from ...core.agents import Agent
from ...core.message import Act
from ...errors import AgentError
from ..opt_names import FOLDER
from .answer_delay import SECONDS_FIELD, take_time
from .reply_patterns import ReplyPatterns, fault_of_pattern

THEN = ("silent", "repeat", "stop")
MOST_FILE_BYTES = 1 << 20


@dataclass(frozen=True)
class _Lines:
    """Lines in a list, or the path of a file that has them."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if isinstance(value, str):
            return Text("the path of a file").check(value, path, findings)
        if not isinstance(value, list | tuple) or not value:
            return refuse_type(findings, path, "a list of lines, or the path of a file with them", value)
        checked = [Text("a line").check(line, (*path, index), findings) for index, line in enumerate(value)]
        return INVALID if INVALID in checked else tuple(checked)

    def json_schema(self) -> JsonSchema:
        line = Text("a line").json_schema()
        return {"type": ["string", "array"], "minLength": 1, "items": line, "minItems": 1}


SCRIPT_SETTINGS = Section(
    "a model of the kind scripted",
    (
        Field("lines", _Lines(), "what it says, one after the other: a list, or a file beside the config"),
        Field("then", Choice(THEN), "what comes after the last line"),
        Field("replies", Anything("replies by pattern"), "answers to what a regular expression finds"),
        SECONDS_FIELD,
    ),
)


def faults_of_script(values: Mapping[str, Any], place: SettingsPlace) -> Iterator[SettingFault]:
    """Yield what is wrong with a script, as `check_settings` of its kind."""
    lines, replies = values.get("lines"), values.get("replies") or {}
    if not lines and not replies:
        yield SettingFault(path=(), message="expected lines or replies, got none", hint="write lines: [Hello!]")
    for pattern, reply in replies.items():
        at = ("replies", pattern)
        if not isinstance(pattern, str) or not isinstance(reply, str) or not reply.strip():
            yield SettingFault(
                path=at, message=f"expected a text for a pattern, got {pattern!r:.40}: {reply!r:.40}"
            )
        elif fault := fault_of_pattern(pattern):
            yield SettingFault(path=at, message=fault)
    if lines:
        try:
            read_lines(lines, place.folder)
        except ValueError as error:
            hint = "files are looked for beside the config"
            yield SettingFault(path=("lines",), message=str(error), hint=hint)


def read_lines(lines: Any, folder: Path) -> tuple[str, ...]:
    """Return lines that are given, or that stand in a file, one a line; blank ones are left out.

    Args:
        lines: A list of them, or the path of a file in UTF-8.
        folder: Where the path begins.

    Raises:
        ValueError: There are none; the message says why.
    """
    if not isinstance(lines, str):
        return tuple(str(line) for line in lines)
    path = folder / lines
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(MOST_FILE_BYTES + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"expected lines in the file {path}, got none: {error}") from None
    if len(text) > MOST_FILE_BYTES:
        raise ValueError(f"expected at most {MOST_FILE_BYTES:,} characters in {path}, got more")
    found = tuple(line.strip() for line in text.split("\n") if line.strip())
    if not found:
        raise ValueError(f"expected lines in the file {path}, got an empty one")
    return found


class ScriptedAgent(Agent):
    """Says `opt['lines']` one after the other. Where something in `opt['replies']` fits, it says that instead.

    After the last line it is silent, begins again or ends the conversation with it, as `opt['then']` says:
    `silent`, `repeat` or `stop`.

    Args:
        opt: The options.
        shared: What `share()` of another copy returned.

    Raises:
        AgentError: There is nothing to say, or what is written down cannot be used.
    """

    settings_section = SCRIPT_SETTINGS
    check_settings = staticmethod(faults_of_script)

    def __init__(self, opt: Mapping[str, Any] | None = None, shared: Mapping[str, Any] | None = None) -> None:
        super().__init__(opt, shared)
        script = _script_of(self.opt) if shared is None else shared["script"]
        self._script: tuple[tuple[str, ...], ReplyPatterns] = script
        self._then = str(self.opt.get("then") or THEN[0])
        self._said = 0
        self._heard: list[str] = []

    def observe(self, act: Act) -> Any:
        self._heard.append(str(act.get("text") or ""))
        return super().observe(act)

    def act(self) -> Act | None:
        take_time(self.opt)
        reply, line = self._reply(), self._line()
        text = line if reply is None else reply
        if text is None:
            self._heard.clear()
            return None
        act: Act = {"id": self.id, "text": text, "episode_done": reply is None and self._is_last()}
        self.self_observe(act)
        return act

    def self_observe(self, act: Act) -> None:
        self._said += self._reply() is None
        self._heard.clear()

    def reset(self) -> None:
        super().reset()
        self._said = 0
        self._heard.clear()

    def share(self) -> dict[str, Any]:
        return {**super().share(), "script": self._script}

    def fork(self) -> Self:
        """Return a copy for one answer."""
        fork = copy(self)
        fork._heard = list(self._heard)
        return fork

    def check(self) -> None:
        """There is nothing to ask before the doors open."""

    def _reply(self) -> str | None:
        return self._script[1].reply_to(reversed(self._heard))

    def _line(self) -> str | None:
        lines = self._script[0]
        if self._said >= len(lines) and self._then != "repeat":
            return None
        return lines[self._said % len(lines)] if lines else None

    def _is_last(self) -> bool:
        return self._then == "stop" and self._said == len(self._script[0]) - 1


def _script_of(opt: Mapping[str, Any]) -> tuple[tuple[str, ...], ReplyPatterns]:
    lines, replies, then = opt.get("lines"), opt.get("replies") or {}, opt.get("then")
    if then is not None and then not in THEN:
        raise AgentError(f"expected {', '.join(THEN)} at 'then' of a script, got {then!r:.60}")
    try:
        read = read_lines(lines, Path(opt.get(FOLDER) or ".")) if lines else ()
        patterns = ReplyPatterns({str(pattern): str(reply) for pattern, reply in replies.items()})
    except ValueError as error:
        raise AgentError(str(error)) from None
    if not read and not replies:
        raise AgentError("expected lines or replies of a script, got none: write lines: [Hello!]")
    return read, patterns
