"""What passes between channels and the service: events coming in, deliveries and signals going out.

Everything here is frozen, so any thread may hold it. `Channel` is the contract of a door people come through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from .core.frozen import FrozenDict
from .core.message import Message


@dataclass(frozen=True, slots=True)
class Inbound:
    """A person said something.

    `message_id` is unique within the participant's channel; the same one twice is delivered once. `at` is when
    they said it: wall time in seconds, as the channel knows it; 0 if it does not.
    """

    participant_id: str
    message_id: str
    text: str
    payload: FrozenDict | None = None
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Arrived:
    """A person's connection is there. With `opens` it counts as a first message and opens the overworld.

    `entry` says how they came (a `ref`, Prolific's ids); it is kept as `stored_data['entry']`.
    """

    participant_id: str
    entry: Mapping[str, str] = field(default_factory=FrozenDict)
    opens: bool = False


@dataclass(frozen=True, slots=True)
class Went:
    """A person's last connection is gone."""

    participant_id: str


@dataclass(frozen=True, slots=True)
class Wrote:
    """A person started (or stopped) typing."""

    participant_id: str
    on: bool


@dataclass(frozen=True, slots=True)
class Got:
    """Everything up to and including this `seq` has reached a person's screen, whether or not they look at it."""

    participant_id: str
    seq: int


@dataclass(frozen=True, slots=True)
class Saw:
    """A person has read everything up to and including this `seq`, which has reached their screen by then."""

    participant_id: str
    seq: int


Event = Inbound | Arrived | Went | Wrote | Got | Saw


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an `Inbound`, told once its journal row is committed.

    `seq` is its number in the participant's own log (0 where it was not accepted). A duplicate carries the
    `seq` of the first. A refusal carries the sentence to show.
    """

    seq: int = 0
    duplicate: bool = False
    refusal: str | None = None


Then = Callable[[Receipt], None]


class Deliver(Protocol):
    """How a channel hands an event to the service. Any thread; returns at once; `then` may run on any thread."""

    def __call__(self, event: Event, then: Then | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """A committed line of a participant's log: said to them, or (`mine`) by them. `seq` counts from 1."""

    participant_id: str
    seq: int
    message: Message
    mine: bool = False
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody in the conversation is typing, or stopped."""

    who: str
    on: bool


@dataclass(frozen=True, slots=True)
class ReadMark:
    """Somebody read the participant's own line number `seq`."""

    who: str
    seq: int


PresenceState = Literal["away", "back", "left"]


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody in the conversation is away, is back, or has left."""

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
class Ended:
    """The participant's visit is over: they said goodbye, left for good, or the service closes."""

    reason: Literal["goodbye", "left", "closing"]


Signal = Typing | ReadMark | Presence | Place | Ended


class Channel(Protocol):
    """A door people come through.

    `send` and `signal` are called from any thread, in order for each participant, and never block: a channel
    that cannot send at once keeps a queue of its own. A delivery is on record before `send` is called; a
    signal is not recorded and may be dropped.
    """

    name: str

    def start(self, deliver: Deliver, log: Log) -> None:
        """Open the door; raise `ChannelError` if that is impossible."""

    def close(self) -> None:
        """Send what waits, then shut the door. Calling it twice is harmless."""

    def send(self, delivery: Delivery) -> None: ...

    def signal(self, participant_id: str, signal: Signal) -> None: ...


class Log(Protocol):
    """What a channel may ask of the record: a participant's lines after `seq`, for one who comes back.

    `secret(name)` is a key that lasts as long as the store, for tokens that must outlive a restart.
    `place_of` says where a participant is, None if they were never here.
    """

    def lines_after(self, participant_id: str, seq: int) -> list[Delivery]: ...

    def secret(self, name: str) -> bytes: ...

    def place_of(self, participant_id: str) -> Place | None: ...


def participant_id(channel: str, native_id: str) -> str:
    """Join a channel's name and its own id of a person into the id that the whole service knows."""
    return f"{channel}:{native_id}"


def payload_of(value: Any) -> FrozenDict | None:
    """Freeze what a client sent as `payload`; None if there is none. Raises `ValueError` if it is no mapping."""
    if value is None:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise ValueError("expected 'payload' to be an object with a string 'type'")
    return FrozenDict(value)
