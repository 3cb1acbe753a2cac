"""What the service asks of a store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ..events import Delivery, Inbound, Receipt
from ..runner.turn import Turn

Publish = Callable[[Delivery], None]
"""Called for each line that a committed turn says, in the order of each participant's log. Never blocks."""


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A participant's own line number `seq`, which somebody else has now read."""

    participant_id: str
    seq: int


class Store(Protocol):
    """The record.

    Every participant has a log of numbered lines: what was said to them and what they said. `journal` and
    `commit` return at once and call back when the record is made, on any thread; for one participant the
    callbacks come in the order of the log. All methods may be called from any thread.
    """

    def open(self) -> None: ...

    def close(self) -> None:
        """Make everything that was handed over part of the record, then let go."""

    def journal(self, inbound: Inbound, then: Callable[[Receipt], None]) -> None:
        """Record what a person said. A message id that is on record already comes back as a duplicate."""

    def commit(self, turn: Turn, publish: Publish) -> None:
        """Record a turn whole, then publish what it says."""

    def lines_after(self, participant_id: str, seq: int) -> list[Delivery]:
        """Return a participant's lines after that one, oldest first."""

    def read_through(self, participant_id: str, seq: int) -> list[ReadLine]:
        """Record that a participant has read up to that line; return whose lines these carried, if news."""

    def secret(self, name: str) -> bytes:
        """Return a random key of 32 bytes that lasts as long as the store."""

    def forget(self, participant_id: str) -> None:
        """Let go of a participant who will not come back."""


def line_reference(participant_id: str, seq: int) -> str:
    """Return the `message_id` under which a person's line travels through worlds."""
    return f"{participant_id}#{seq}"


def parse_line_reference(reference: str) -> ReadLine | None:
    """Return the line that a `message_id` names; None if an author made it up."""
    participant_id, mark, seq = reference.rpartition("#")
    return ReadLine(participant_id, int(seq)) if mark and seq.isdecimal() else None
