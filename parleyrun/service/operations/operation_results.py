"""What operators get back: frozen values that are plain JSON as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ...store.operator_records import LifeEvent, OperatorAct
from .reading.alert_results import AlertsFound
from .reading.host_results import HostsFound
from .reading.study_results import ModelsFound, OverviewFound, StudyFound, TasksFound, TroublesFound


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """Somebody, and where they are. `since` is wall time; `arrival` what their link said."""

    id: str
    place: str
    task: str | None = None
    since: float = 0.0
    present: bool = False
    role: str | None = None
    conversation: str | None = None
    condition: Mapping[str, Any] = field(default_factory=dict)
    arrival: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleFound:
    """Some people; `total` is how many there are that fit."""

    people: tuple[PersonRow, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFound:
    """One person, what has happened to them, and what operators did to them."""

    person: PersonRow
    life: tuple[LifeEvent, ...]
    acts: tuple[OperatorAct, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BotRow:
    """A bot in a conversation.

    Attributes:
        role: Its role.
        model: The name of the model that speaks there, as the config or an operator has it.
        disclosed: Whether people are told that it is a bot.
        taken: Whether an operator has taken over its seat.
    """

    role: str
    model: str | None = None
    disclosed: bool = True
    taken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRow:
    """A conversation that goes on."""

    id: str
    name: str
    task: str
    since: float
    people: tuple[PersonRow, ...]
    bots: tuple[BotRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationsFound:
    """Some of the conversations that go on; `total` is how many there are that fit."""

    conversations: tuple[ConversationRow, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSeen:
    """A line of somebody's log: what they said (`mine`), or were shown.

    `operator`: an operator said it. `quoted`: the words of the line that it replies to, as they were shown them.
    """

    person: str
    seq: int
    mine: bool
    speaker: str
    text: str
    at: float
    operator: bool = False
    quoted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationFound:
    """A conversation and its lines, each as those see it who are in it.

    `after` is for the next request, and `before` for one of what is older: empty where nothing is.
    """

    conversation: ConversationRow
    lines: tuple[LineSeen, ...]
    after: Mapping[str, int]
    before: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonWaiting:
    """Somebody who waits, for so many seconds by now."""

    id: str
    present: bool
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRow:
    """Those who wait together for a task, and, in sentences, why nobody of them is matched yet."""

    task: str
    needed: int
    paused: bool
    waiting: tuple[PersonWaiting, ...]
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolsFound:
    """All pools in which anybody waits."""

    pools: tuple[PoolRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRow:
    """A line that is held back from a person."""

    line: int
    conversation: str | None
    person: str
    at: float
    speaker: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFound:
    """All lines that are held."""

    held: tuple[HeldRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActsFound:
    """What operators did, newest first."""

    acts: tuple[OperatorAct, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActDone:
    """Something was done, and is on record.

    Attributes:
        act: Its number.
        told: How many people were said something.
        person: Where somebody is now who was sent.
        conversation: The conversation that has begun.
    """

    act: int
    told: int = 0
    person: PersonRow | None = None
    conversation: str | None = None


Result = (
    OverviewFound
    | PeopleFound
    | PersonFound
    | ConversationsFound
    | ConversationFound
    | PoolsFound
    | HeldFound
    | ActsFound
    | TasksFound
    | ModelsFound
    | TroublesFound
    | StudyFound
    | HostsFound
    | AlertsFound
    | ActDone
)


def plain(result: Result) -> dict[str, Any]:
    """Return a result as JSON has it."""
    values: dict[str, Any] = _plain(asdict(result))
    return values


def _plain(value: Any) -> Any:
    """Return the nearest that JSON has: what an author keeps of people may be anything."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
