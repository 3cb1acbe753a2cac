"""What people are shown besides lines: who types, reads and is here, where they are, and that it is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody in the conversation is typing, or stopped. `who` is empty where no name is known.

    `persona_id` is what an author gave `typing_on`; `who` is the persona's name then.
    """

    who: str
    on: bool
    persona_id: str | None = None


@dataclass(frozen=True, slots=True)
class ReadMark:
    """Somebody read the participant's own line number `seq`."""

    who: str
    seq: int


PresenceState = Literal["away", "back", "left", "silent"]


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody in the conversation is away, is back, has left, or has not answered in time (`silent`)."""

    who: str
    state: PresenceState


@dataclass(frozen=True, slots=True)
class Place:
    """Where the participant is now. `since` is wall time in seconds; `role` is their own name in a task."""

    place: str
    task: str | None = None
    since: float = 0.0
    role: str | None = None


@dataclass(frozen=True, slots=True)
class PartnerName:
    """Somebody who is in a conversation; `bot` where people are told that it is one."""

    name: str
    bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishState:
    """How far people are with bringing their conversation to its end.

    Attributes:
        word: What is sent to say that one would like to.
        open: Whether this participant may: they have said enough.
        wanted: Whether they have said that they would like to.
        wanted_by: The names of those others who have.
    """

    word: str
    open: bool
    wanted: bool
    wanted_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkView:
    """What stands around the conversation that a participant is in. A later one takes the place of it.

    Attributes:
        title: What it is called; empty for no name of its own.
        role: Their own name in it.
        partners: Who is in it with them.
        instructions: What they alone were told at its beginning, in Markdown; or empty.
        ends_at: When its time is up, as wall time in seconds; None if there is no limit.
        finish: Whether they may bring it to its end; None where nobody may.
        paste: Whether they may paste, and whether that is kept.
        reactions: What they may react to lines with.
        replies: Whether they may reply to lines.
        first_line: The number that the conversation's first line has, or will have, in their log.
    """

    title: str
    role: str | None
    partners: tuple[PartnerName, ...] = ()
    instructions: str = ""
    ends_at: float | None = None
    finish: FinishState | None = None
    paste: Literal["allow", "block", "record"] = "allow"
    reactions: tuple[str, ...] = ()
    replies: bool = False
    first_line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitEnd:
    """What somebody is told at the end of a visit. What there is none of is empty.

    Attributes:
        outcome: How their visit ended, as one of the keys under `completion:`.
        code: Their completion code.
        link: Where they go from here.
        panel: Who is there, where that is known.
        text: What is said instead of our own sentence.
    """

    outcome: str
    code: str = ""
    link: str = ""
    panel: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """The participant's visit is over: they said goodbye, left for good, or the service closes.

    `once` tells that they were here before, and nobody takes part twice. Without `again` they cannot come back.
    `end` is what they are told of it besides.
    """

    reason: Literal["goodbye", "left", "closing", "once"]
    again: bool = True
    end: VisitEnd | None = None


@dataclass(frozen=True, slots=True)
class Growing:
    """A line is being made, and these are its words so far. The next line by the same speaker is the whole of it.

    Without words it is taken back: what was shown of it goes away.
    """

    who: str
    text: str


@dataclass(frozen=True, slots=True)
class ReactionCount:
    """How many people have reacted in this way; `mine` where the participant is one of them."""

    reaction: str
    count: int
    mine: bool = False


@dataclass(frozen=True, slots=True)
class LineReactions:
    """How people have reacted to line `seq` of the participant's log, all of it: a later one takes its place.

    `who` has changed theirs just now, to `added`; both are empty where that is not known, or it was taken back.
    """

    seq: int
    reactions: tuple[ReactionCount, ...] = ()
    who: str = ""
    added: str = ""


Signal = LineReactions | Typing | ReadMark | Presence | Place | TalkView | Ended | Growing
