"""Texts that are no YAML: what is wrong, where, and how to mend it."""

from __future__ import annotations

from typing import Any

import yaml

from .diagnostics import Findings, Position
from .loading import MAX_DEPTH, TOO_DEEP, position_of

_LEVEL_STARTS = (
    yaml.BlockSequenceStartToken,
    yaml.BlockMappingStartToken,
    yaml.FlowSequenceStartToken,
    yaml.FlowMappingStartToken,
)
_LEVEL_ENDS = (yaml.BlockEndToken, yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)


def add_unprintable(text: str, offset: int, findings: Findings) -> None:
    """Add that a text holds a character, at `offset`, which no YAML may have."""
    lines = (text[:offset] + "?").splitlines()
    position = Position(len(lines), len(lines[-1]))
    findings.add_at(
        "syntax",
        position,
        f"this is not YAML: it holds the control character U+{ord(text[offset]):04X}",
        "remove it",
    )


def add_syntax_error(error: yaml.MarkedYAMLError, text: str, findings: Findings) -> None:
    """Add why the parser could not read a text: as it goes too deep, or what the parser says."""
    deep = _first_too_deep(text)
    if deep is not None:
        findings.add_at("too-deep", deep, TOO_DEEP)
        return
    mark = error.problem_mark or error.context_mark
    if mark is not None and error.context_mark is not None and mark.line >= len(text.splitlines()):
        mark = error.context_mark  # what was opened and never closed says more than where the file ends
    position = Position(mark.line + 1, mark.column + 1) if mark is not None else None
    problem = " ".join(str(part) for part in (error.problem, error.context) if part)
    findings.add_at("syntax", position, f"this is not YAML: {problem}", _syntax_hint(problem, position, text))


def _syntax_hint(problem: str, position: Position | None, text: str) -> str:
    line = rest = ""
    lines = text.splitlines()
    if position is not None and position.line <= len(lines):
        line = lines[position.line - 1]
        rest = line[position.column - 1 :]
    if rest.startswith("\t") or "tab" in problem.split():
        return "indent with spaces, not with tabs"
    if rest[:1] in tuple("@`%"):
        return f"put text that begins with {rest[0]} into quotes"
    if "mapping values are not allowed" in problem:
        return "put text that holds ': ' into quotes, and look whether the line is indented like its neighbours"
    if "${" in line:
        return "between { and }, put what holds ${…} into quotes"
    if "expected ',' or" in problem and rest.startswith(": "):
        return "put text that holds ': ' into quotes, or close the bracket that was opened before it"
    if "expected ',' or" in problem:
        return "close the bracket that was opened"
    if "quoted scalar" in problem:
        return "close the quotation mark that was opened"
    return "look whether the line is indented like its neighbours"


def _first_too_deep(text: str) -> Position | None:
    """Return where a text that the parser cannot read first goes deeper than we allow; None if it does not.

    A parser may have a limit of its own, look far ahead, and complain of it before it has told of any level at
    all. So the levels are counted by the scanner in Python, which is slow, but asked of broken files only.
    """
    scanner: Any = yaml.SafeLoader(text)
    depth = 0
    try:
        while scanner.check_token():
            token = scanner.get_token()
            depth += isinstance(token, _LEVEL_STARTS) - isinstance(token, _LEVEL_ENDS)
            if depth > MAX_DEPTH:
                return position_of(token)
    except yaml.MarkedYAMLError as error:
        # It looks ahead, too; how far down it was by then is what it knows itself.
        mark = error.problem_mark or error.context_mark
        if mark is not None and scanner.flow_level + len(scanner.indents) > MAX_DEPTH:
            return Position(mark.line + 1, mark.column + 1)
    finally:
        scanner.dispose()
    return None
