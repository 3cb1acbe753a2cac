"""What operators ask for bots' seats: one frozen request for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .request_kinds import WritingRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeSeat(WritingRequest):
    """Take over a bot's seat in a conversation: what it says is held until it is released, as it is or edited.

    Attributes:
        conversation: Which.
        role: The bot's.
    """

    verb: ClassVar[str] = "take"
    conversation: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveSeat(WritingRequest):
    """Give a seat back to its bot, which speaks for itself again. What is held stays so until it is released.

    Attributes:
        conversation: Which.
        role: The bot's.
    """

    verb: ClassVar[str] = "give"
    conversation: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetModel(WritingRequest):
    """Have another model go on in a bot's seat, from its next answer on; it is told all that was said there.

    Attributes:
        conversation: Which.
        role: The bot's.
        model: A name under `models:`; without one it is that of the config again.
    """

    verb: ClassVar[str] = "model"
    conversation: str
    role: str
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapSeat(WritingRequest):
    """Have a bot go on in a person's seat in a conversation; the person goes elsewhere, and the others go on.

    Attributes:
        conversation: Which.
        role: The person's.
        model: What the bot thinks with, a name under `models:`; it is told all that was said there.
        out: Whether the person goes out of the door, and not to the overworld.
        outcome: How the visit of somebody who goes out has ended.
        hidden: Whether the others are not told that it is a bot.
        text: What the others read; nothing, where it is not given.
    """

    verb: ClassVar[str] = "swap"
    conversation: str
    role: str
    model: str
    out: bool = False
    outcome: str | None = None
    hidden: bool = False
    text: str | None = None
