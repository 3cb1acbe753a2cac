"""What stands around a conversation: its title, its people's roles and instructions, its time, how it may end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from ...core.conditions import ByCondition, Value, under
from ...core.message import FrozenDict

EndButton = Literal["all", "any", "none"]
Paste = Literal["allow", "block", "record"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkSettings:
    """What a task says of the conversation itself. Each may depend on a condition where it says so.

    Attributes:
        title: What the page's header calls it; empty for what the whole study is called.
        roles: The names of people's roles, in the order in which they are given, with each one's instructions
            (Markdown; empty for none).
        time_limit: How many seconds it may last; None for as long as it takes.
        warn_at: How many seconds before its end people are told that the time is nearly over; None for never.
        end_button: Whether people may bring it to its end: when `all` want to, when `any` of them does, or not.
        min_turns: How many lines somebody must have said before they may.
        paste: Whether people may paste into the field on the page; `record` keeps how much they did.
        reactions: What people may react to a line with, in the order in which it is offered; nothing if empty.
        replies: Whether people may reply to a line.
    """

    title: str = ""
    roles: Mapping[str, str | ByCondition[str]] = field(default_factory=FrozenDict)
    time_limit: float | ByCondition[float | None] | None = None
    warn_at: float | None = None
    end_button: EndButton = "none"
    min_turns: int = 0
    paste: Paste = "allow"
    reactions: tuple[str, ...] = ()
    replies: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether nothing at all is said of it."""
        return self == PLAIN_TALK

    def limited_to(self, seconds: float) -> TalkSettings:
        """Return the same with another time limit, 0 for none; people are warned where there is time for that."""
        warn_at = self.warn_at if self.warn_at is not None and self.warn_at < seconds else None
        return replace(self, time_limit=seconds or None, warn_at=warn_at)

    @property
    def speaks_of_lines(self) -> bool:
        """Whether people may reply, or react, to what is said in it."""
        return self.replies or bool(self.reactions)

    def instructions_for(self, role: str | None, values: Mapping[str, Value]) -> str:
        """Return the instructions of a role under these values of the conditions, nothing filled in; or ''."""
        return under(self.roles.get(role or "", ""), values)

    def seconds_under(self, values: Mapping[str, Value]) -> float | None:
        """Return how long it may last under these values of the conditions; None for as long as it takes."""
        return under(self.time_limit, values)


PLAIN_TALK = TalkSettings()
