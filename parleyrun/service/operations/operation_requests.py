"""What operators may ask for: one frozen request for each operation, which is plain JSON as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from .reading.study_requests import ListModels, ListTasks, ListTroubles, ShowOverview, ShowStudy
from .request_kinds import ReadingRequest as ReadingRequest
from .request_kinds import WritingRequest as WritingRequest

DoorState = Literal["open", "closed", "drain"]
EndKind = Literal["finished", "stopped", "timed out"]
Destination = Literal["overworld", "task", "out"]
Otherwise = Literal["nothing", "note", "out"]


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
class PauseMatching(WritingRequest):
    """Match nobody any more for a task (None: for any), until it is resumed. Who waits goes on waiting."""

    verb: ClassVar[str] = "pause"
    task: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeMatching(WritingRequest):
    """Match people again for a task; None lifts the pause of all matching, and leaves those of single tasks."""

    verb: ClassVar[str] = "resume"
    task: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetWait(WritingRequest):
    """Say for how many seconds somebody waits for a task at most, whatever its `max_time_in_pool`.

    It holds for those who wait now, too. Without `seconds` it is what the config says again.
    """

    verb: ClassVar[str] = "wait"
    task: str
    seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTimeLimit(WritingRequest):
    """Say how long conversations of a task may last that begin from now on, whatever its `time_limit`.

    Those that go on keep the time that they have. Without `seconds` it is what the config says again.

    Attributes:
        task: The key of the task.
        seconds: How many seconds; 0 for as long as they take.
    """

    verb: ClassVar[str] = "time"
    task: str
    seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSize(WritingRequest):
    """Say how many people a conversation of a task takes, whatever its `agents_required`.

    It holds for all that begin from now on, for those who wait now, too. Without `least` it is what the config
    says again.

    Attributes:
        task: The key of the task.
        least: With how many it may begin.
        most: With how many it begins at once; as `least` if not given.
        wait: How many seconds the oldest waits for more than `least`.
    """

    verb: ClassVar[str] = "size"
    task: str
    least: int | None = None
    most: int | None = None
    wait: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetQuota(WritingRequest):
    """Say with how many of a condition's value it is enough. Without `quota` it is what the config says again."""

    verb: ClassVar[str] = "quota"
    condition: str
    value: str
    quota: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDoor(WritingRequest):
    """Let people in (`open`) or nobody new (`closed`); with `drain` nobody who is inside begins a task either."""

    verb: ClassVar[str] = "door"
    state: DoorState


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseLine(WritingRequest):
    """Show a line that is held, in other words if `text` is given."""

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
    """Undo what was set (pause, wait, time, size, quota, door), or take a question back; by that act's number."""

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
        NotePerson,
        PairPeople,
        UndoAct,
    )
}
"""All requests, by their verbs."""
