"""What passes between channels and the service: events coming in, deliveries and signals going out.

Everything is frozen, so any thread may hold it. `Channel` is the contract of a door people come through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from enum import Enum
from typing import Any, Literal, Protocol, runtime_checkable

from .core.message import FrozenDict, Message
from .frozen_values import quickly_made
from .signals import LineReactions, Signal

_NOTHING = FrozenDict()


@quickly_made
@dataclass(frozen=True, slots=True)
class Inbound:
    """A person said something.

    `message_id` is unique within the participant's channel; the same one twice is delivered once. `at` is when
    they said it: wall time in seconds, as the channel knows it; else 0. `claimed` is what their device says of how
    they wrote it: `pasted` (characters), `typed_ms`. `replies_to` names a line of theirs by its number (0: none).
    """

    participant_id: str
    message_id: str
    text: str
    payload: FrozenDict | None = None
    at: float = 0.0
    _: KW_ONLY
    claimed: FrozenDict = _NOTHING
    replies_to: int = 0
    reply_to: FrozenDict | None = None
    """As in a `Message`, once the service has found the line."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A person's connection is there. With `opens` it counts as a first message and opens the overworld.

    `entry` says how they came (a `ref`, Prolific's ids); it is kept as `stored_data['entry']`. `address` is where
    the connection comes from, as far as the channel knows; it is on no record. `device` says with what they come,
    where that matters; it is kept as `stored_data['device']`. `forms`: their screen can show whole forms.
    """

    participant_id: str
    entry: Mapping[str, str] = field(default_factory=FrozenDict)
    opens: bool = False
    address: str = ""
    _: KW_ONLY
    device: Mapping[str, str] = field(default_factory=FrozenDict)
    forms: bool = False


@dataclass(frozen=True, slots=True)
class Went:
    """A person's last connection is gone."""

    participant_id: str


@dataclass(frozen=True, slots=True)
class TypingChanged:
    """A person started (or stopped) typing."""

    participant_id: str
    on: bool


@dataclass(frozen=True, slots=True)
class DeliveredThrough:
    """Everything up to and including this `seq` has reached a person's screen, whether or not they look at it."""

    participant_id: str
    seq: int


@dataclass(frozen=True, slots=True)
class ReadThrough:
    """A person has read everything up to and including this `seq`, which has reached their screen by then."""

    participant_id: str
    seq: int


@dataclass(frozen=True, slots=True)
class Reacted:
    """A person reacts to line `seq` of their log; not `on`, they take it back."""

    participant_id: str
    seq: int
    reaction: str
    on: bool = True


Event = Inbound | Arrived | Went | TypingChanged | DeliveredThrough | ReadThrough | Reacted


class RefusalReason(Enum):
    """Why a message was not taken."""

    CLOSING = "closing"
    """The doors are closed to this person; sending it again is no use."""
    TROUBLE = "trouble"
    """It could not be recorded just now; sending it again later may work."""
    TOO_LONG = "too_long"
    """Its text is longer than one message may be."""
    NO_ATTACHMENTS = "no_attachments"
    """It is nothing but a file, which is not taken where this person is."""
    NO_FORM = "no_form"
    """It answers a form where there can be none."""
    UPLOAD_KIND = "upload_kind"
    """The file is none of those that are taken."""
    UPLOAD_TOO_LARGE = "upload_too_large"
    """The file is too large."""
    TOO_MANY_BYTES = "too_many_bytes"
    """The person sends too much at once."""
    SAID_ENOUGH = "said_enough"
    """As much is stored of this person as is of one."""
    NEWCOMERS_FULL = "newcomers_full"
    """As much is stored of all newcomers as is of them."""


@quickly_made
@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an `Inbound`, told once its journal row is committed; for an `Arrived` it says nothing more.

    `seq` is its number in the participant's own log (0 where it was not accepted). A duplicate carries the
    `seq` of the first. What was `refused` is on no record; the channel says why, in its own words.
    """

    seq: int = 0
    duplicate: bool = False
    refused: RefusalReason | None = None


Then = Callable[[Receipt], None]


class Deliver(Protocol):
    """How a channel hands an event to the service. Any thread; returns at once; `then` may run on any thread."""

    def __call__(self, event: Event, then: Then | None = None) -> None: ...


@quickly_made
@dataclass(frozen=True, slots=True)
class Delivery:
    """A committed line of a participant's log: said to them, or (`mine`) by them. `seq` counts from 1.

    `message_id` is what the channel called what they said (`Inbound.message_id`); None if it was said to them.
    """

    participant_id: str
    seq: int
    message: Message
    mine: bool = False
    at: float = 0.0
    _: KW_ONLY
    message_id: str | None = None


SendingState = Literal["trying", "sent", "dropped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What became of one piece of a line that a channel sends by itself.

    `piece` counts from 0, `pieces` says how many the line has. `at` is wall time in seconds, `channel_id` what the
    channel calls the piece once it is sent, `reason` why it was dropped.
    """

    participant_id: str
    seq: int
    piece: int
    pieces: int
    state: SendingState
    at: float
    channel_id: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SentElsewhere:
    """A line that somebody sent on the channel itself: `channel_id` names it there, `message.id` is who speaks."""

    participant_id: str
    message: Message
    channel_id: str
    at: float


@dataclass(frozen=True, slots=True)
class Unsent:
    """What a participant had not been sent when the store was last closed, or its process died.

    `lines` are said to them, oldest first, at least one; `sendings` is what is known of the pieces of `lines[0]`.
    With `more`, `lines_after` has further ones, and what was said since, which comes by `Channel.send` too.
    """

    participant_id: str
    lines: tuple[Delivery, ...]
    sendings: tuple[Sending, ...] = ()
    more: bool = False


class Channel(Protocol):
    """A door people come through: what you write to bring people in over something new.

    The service calls `start` once, then `send` and `signal`, then `close`. `send` and `signal` are called from any
    thread, after `start` has returned and until `close` is called, in order for each participant, and never block:
    a channel that can't send at once keeps a queue of its own. A delivery is on record before `send` is called; a
    signal is not recorded and may be dropped.

    What else one may be able to do is said by `Uploads`, `Personas`, `ShowsForms`, `Troubled`, `Finite`.

    Attributes:
        name: The part of a `participant_id` before the colon. Letters, digits, `-` and `_`.
        connectionless: True where people have no connection that could be lost. A person is then present from
            their first message, after a restart too, until the channel says `Went`, and again once they write.
    """

    name: str
    connectionless: bool

    def start(self, deliver: Deliver, record: ChannelRecord) -> None:
        """Open the door.

        Args:
            deliver: Takes what happens at the door, for as long as the channel is open.
            record: What is on record of this channel's people.

        Raises:
            ChannelError: The door cannot be opened; the message says why, and how to mend it.
        """

    def close(self) -> None:
        """Send what waits, then shut the door. Calling it twice is harmless."""

    def send(self, delivery: Delivery) -> None:
        """Show a line to its participant. What they said themselves comes too, with `mine`."""

    def signal(self, participant_id: str, signal: Signal) -> None:
        """Show a signal to a participant, as far as the channel has a place for it."""


@runtime_checkable
class Uploads(Protocol):
    """A channel that takes attachments in advance."""

    def upload_attachment(self, payload: Mapping[str, Any], notes: Notes) -> str:
        """Upload what an act's payload would show. Blocks. May be called before the channel is started.

        Args:
            payload: As in an act: `{"type": "image", "url": …}`; here it may be a `path` on this machine too.
            notes: Where the channel can keep what it has uploaded already.

        Returns the id for `{"type": …, "attachment_id": …}` in payloads to come. Raises `ChannelError`.
        """


@runtime_checkable
class Personas(Protocol):
    """A channel in which one can speak under several names and pictures. Both block; raise `ChannelError`."""

    def create_persona(self, name: str, picture_url: str) -> str:
        """Make a persona, and return its id."""

    def delete_persona(self, persona_id: str) -> None: ...


@runtime_checkable
class ShowsForms(Protocol):
    """A channel that can show some of its people forms as a whole; others are asked question by question."""

    def shows_forms(self, participant_id: str) -> bool:
        """Return whether this person's screen can show a form (docs/forms.md), as far as is known. Any thread."""


@runtime_checkable
class Troubled(Protocol):
    """A channel that can be kept from its work."""

    def trouble(self) -> str | None:
        """Say in one sentence what keeps the channel from its work; None while all is well. Any thread."""


@runtime_checkable
class Finite(Protocol):
    """A channel that can hold so many connections and no more."""

    def connections(self) -> tuple[int, int | None]:
        """Return how many there are, and how many there can be; None where nobody knows. Any thread."""

    def is_full(self) -> bool:
        """Return whether what is left is kept for those who come back to their seat. Any thread."""


class Lines(Protocol):
    """What was said to people, and by them. Any thread; raises `StoreError`."""

    def lines_after(self, participant_id: str, seq: int, at_most: int | None = None) -> list[Delivery]:
        """Return a participant's lines after that one, oldest first, as on record; the first `at_most`."""

    def newest_line(self, participant_id: str) -> int:
        """Return the `seq` of a participant's newest line; 0 if there is none."""

    def last_heard(self, participant_id: str) -> float | None:
        """Return when a person last wrote, as wall time in seconds; None if they never did."""

    def shown_line(self, participant_id: str, line: str) -> Delivery | None:
        """Return somebody's line of that name, as they said or were shown it; None if they never were."""

    def reactions_to(self, participant_id: str) -> list[LineReactions]:
        """Return how people have reacted to the lines of a participant's log, in order."""


class Sendings(Protocol):
    """The outbox of channels that send by themselves. Any thread; raises `StoreError`."""

    def unsent(self, channel: str) -> list[Unsent]:
        """Return who of a channel's participants had not been sent everything when the store was opened.

        What is said since comes by `Channel.send`. A line is dealt with once all its pieces are sent or dropped.
        """

    def record_sending(self, sending: Sending) -> None:
        """Record what became of a piece. Returns at once; recorded soon after, in the order of the calls.

        What was sent stays sent, and what was dropped can only turn out to have been sent after all.
        """

    def record_sent(self, line: SentElsewhere) -> None:
        """Record a line as said and as sent, in the order of the calls. Twice the same one is one line."""

    def after(self, work: Callable[[], None]) -> None:
        """Call this, on any thread, once all that was handed over so far is recorded and has gone out."""

    def sending_of(self, channel: str, channel_id: str) -> Sending | None:
        """Return the piece that a channel knows by this id."""

    def sent_until(self, participant_id: str, at: float) -> int:
        """Return the newest `seq` whose pieces were all sent at or before `at`; 0 if there is none."""


class Notes(Protocol):
    """What a channel keeps for itself for as long as the store lasts. Any thread; raises `StoreError`."""

    def keep(self, channel: str, key: str, value: str | None) -> None:
        """Keep a small note, or delete it (None). Returns at once; recorded soon, in the order of the calls.

        A key that begins with a participant id and `/` belongs to that person, and is erased with them.
        """

    def kept(self, channel: str, prefix: str = "") -> dict[str, str]:
        """Return a channel's notes whose keys begin with this."""

    def secret(self, name: str) -> bytes:
        """Return a random key of 32 bytes that lasts as long as the store, for tokens that outlive a restart."""


class ChannelRecord(Lines, Sendings, Notes, Protocol):
    """All that a channel may ask of the record, and put there. A store is one."""


def participant_id(channel: str, native_id: str) -> str:
    """Join a channel's name and its own id of a person into the id that the whole service knows."""
    return f"{channel}:{native_id}"
