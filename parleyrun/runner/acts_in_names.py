"""Acts that a world makes in a person's name: those that stand for their absence, and those that quote them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from ..core.bot_seats.bot_agent import BotAgent
from ..core.message import DISCONNECT_TEXT, TIMEOUT_TEXT, FrozenDict, Message
from ..message_marks import VERBATIM
from ..text import may_be_markdown
from .person import PersonAgent

_ABSENCES: dict[str, Literal["left", "silent"]] = {DISCONNECT_TEXT: "left", TIMEOUT_TEXT: "silent"}
"""What an act means that nobody said. Somebody who types such a text has said it: then it carries on a line."""


def absence_in(message: Message, agents: Sequence[PersonAgent]) -> Literal["left", "silent"] | None:
    """Return which absence an act stands for that a world hands on; None if it is words.

    Of somebody who is still here, `[DISCONNECT]` is a word like any other.
    """
    absence = _ABSENCES.get(message.text)
    if message.text != DISCONNECT_TEXT:
        return absence
    meant = [agent for agent in agents if message.id in ("", agent.disp_id, agent.id)]
    return absence if not meant or any(agent.left or agent.left_told for agent in meant) else None


def as_shown(message: Message, agents: Sequence[PersonAgent], hidden_bots: Sequence[BotAgent]) -> Message:
    """Note in an act that a world made anew, in a person's name, that it is to be shown as it is.

    A bot that people are not told of passes for a person.
    """
    if not may_be_markdown(message.text):
        return message
    if message.id == "" or all(message.id != agent.disp_id for agent in (*agents, *hidden_bots)):
        return message
    return replace(message, extra=FrozenDict(message.extra, **{VERBATIM: True}))
