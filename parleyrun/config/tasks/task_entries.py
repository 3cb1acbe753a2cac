"""What stands under `tasks:`."""

from __future__ import annotations

from ..amounts import Amounts
from ..diagnostics import Findings, KeyPath
from ..kinds import Flag, Name, Quantity, Text
from ..models.bot_entries import BOT, FILL_WITH, MAX_COST, MAX_TOKENS_TOTAL, ON_BOT_ERROR, check_role
from ..schema import TaskConfig
from ..sections import Field, Section, Table
from .group_entries import AgentsRule
from .match_entries import DIFFERENT, NOT_AGAIN, PREFER, ROUNDS, SAME
from .step_entries import AFTERWARDS, ONBOARD, WAITING
from .talk_entries import TALK_FIELDS

_DAY_SECONDS = 86_400


def check_task_key(key: str, path: KeyPath, findings: Findings) -> None:
    """Find a key that no task can have."""
    if key == "EXIT":
        message = "expected another key for this task: an overworld that returns 'EXIT' says goodbye"
        findings.add("reserved-task", path, message, "call the task something else", at_key=True)
    elif not key.strip():
        findings.add("bad-name", path, f"expected a key such as 'chat', got {key!r}", at_key=True)


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
            "onboard",
            ONBOARD,
            "what each person goes through first: forms by name, worlds among them, or {form: …, when: …}",
            optional=True,
        ),
        Field(
            "afterwards",
            AFTERWARDS,
            "what each person is asked after the conversation: forms by name, or {form: …, when: …}",
            optional=True,
        ),
        Field(
            "agents_required",
            AgentsRule(),
            "how many people a conversation needs; {from: 2, to: 4, wait: 30} for some of them; "
            "{when: {condition: value}, then: 2, else: 1} by condition",
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
        ROUNDS,
        Field(
            "waiting", WAITING, "what people see and do while they wait: a text, or {text, steps}", optional=True
        ),
        NOT_AGAIN,
        SAME,
        DIFFERENT,
        PREFER,
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
        Field(
            "resources",
            Amounts(),
            "what a host has to have on which it is executed, such as {GPU: 1}; see engine",
            optional=True,
        ),
        *TALK_FIELDS,
    ),
    TaskConfig,
)
