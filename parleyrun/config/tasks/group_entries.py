"""How many people a conversation takes: what stands at `agents_required` of a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from ...core.conditions import Condition, Value, holds
from ...core.group_size import AgentsBy, GroupSize
from ...text import quoted
from ..diagnostics import Findings, KeyPath
from ..kinds import INVALID, JsonSchema, Quantity
from ..schema import Config, TaskConfig
from ..sections import Field, Section
from .condition_entries import WHEN

_DAY_SECONDS = 86_400
MOST_PEOPLE = 1000
"""How many people a conversation takes at most."""

_PEOPLE = Quantity(1, MOST_PEOPLE, whole=True)

_SIZE = Section(
    "agents_required",
    (
        Field("from", _PEOPLE, "with how many it may begin", required=True),
        Field("to", _PEOPLE, "with how many it begins at once", required=True),
        Field(
            "wait",
            Quantity(0, 30 * _DAY_SECONDS, unit="seconds"),
            "how many seconds its oldest waits for more",
            required=True,
        ),
    ),
)


@dataclass(frozen=True)
class SizeRule:
    """How many people a conversation takes: a number, or `{from: 2, to: 4, wait: 30}`."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if not isinstance(value, Mapping):
            people = _PEOPLE.check(value, path, findings)
            return people if people is INVALID else GroupSize(least=people, most=people)
        checked = _SIZE.check(value, path, findings)
        if checked is INVALID or len(checked) < len(_SIZE.fields):
            return INVALID
        size = GroupSize(least=checked["from"], most=checked["to"], wait=checked["wait"])
        if size.least > size.most:
            message = f"expected 'from' to be at most 'to' ({size.most}), got {size.least}"
            findings.add("bad-group-size", (*path, "from"), message, "swap the two")
            return INVALID
        return size

    def json_schema(self) -> JsonSchema:
        return {**_SIZE.json_schema(), **_PEOPLE.json_schema(), "type": ["integer", "object"]}


_AGENTS = Section(
    "agents_required",
    (
        Field("when", WHEN, "for which values of conditions", required=True),
        Field("then", SizeRule(), "how many people it needs then", required=True),
        Field("else", SizeRule(), "how many people it needs otherwise", required=True),
    ),
)


@dataclass(frozen=True)
class AgentsRule:
    """How many people a conversation needs: a size, or one that depends on a condition."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if not isinstance(value, Mapping) or not value.keys() & {"when", "then", "else"}:
            return SizeRule().check(value, path, findings)
        checked = _AGENTS.check(value, path, findings)
        if checked is INVALID or len(checked) < len(_AGENTS.fields):
            return INVALID
        return AgentsBy(when=checked["when"], then=checked["then"], otherwise=checked["else"])

    def json_schema(self) -> JsonSchema:
        either = {"anyOf": [SizeRule().json_schema(), _AGENTS.json_schema()]}
        return {"type": ["integer", "object"], **either}


def check_sizes(config: Config, findings: Findings) -> None:
    """Find groups that would begin with fewer only after everybody has stopped waiting."""
    for task in config.tasks.values():
        path: KeyPath = ("tasks", task.key, "agents_required")
        sizes = [(path, task.size)]
        if task.agents_by is not None:
            sizes = [((*path, "then"), task.agents_by.then), ((*path, "else"), task.agents_by.otherwise)]
        for at, size in sizes:
            if size is None or size.least == size.most or task.max_time_in_pool is None:
                continue
            if size.wait >= task.max_time_in_pool:
                message = (
                    f"nobody waits for '{task.key}' as long as {size.wait:g} s: max_time_in_pool is "
                    f"{task.max_time_in_pool:g}"
                )
                findings.add("bad-group-size", (*at, "wait"), message, "lower wait")


def check_quotas(config: Config, findings: Findings) -> None:
    """Find quotas of which some people can only wait in vain, as a conversation takes more."""
    of_people = [condition for condition in config.conditions.values() if condition.per == "participant"]
    for condition in of_people:
        for value, quota in condition.quotas.items():
            sizes = [_size_under(task, condition, value, config) for task in config.tasks.values()]
            if not quota or not sizes or any(size is None for size in sizes):
                continue
            least = min(size.least for size in sizes if size is not None)
            only = sizes[0] if len(sizes) == len(of_people) == 1 else None
            left_over = quota % least if only is not None and only.least == only.most else 0
            if quota < least or left_over:
                message = (
                    f"expected a quota of {quoted(str(value))} that makes whole groups of {least}, got {quota}: "
                    f"{left_over or quota} would wait in vain"
                )
                path = ("conditions", condition.name, "quotas", str(value))
                findings.add("quota-never-met", path, message, f"write a multiple of {least}")


def _size_under(task: TaskConfig, condition: Condition, value: Value, config: Config) -> GroupSize | None:
    """Return how many people with this value a conversation takes; None if that cannot be said."""
    if task.fill_with is not None or condition.name in task.matching.mixed(config.conditions):
        return None
    by = task.agents_by
    if by is not None:
        return (
            (by.then if value in by.when[condition.name] else by.otherwise)
            if [*by.when] == [condition.name]
            else None
        )
    return task.size or GroupSize(least=task.agents_required, most=task.agents_required)


def most_seats(task: TaskConfig) -> tuple[int, int]:
    """Return how many people, and how many bots beside them, sit in the largest conversation of a task.

    Where the two depend on conditions, both are of one and the same conversation.
    """
    by = task.agents_by
    whens = [bot.when for bot in task.bots.values() if bot.when is not None]
    whens += [] if by is None else [by.when]
    values: dict[str, set[Value]] = {}
    for when in whens:
        for name, wanted in when.items():
            values.setdefault(name, {""}).update(wanted)  # no condition has the value "": it is any other
    seats = []
    for combination in product(*values.values()):
        known = dict(zip(values, combination, strict=True))
        people = task.agents_required if by is None else (by.then if holds(by.when, known) else by.otherwise).most
        bots = sum(bot.when is None or holds(bot.when, known) for bot in task.bots.values())
        seats.append((people, bots))
    return max(seats, key=sum)


def with_agents(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a task's section holds, with the most people that it can need as `agents_required`."""
    agents = entry.get("agents_required")
    if isinstance(agents, AgentsBy):
        return {**entry, "agents_required": max(agents.then.most, agents.otherwise.most), "agents_by": agents}
    if not isinstance(agents, GroupSize):
        return entry
    varies = {"size": agents} if agents.least < agents.most else {}
    return {**entry, "agents_required": agents.most, **varies}
