"""What the service asks of a store, and what it gets back when it starts again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

from ..core.conditions import Value
from ..core.message import FrozenDict, Message
from ..core.model_answer import BotDecision
from ..errors import StoreError
from ..events import ChannelRecord, Delivery, Inbound, Receipt, Sending, SentElsewhere
from ..runner.turn import Outcome, RunIdentity, Said, Turn
from ..signals import LineReactions
from .operator_records import Control, OperatorAct, ReleasedLine

Publish = Callable[[Delivery], None]
"""Called for each line that a commit says, in the order of each participant's log. Never blocks."""

UNSENT_LINES = 500
"""How many lines `unsent` returns at most for one participant."""


class StoreInUse(StoreError):
    """Another process holds the store, or this one does already."""


class StoreOutOfReach(StoreError):
    """A store cannot be read at this moment; it may be tried again."""


class ReadLine(NamedTuple):
    """A participant's own line number `seq`, which somebody else has now read."""

    participant_id: str
    seq: int


@dataclass(frozen=True, slots=True)
class WordsOnRecord:
    """What is on record of a person's own words: how much, and whether they were ever in a task."""

    size_bytes: int = 0
    in_task: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """A participant's session as it is recorded. `data` and `onboard_data` are pickles; `since` is wall time."""

    participant_id: str
    place: str
    task: str | None = None
    since: float = 0.0
    run_uid: str | None = None
    overworld_uid: str | None = None
    admitted: bool = False
    at_gate: bool = False
    wrong_passwords: int = 0
    data: bytes | None = None
    onboard_data: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStart:
    """One start of a service, by which a pilot and a study can be told apart.

    Attributes:
        run_id: Unique for good; conversations that begin from now on carry it.
        at: Wall time in seconds.
        version: Of parleyrun.
        config_hash: The same for configs that say the same (see `service.start.config_hash`).
        host: The machine's name.
        pid: The process.
    """

    run_id: str
    at: float
    version: str
    config_hash: str
    host: str
    pid: int


RunKind = Literal["overworld", "onboarding", "task", "afterwards", "waiting"]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as it begins. `seats` are people's ids and roles, in the order of the world's agents."""

    identity: RunIdentity
    kind: RunKind
    task: str | None
    seats: tuple[tuple[str, str | None], ...]
    started: float = 0.0


@dataclass(frozen=True, slots=True)
class PoolRecord:
    """Somebody who waits. `since` is wall time; `noticed` once they were told that it takes a while."""

    participant_id: str
    task: str
    since: float
    noticed: bool = False


@dataclass(frozen=True, slots=True)
class MatchRecord:
    """Who was taken for a run, who was looked at and not taken, and why."""

    task: str
    run_uid: str
    at: float
    taken: tuple[str, ...]
    passed_over: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """Which value of a condition somebody has, and what became of them.

    Attributes:
        condition: The condition's name.
        owner: A participant's id, or a run's uid where a group is assigned a value.
        value: The value.
        state: They are on the way (`begun`), are through (`finished`), or went before that (`dropped`).
    """

    condition: str
    owner: str
    value: Value
    state: Literal["begun", "finished", "dropped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignedCount:
    """How many have one value of a condition in one state."""

    condition: str
    value: Value
    state: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What one job of the desk changed: one transaction, like a turn.

    `said` are the system's sentences, `consumed` the lines that were read outside a run, each as a
    line reference (see `line_reference`). `answered` are the uids of runs whose choice or outcome this
    move has dealt with. `acts` are what operators did, `controls` what they have set; `said_in_runs` is said in
    the run of that uid, and `released` are lines that were held until now. `moved_runs` go on elsewhere, each by
    its uid and with the epoch that its turns have from now on.
    """

    sessions: tuple[SessionRecord, ...] = ()
    said: tuple[Said, ...] = ()
    consumed: tuple[str, ...] = ()
    started: tuple[RunRecord, ...] = ()
    answered: tuple[str, ...] = ()
    entered_pool: tuple[PoolRecord, ...] = ()
    left_pool: tuple[str, ...] = ()
    matches: tuple[MatchRecord, ...] = ()
    assigned: tuple[Assigned, ...] = ()
    acts: tuple[OperatorAct, ...] = ()
    controls: tuple[Control, ...] = ()
    said_in_runs: tuple[tuple[str, Said], ...] = ()
    released: tuple[ReleasedLine, ...] = ()
    moved_runs: tuple[tuple[str, int], ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__slots__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedRun:
    """A run that had not ended, or whose end had not been dealt with, when the store was last closed.

    `snapshot` is the world between two parleys (None: none was made), `inside` what the parley in progress had
    been given since, and `said_inside` what it had said, both in order. `asleep` is an overworld whose last turn
    was a choice; `value` is that choice if nobody has dealt with it yet. `turn` is the last committed one,
    `epoch` the one that this process has to use. `told_left` are the seats of which the world has heard that their
    people left. `bots` are the roles of those bots that have one, and whether people were told that it is a bot.
    `first_lines` are the numbers that the first lines of it have, or will have, in people's logs, seat by seat.
    """

    record: RunRecord
    epoch: int
    turn: int
    snapshot: bytes | None
    inside: tuple[tuple[int, Message], ...] = ()
    said_inside: tuple[tuple[str, Message], ...] = ()
    value: Any = None
    asleep: bool = False
    outcome: Outcome | None = None
    told_left: tuple[int, ...] = ()
    bots: tuple[tuple[str, bool], ...] = ()
    first_lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What models have taken: `cost`, as far as prices are known, and `tokens` of prompts and answers."""

    cost: float = 0.0
    tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """Everything that is needed to go on. `mail` are people's messages that nobody has read yet, in order.

    `onboarded` are who of those who wait for a task or are in it have been through its onboarding, with the task's
    key; None where nobody knows. `conversations_ended` counts the task runs that are over, by outcome. `spent` is
    what the models of all decisions on record have taken. `controls` is what operators have set, `last_act` the
    number of the last thing that they did.
    """

    sessions: tuple[SessionRecord, ...] = ()
    runs: tuple[SavedRun, ...] = ()
    pool: tuple[PoolRecord, ...] = ()
    mail: dict[str, tuple[Message, ...]] = field(default_factory=dict)
    run_counts: dict[str, int] = field(default_factory=dict)
    conversations_ended: dict[str, int] = field(default_factory=dict)
    onboarded: frozenset[tuple[str, str]] | None = None
    assigned: tuple[AssignedCount, ...] = ()
    spent: Spent = field(default_factory=Spent)
    controls: dict[str, Any] = field(default_factory=dict)
    last_act: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """Somebody reacts to a line.

    Attributes:
        participant_id: Who.
        name: As whom the others know them.
        run_uid: Of the conversation in which they do.
        seq: The line's number in their own log.
        reaction: How.
        on: Whether they do, or take it back.
    """

    participant_id: str
    name: str
    run_uid: str
    seq: int
    reaction: str
    on: bool


class Journal(Protocol):
    """What is put on record: people's messages, turns and moves, and what people got and read.

    Everything here returns at once and takes effect in the order of the calls. It calls back when the record is
    made, on any thread, for one participant in the order of their log. Any thread may call.
    """

    durable: bool
    """Whether the record outlives the process, so that snapshots of worlds are worth their while."""

    def journal(self, inbound: Inbound, then: Callable[[Receipt], None]) -> None:
        """Record what a person said. A message id that is on record already comes back as a duplicate."""

    def commit(self, turn: Turn, publish: Publish) -> None:
        """Record a turn whole, then publish what it says to people.

        Where a line of it was moderated, what is shown instead is recorded in the person's log and published, or
        nothing is; what was said is on record beside that. Of the lines and decisions of bots, those whose number
        is on record already are left as they are.
        """

    def decided(self, run_uid: str, decision: BotDecision) -> None:
        """Record what a model took beside its run's turns, as for an answer that nobody waited for.

        The run may be over.
        """

    def move(self, move: Move, publish: Publish) -> None:
        """Record a move whole, then publish what it says."""

    def react(self, reaction: Reaction, publish: Callable[[str, LineReactions], None]) -> None:
        """Record a reaction, if its line is there and its run goes on; publish it, if it is news.

        Published is how people have reacted to the line by then, for each person of the run who has it.
        """

    def delivered_through(self, participant_id: str, seq: int) -> None:
        """Record that a participant's lines up to that one have reached their screen, if that is news."""

    def read_through(self, participant_id: str, seq: int) -> list[ReadLine]:
        """Record that a participant has read up to that line; return whose lines these carried, if news."""

    def trouble(self) -> str | None:
        """Say what keeps the store from recording, None while all is well."""


class Store(Journal, ChannelRecord, Protocol):
    """The whole record. Hand on the part that is needed (`events.Lines`, `Sendings`, `Notes`, or the `Journal`).

    Nobody but the service needs all of it.
    """

    def open(self, start: ServiceStart | None = None) -> Saved:
        """Open the record, note who did, and return what was going on.

        Args:
            start: The start of the service; None if it is none, and nothing will begin.

        Raises:
            StoreError: The record cannot be opened.
        """

    def close(self) -> None:
        """Make everything that was handed over part of the record, then let go."""

    def heard_of(self, participant_id: str) -> WordsOnRecord:
        """Return what is on record of a person's own words. Raises `StoreError`."""

    def line_of_message(self, participant_id: str, message_id: str) -> int:
        """Return which line of a person's has this message id; 0 if none has. On the store's thread.

        Raises:
            StoreError: The record cannot be read.
        """

    def session(self, participant_id: str) -> SessionRecord | None:
        """Return where a participant is on record, and what is known of them. Any thread.

        Returns:
            None if they are on none.

        Raises:
            StoreError: The record cannot be read.
        """

    def forget(self, participant_id: str) -> None:
        """Let go of what is kept in memory of a participant who will hardly come back."""


@runtime_checkable
class Erasing(Protocol):
    """A store in which somebody may have asked, from outside, for people to be erased."""

    def asked_to_erase(self) -> list[str]:
        """Return the ids of those for whom somebody has asked, and who are not erased yet. Raises `StoreError`."""

    def open_runs_of(self, participant_id: str) -> list[str]:
        """Return the uids of the runs that go on in which somebody has or had a seat. Raises `StoreError`."""

    def erase(self, participant_id: str, then: Callable[[], None]) -> None:
        """Erase somebody, after all that was handed over so far. Raises `StoreError` once the store is closed.

        Args:
            participant_id: Who. Their runs that still go on end on record with that.
            then: Called on any thread when it is done, or could not be.
        """


def line_reference(participant_id: str, seq: int) -> str:
    """Return the name of a person's line, under which it travels through worlds as `carried_line`."""
    return f"{participant_id}#{seq}"


def parse_line_reference(reference: str) -> ReadLine | None:
    """Return the line that a line reference names; None if an author made it up."""
    participant_id, mark, seq = reference.rpartition("#")
    if not mark or not seq.isdecimal():
        return None
    # As ReadLine(…), without a call of Python's: the writer does this for every message.
    return tuple.__new__(ReadLine, (participant_id, int(seq)))


def name_of_line(shown: Delivery) -> str:
    """Return the name of a line: its own, or that of the other person's line which it carries on."""
    return (None if shown.mine else shown.message.carried_line) or line_reference(shown.participant_id, shown.seq)


def quoted_line(line: str, shown: Delivery) -> FrozenDict:
    """Return what an act has under `reply_to`: a line by its name, and as the one who replies was shown it."""
    return FrozenDict(line=line, id=shown.message.id, text=shown.message.text)


def sending_of_line(line: SentElsewhere, seq: int) -> Sending:
    """Return what became of a line that was sent elsewhere, and has this `seq` on record: it was sent, whole."""
    return Sending(
        participant_id=line.participant_id,
        seq=seq,
        piece=0,
        pieces=1,
        state="sent",
        at=line.at,
        channel_id=line.channel_id,
    )
