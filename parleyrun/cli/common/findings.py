"""Findings as people read them: where, what, the line itself with a mark under it, and how to mend it."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import click

from ...app import exit_codes
from ...checks.task_offers import find_never_offered
from ...config.diagnostics import Finding, has_errors, in_order
from ...config.plan import Plan, check
from ...errors import ConfigError
from ...text import printable
from .output import wants_color

_COLORS = {"error": "red", "warning": "yellow"}
_WIDTH = 100

_KEY = r"""(?:tok|secr|pass?w|api[_-]?k|authoriz)[\w-]{0,40}["']?\s*:\s*"""
"""How a key ends that sounds like that of a secret, however misspelt. What stands behind it is not shown:"""
_SECRETS = (
    re.compile(rf"""^(\s*["']?[\w-]*{_KEY})([^\s{{].*)""", re.IGNORECASE),  # on a line of its own, all of it
    re.compile(rf"""({_KEY})("[^"]*"?|'[^']*'?|\[[^\]]*\]?|[^\s{{,}}"'\[][^,}}]*)""", re.IGNORECASE),
    re.compile(r"(://[^\s/@:]*:)([^\s/@]+)(?=@)"),  # in an address
)


def render_findings(findings: Sequence[Finding], color: bool = False) -> str:
    """Return the findings as text, each with its line of the file, and a count at the end."""
    if not findings:
        return ""
    lines = {file: _lines_of(file) for file in {found.file for found in findings}}
    blocks = [_block(found, lines[found.file], color) for found in findings]
    return "\n\n".join([*blocks, count(findings)])


def count(findings: Iterable[Finding]) -> str:
    """Return `2 errors, 1 warning`, or `nothing found`."""
    severities = [found.severity for found in findings]
    counts = [(severities.count("error"), "error"), (severities.count("warning"), "warning")]
    return ", ".join(f"{n} {what}{'s' * (n != 1)}" for n, what in counts if n) or "nothing found"


def read_plan(path: Path, overrides: Mapping[str, Any] | None = None) -> tuple[Plan | None, list[Finding]]:
    """Read a config and everything it names, as `validate` does before it tries the worlds.

    Args:
        path: The file.
        overrides: What is laid over it, as in `load_config`.

    Returns:
        The plan, None if an error stands in its way; and what was found, in the order of the file.

    Raises:
        ConfigError: The file cannot be read.
    """
    plan, findings = check(path, overrides)
    if plan is None:
        return None, findings
    return plan, in_order([*findings, *find_never_offered(plan)])


def load_plan_or_exit(
    path: Path, overrides: Mapping[str, Any] | None = None, *, untold: Collection[str] = ()
) -> Plan:
    """Return the plan of a config that can be run; otherwise say what is wrong, and exit with code 2.

    What is found is printed on standard error, just as `validate` says it; warnings do no harm. What the world
    module prints while it is imported goes to standard error, too.

    Args:
        path: The file.
        overrides: What is laid over it, as in `load_config`.
        untold: The codes of warnings that are not printed.

    Raises:
        ConfigError: The file cannot be read.
    """
    with redirect_stdout(sys.stderr):
        plan, findings = read_plan(path, overrides)
        tell_of_names(plan)
    findings = [found for found in findings if found.severity == "error" or found.code not in untold]
    if findings:
        click.echo(render_findings(findings, wants_color(sys.stderr)), err=True)
    if plan is None or has_errors(findings):
        raise click.exceptions.Exit(exit_codes.UNUSABLE)
    return plan


def tell_of_names(plan: Plan | None) -> None:
    """Say, on standard error, for which of ParlAI's names classes of ours stand, where they do."""
    if plan is not None and plan.standing_names is not None:
        click.echo(f"parleyrun: {printable(plan.standing_names(), ' ')}", err=True)


def read_plan_again(path: Path, overrides: Mapping[str, Any] | None = None) -> Plan:
    """Return the plan of a config that has changed while it is served. Its warnings go to the log.

    Raises:
        ConfigError: It cannot be used; the message has all that was found.
    """
    with redirect_stdout(sys.stderr):
        plan, findings = read_plan(path, overrides)
    said = render_findings(findings)
    if plan is None or has_errors(findings):
        raise ConfigError(f"it cannot be used\n{said}", findings)
    if findings:
        from logging import getLogger  # which costs more than all else that validate needs

        getLogger(__name__).warning("%s", said)
    return plan


def _block(found: Finding, lines: Sequence[str], color: bool) -> str:
    label = f"{found.severity}[{found.code}]"
    if color:
        label = click.style(label, fg=_COLORS[found.severity], bold=True)
    parts = [f"{printable(found.where, ' ')}: {label} {printable(found.message)}"]
    if found.line is not None and found.line <= len(lines):
        parts.append(_frame(lines[found.line - 1], found.line, found.column or 1))
    if found.hint:
        parts.append("  mend: " + printable(found.hint, "\n        "))
    return "\n".join(parts)


def _frame(line: str, number: int, column: int) -> str:
    """The line with its number, and a caret under the column; of a very long line the part around it."""
    for secret in _SECRETS:
        line = secret.sub(lambda match: match[1] + "*" * len(match[2]), line)
    start = max(0, column - 1 - _WIDTH // 2) if len(line) > _WIDTH else 0
    shown = line[start : start + _WIDTH]
    at = column - 1 - start
    under = " " * len(printable(shown[:at], " "))
    gutter = f"  {number} | "
    return f"{gutter}{printable(shown, ' ')}\n{' ' * (len(gutter) - 2)}| {under}^"


def _lines_of(file: str) -> Sequence[str]:
    try:
        text = Path(file).read_bytes().decode("utf-8-sig", "replace")
    except (OSError, ValueError):
        return ()  # the finding stands without its line
    return text.splitlines()
