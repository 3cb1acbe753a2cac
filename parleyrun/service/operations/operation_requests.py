"""What operators may ask for: one frozen request for each operation, which is plain JSON as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from .alert_requests import ListAlerts, SendTestAlert
from .reading.study_requests import ListHosts, ListModels, ListTasks, ListTroubles, ShowOverview, ShowStudy
from .request_kinds import Destination, EndKind, Otherwise, ReadingRequest, WritingRequest
from .seat_requests import GiveSeat, SetModel, SwapSeat, TakeSeat
from .setting_requests import (
    DrainHost,
    FillHost,
    PauseMatching,
    ResumeMatching,
    SetDoor,
    SetQuota,
    SetSize,
    SetTimeLimit,
    SetWait,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPeople(ReadingRequest):
    """The people whom the service has in memory: all who are inside, and who were here of late.

    Attributes:
        search: What their id, or a value of the link by which they came, contains.
        place: Where they are: `overworld`, `waiting`, `task`, …
        task: The key of the task that they wait for or are in.
        skip: How many to leave out at the beginning.
        at_most: How many to return.
    """

    verb: ClassVar[str] = "people"
    search: str = ""
    place: str | None = None
    task: str | None = None
    skip: int = 0
    at_most: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPerson(ReadingRequest):
    """One person, and what has happened to them. `person` is their id, the end of it, or an id of their link."""

    verb: ClassVar[str] = "person"
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListConversations(ReadingRequest):
    """The conversations that go on, of one task or of all, the oldest first.

    Attributes:
        task: The key of the task.
        skip: How many to leave out at the beginning.
        at_most: How many to return.
    """

    verb: ClassVar[str] = "conversations"
    task: str | None = None
    skip: int = 0
    at_most: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadConversation(ReadingRequest):
    """What each of those in a conversation has said and was shown.

    Attributes:
        conversation: `chat/t_12`, its id, or the beginning of that.
        after: The last line that is known already, by participant; only what came then is returned.
        before: By participant, the line before which to end: what is older than what is known.
        at_most: How many lines of each person's to return, the newest of these; None for all.
    """

    verb: ClassVar[str] = "conversation"
    conversation: str
    after: Mapping[str, int] = field(default_factory=dict)
    before: Mapping[str, int] = field(default_factory=dict)
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class ListPools(ReadingRequest):
    """Who waits for what, and why nobody of them is matched yet."""

    verb: ClassVar[str] = "pools"


@dataclass(frozen=True, slots=True)
class ListHeld(ReadingRequest):
    """The lines that moderation holds back, until somebody lets them go."""

    verb: ClassVar[str] = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListActs(ReadingRequest):
    """What operators did last, newest first; with `about` to that person, conversation or task only."""

    verb: ClassVar[str] = "acts"
    about: str | None = None
    at_most: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage(WritingRequest):
    """Say something to people, as those who run the study. Exactly one of the last four says to whom.

    Attributes:
        text: What to say.
        person: To this one, wherever they are.
        conversation: To all who are in it; the conversation's record has it, too.
        task: To all who wait for it or are in it.
        everybody: To all who are inside.
    """

    verb: ClassVar[str] = "message"
    text: str
    person: str | None = None
    conversation: str | None = None
    task: str | None = None
    everybody: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAttention(WritingRequest):
    """Ask people a short question, visible as the operator's, and see to what follows without an answer in time.

    Exactly one of `person`, `conversation` and `task` says who is asked. What they answer, and how fast, is on
    record, and nobody else reads it.

    Attributes:
        text: The question.
        seconds: How long they have.
        person: This one.
        conversation: All who are in it.
        task: All who wait for it.
        replies: Quick replies; only these are an answer then, and else whatever they write next.
        answer: The right answer, whose case does not matter.
        otherwise: What follows without an answer in time, or a wrong one: `nothing`, a `note` on them, or `out`.
        outcome: How their visit ends if they go out: a key under `completion:`.
    """

    verb: ClassVar[str] = "check"
    text: str
    seconds: int
    person: str | None = None
    conversation: str | None = None
    task: str | None = None
    replies: tuple[str, ...] = ()
    answer: str | None = None
    otherwise: Otherwise = "nothing"
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendPerson(WritingRequest):
    """Take somebody out of where they are, and send them elsewhere. Who is with them is told that they left.

    Attributes:
        person: Who.
        to: Back to the `overworld`, to a `task`, or `out` of the door.
        task: Which task.
        outcome: How their visit ended, where they go out: a key under `completion:`, and so which code they get.
    """

    verb: ClassVar[str] = "send"
    person: str
    to: Destination
    task: str | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndConversation(WritingRequest):
    """End a conversation for all who are in it.

    Attributes:
        conversation: Which.
        outcome: `finished` lets its world bring it to an end, where it knows how to; the others stop it.
    """

    verb: ClassVar[str] = "end"
    conversation: str
    outcome: EndKind = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseLine(WritingRequest):
    """Show a line that is held, in other words if `text` is given.

    What a bot says in a seat that is taken over is shown to all it was said to.
    """

    verb: ClassVar[str] = "release"
    line: int
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePerson(WritingRequest):
    """Note something on a person, for those who run the study."""

    verb: ClassVar[str] = "note"
    person: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairPeople(WritingRequest):
    """Match people by hand who wait for the same task, whatever its rules and conditions say of them."""

    verb: ClassVar[str] = "pair"
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoAct(WritingRequest):
    """Undo what was set (pause, wait, time, size, quota, door, seat, model), or take a question back."""

    verb: ClassVar[str] = "undo"
    act: int


REQUESTS: Mapping[str, type[ReadingRequest] | type[WritingRequest]] = {
    kind.verb: kind
    for kind in (
        ShowOverview,
        ListPeople,
        ShowPerson,
        ListConversations,
        ReadConversation,
        ListPools,
        ListHeld,
        ListActs,
        ListTasks,
        ListModels,
        ListTroubles,
        ShowStudy,
        ListHosts,
        ListAlerts,
        SendMessage,
        CheckAttention,
        SendPerson,
        EndConversation,
        PauseMatching,
        ResumeMatching,
        SetWait,
        SetTimeLimit,
        SetSize,
        SetQuota,
        SetDoor,
        ReleaseLine,
        DrainHost,
        FillHost,
        TakeSeat,
        GiveSeat,
        SetModel,
        SwapSeat,
        NotePerson,
        PairPeople,
        UndoAct,
        SendTestAlert,
    )
}
"""All requests, by their verbs."""
