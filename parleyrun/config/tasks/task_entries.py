"""What stands under `tasks:`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...core.conditions import AgentsBy
from ..diagnostics import Findings, KeyPath
from ..kinds import INVALID, Flag, JsonSchema, Name, Quantity, Text
from ..models.bot_entries import BOT, FILL_WITH, MAX_COST, MAX_TOKENS_TOTAL, ON_BOT_ERROR, check_role
from ..schema import TaskConfig
from ..sections import Field, Section, Table
from .condition_entries import WHEN

_DAY_SECONDS = 86_400


def check_task_key(key: str, path: KeyPath, findings: Findings) -> None:
    """Find a key that no task can have."""
    if key == "EXIT":
        message = "expected another key for this task: an overworld that returns 'EXIT' says goodbye"
        findings.add("reserved-task", path, message, "call the task something else", at_key=True)
    elif not key.strip():
        findings.add("bad-name", path, f"expected a key such as 'chat', got {key!r}", at_key=True)


_PEOPLE = Quantity(1, 1000, whole=True)

_AGENTS = Section(
    "agents_required",
    (
        Field("when", WHEN, "for which values of conditions", required=True),
        Field("then", _PEOPLE, "how many people it needs then", required=True),
        Field("else", _PEOPLE, "how many people it needs otherwise", required=True),
    ),
)


@dataclass(frozen=True)
class AgentsRule:
    """How many people a conversation needs: a number, or one that depends on a condition."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if not isinstance(value, Mapping):
            return _PEOPLE.check(value, path, findings)
        checked = _AGENTS.check(value, path, findings)
        if checked is INVALID or {"when", "then", "else"} - checked.keys():
            return INVALID
        return AgentsBy(when=checked["when"], then=checked["then"], otherwise=checked["else"])

    def json_schema(self) -> JsonSchema:
        return {**_AGENTS.json_schema(), **_PEOPLE.json_schema(), "type": ["integer", "object"]}


def with_agents(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a task's section holds, with the most people that it can need as `agents_required`."""
    agents = entry.get("agents_required")
    if not isinstance(agents, AgentsBy):
        return entry
    return {**entry, "agents_required": max(agents.then, agents.otherwise), "agents_by": agents}


TASK = Section(
    "a task",
    (
        Field(
            "task_world",
            Name("the name of a class", "ChatTaskWorld"),
            "the class of the task's world, or a function; left out where the module's task_functions has it",
            once=("task_name",),
        ),
        Field(
            "onboard_world",
            Name("the name of a class", "ChatOnboardWorld"),
            "the class of the world that each person goes through first; none if left out",
            optional=True,
            once=("onboarding_name",),
        ),
        Field(
            "agents_required",
            AgentsRule(),
            "how many people a conversation needs; {when: {condition: value}, then: 2, else: 1} by condition",
        ),
        Field(
            "max_time_in_pool",
            Quantity(0.01, 30 * _DAY_SECONDS, unit="seconds"),
            "how many seconds somebody waits for the others at most; for ever if left out",
            optional=True,
            older="timeout",
        ),
        Field(
            "backup_task",
            Text("the key of a task"),
            "the task for those who waited in vain; if left out they return to the overworld",
            optional=True,
        ),
        Field("not_again", Flag(), "whether nobody does this task a second time"),
        Field("allow_uploads", Flag(), "whether people may send pictures, sounds, videos and PDF files in it"),
        Field("bots", Table("bots by role", BOT, check_role), "the bots that sit in it besides people, by role"),
        Field("fill_with", FILL_WITH, "the bots that sit down where nobody came", optional=True),
        ON_BOT_ERROR,
        Field("max_cost", MAX_COST, "what the models of one conversation may cost, by their price", optional=True),
        Field(
            "max_tokens_total",
            MAX_TOKENS_TOTAL,
            "how many tokens the models of one conversation may take",
            optional=True,
        ),
    ),
    TaskConfig,
)
