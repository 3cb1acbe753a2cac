"""Whether what tasks say of their conversations fits together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ...core.conditions import ByCondition, When
from ...text import did_you_mean
from ..diagnostics import Findings, KeyPath
from .condition_entries import check_when

if TYPE_CHECKING:
    from ..plan import TaskPlan
    from ..schema import Config, TaskConfig

PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)(?:\.(\w+))?\}")
"""What is filled in of instructions: `{role}`, `{others}`, `{round}`, `{condition.x}`. Other braces stay."""


def check_talks(config: Config, findings: Findings) -> None:
    """Find instructions and limits of conversations that could never be as they are written."""
    for task in config.tasks.values():
        if task.talk.is_plain:
            continue
        at: KeyPath = ("tasks", task.key)
        for path, when in _whens(task, at):
            check_when(when, (*path, "when"), config, findings)
        for path, text in _instructions(task, at):
            _check_placeholders(text, path, config, findings)
        _check_times(task, at, findings)
        if task.talk.min_turns and task.talk.end_button == "none":
            message = "min_turns says when people may end the conversation, and nobody may"
            findings.add("setting-never-used", (*at, "min_turns"), message, "add end_button: all", at_key=True)


def check_roles_suffice(task: TaskPlan, findings: Findings) -> None:
    """Find a task with too few roles for its people, where no author's code gives them."""
    roles = task.config.talk.roles
    if not roles or task.assign_roles is not None:
        return
    free = [role for role in roles if role not in task.bots or task.bots[role].when is not None]
    if len(free) < task.agents_required:
        names = ", ".join(free) or "none"
        message = f"expected {task.agents_required} roles for as many people, got {len(free)} ({names})"
        hint = "add a role, or lower agents_required"
        findings.add("too-few-roles", ("tasks", task.key, "roles"), message, hint, at_key=True)


def check_something_is_asked(task: TaskPlan, findings: Findings) -> None:
    """Find a task, whose world asks nothing itself, that has nothing around it which would."""
    if not (task.config.onboard or task.config.afterwards):
        message = f"{task.world.__name__} asks nothing itself, and nothing is asked before it or after it"
        hint = "name forms under onboard, such as onboard: [consent, questions]"
        findings.add("nothing-is-asked", ("tasks", task.key, "task_world"), message, hint)


def filled_in(text: str, plain: Mapping[str, str], condition: Mapping[str, object]) -> str:
    """Return instructions with their placeholders filled in; what has no value becomes empty.

    Args:
        text: The instructions.
        plain: What stands for `{role}`, `{others}` and `{round}`.
        condition: The values of the conditions.
    """

    def value(found: re.Match[str]) -> str:
        name, inner = found.groups()
        if name == "condition" and inner:
            return str(condition.get(inner, ""))
        return plain.get(name, found[0]) if inner is None else found[0]

    return PLACEHOLDER.sub(value, text)


def _whens(task: TaskConfig, at: KeyPath) -> Iterator[tuple[KeyPath, When]]:
    if isinstance(task.talk.time_limit, ByCondition):
        yield (*at, "time_limit"), task.talk.time_limit.when
    for role, instructions in task.talk.roles.items():
        if isinstance(instructions, ByCondition):
            yield (*at, "roles", role, "instructions"), instructions.when


def _instructions(task: TaskConfig, at: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    for role, instructions in task.talk.roles.items():
        path: KeyPath = (*at, "roles", role, "instructions")
        if isinstance(instructions, ByCondition):
            yield (*path, "then"), instructions.then
            yield (*path, "else"), instructions.otherwise
        else:
            yield path, instructions


def _check_placeholders(text: str, path: KeyPath, config: Config, findings: Findings) -> None:
    for name, inner in dict.fromkeys(found.groups() for found in PLACEHOLDER.finditer(text)):
        written = f"{{{name}.{inner}}}" if inner else f"{{{name}}}"
        if name == "condition" and inner:
            if inner not in config.conditions:
                hint = did_you_mean(inner, config.conditions, "conditions") or "there are none: add conditions:"
                message = f"expected the name of a condition, got {written}"
                findings.add("unknown-placeholder", path, message, hint)
        elif inner or name not in ("role", "others", "round"):
            message = f"expected only {{role}}, {{others}}, {{round}} and {{condition.…}}, got {written}"
            hint = "write { without a name behind it where a brace is meant to be shown"
            findings.add("unknown-placeholder", path, message, hint)


def _check_times(task: TaskConfig, at: KeyPath, findings: Findings) -> None:
    warn_at, limit = task.talk.warn_at, task.talk.time_limit
    if warn_at is None:
        return
    limits = [limit.then, limit.otherwise] if isinstance(limit, ByCondition) else [limit]
    known = [seconds for seconds in limits if seconds is not None]
    if not known:
        if findings.has_error_at((*at, "time_limit")):
            return
        message = "warn_at says when people are told that the time is nearly over, and there is no time_limit"
        findings.add("setting-never-used", (*at, "warn_at"), message, "add time_limit", at_key=True)
    elif warn_at >= min(known):
        message = f"expected warn_at to be less than time_limit ({min(known):g}), got {warn_at:g}"
        findings.add("setting-never-used", (*at, "warn_at"), message, "people would be warned as it begins")
