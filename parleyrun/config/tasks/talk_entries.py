"""What a task's entry may say of the conversation itself: `title`, `roles`, `time_limit`, `end_button` …"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...core.conditions import ByCondition
from ...core.message import FrozenDict
from ..diagnostics import Findings, KeyPath
from ..forms.referred_texts import text_at
from ..kinds import Choice, Flag, Quantity, Text
from ..models.bot_entries import check_role
from ..sections import Field, Section, Table
from .condition_entries import ByConditionRule
from .reaction_entries import ReactionList
from .talk_settings import TalkSettings

_DAY_SECONDS = 86_400


_ROLE = Section(
    "a role",
    (
        Field(
            "instructions",
            ByConditionRule(Text("a text, or a file that ends in .md or .txt"), "instructions"),
            "what only this role is told, in Markdown, or the path of a file with it",
            optional=True,
        ),
    ),
)

TALK_FIELDS = (
    Field("title", Text("a title"), "what the page's header calls the conversation"),
    Field("roles", Table("roles", _ROLE, check_role), "the roles of people, in order, with what each is told"),
    Field(
        "time_limit",
        ByConditionRule(Quantity(1, 30 * _DAY_SECONDS, unit="seconds"), "time_limit"),
        "how many seconds the conversation may last; as long as it takes if left out",
        optional=True,
    ),
    Field(
        "warn_at",
        Quantity(1, 30 * _DAY_SECONDS, unit="seconds"),
        "how many seconds before the end of that people are told that it is near",
        optional=True,
    ),
    Field(
        "end_button",
        Choice(("all", "any", "none")),
        "whether people may end the conversation: when all want to, when any of them does, or not",
    ),
    Field("min_turns", Quantity(0, 10_000, whole=True), "how many lines somebody says before they may end it"),
    Field(
        "paste",
        Choice(("allow", "block", "record")),
        "whether people may paste on the page; record keeps how many characters they pasted",
    ),
    Field(
        "reactions",
        ReactionList(),
        "what people may react to a line with: true, or a list of emoji or short texts",
    ),
    Field("replies", Flag(), "whether people may reply to a line, which is then quoted"),
)
TALK_NAMES = frozenset(field.name for field in TALK_FIELDS)
"""The keys of a task of which `with_talk` makes its `talk`."""


def with_talk(key: str, entry: Mapping[str, Any], folder: Path, findings: Findings) -> Mapping[str, Any]:
    """Return what a task's section holds, with what it says of the conversation as `talk`.

    Args:
        key: The task's key.
        entry: What its section holds.
        folder: Beside what the paths of files with instructions begin.
        findings: Learns of files that cannot be read.
    """
    said = {name: entry[name] for name in entry if name in TALK_NAMES}
    roles = said.get("roles", {})
    made = {
        role: _instructions(role_entry.get("instructions"), ("tasks", key, "roles", role), folder, findings)
        for role, role_entry in roles.items()
    }
    talk = TalkSettings(**{**said, "roles": FrozenDict(made)})
    return {**{name: value for name, value in entry.items() if name not in TALK_NAMES}, "talk": talk}


def _instructions(
    given: str | ByCondition[str | None] | None, role: KeyPath, folder: Path, findings: Findings
) -> str | ByCondition[str]:
    path = (*role, "instructions")
    if not isinstance(given, ByCondition):
        return text_at(given, folder, path, findings) if given else ""
    then, otherwise = (
        text_at(text, folder, (*path, branch), findings) if text else ""
        for text, branch in ((given.then, "then"), (given.otherwise, "else"))
    )
    return ByCondition(when=given.when, then=then, otherwise=otherwise)
