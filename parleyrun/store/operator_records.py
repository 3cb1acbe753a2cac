"""What is on record of operators: what they did, what they have set, and what waits for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from ..core.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorAct:
    """One thing that an operator did.

    Attributes:
        number: Counts all of them, from 1.
        at: Wall time in seconds.
        by: Who did it.
        verb: What: the name of the operation, such as `pause`.
        target: To whom or what: a participant's id, a conversation's, a task's key, a line's number, or empty.
        why: Their reason, as they gave it.
        details: What else was said, and what held before: plain JSON.
    """

    number: int
    at: float
    by: str
    verb: str
    target: str = ""
    why: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


CHECK_PREFIX = "check:"
"""What the key of a `Control` begins with that is about one person, whose id follows."""


@dataclass(frozen=True, slots=True)
class Control:
    """Something that an operator has set and that holds until it is set otherwise. None as its value lifts it."""

    key: str
    value: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLine:
    """A line that moderation holds back from somebody.

    Attributes:
        number: Names it among all that was moderated.
        run_uid: The run in which it was said; None for none.
        participant_id: Whom it was for.
        at: When it was held, in wall time.
        message: What was said.
        reason: Why it is held.
    """

    number: int
    run_uid: str | None
    participant_id: str
    at: float
    message: Message
    reason: str


@dataclass(frozen=True, slots=True)
class ReleasedLine:
    """A held line, by its number, that is shown now; `shown` are the words, which may be others."""

    number: int
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeEvent:
    """Something that happened to somebody.

    Attributes:
        at: Wall time in seconds.
        what: `first seen`; `began` or `ended` of a run; `operator`.
        run_uid: The run; None for none.
        kind: What kind of run, or the operator's verb.
        task: The key of its task.
        role: Theirs in it.
        text: The outcome and its reason, or what the operator did and why.
    """

    at: float
    what: str
    run_uid: str | None = None
    kind: str = ""
    task: str | None = None
    role: str | None = None
    text: str = ""


@runtime_checkable
class KeepsActs(Protocol):
    """A store that keeps what operators do. Any thread; everything raises `StoreError`."""

    def operator_acts(self, about: str | None = None, at_most: int = 100) -> list[OperatorAct]:
        """Return what operators did last, newest first; with `about` to that target only."""

    def operator_act(self, number: int) -> OperatorAct | None:
        """Return one of these by its number; None if there is none."""

    def held_lines(self) -> list[HeldLine]:
        """Return the lines of conversations that go on which wait for somebody to let them go, oldest first."""

    def life_of(self, participant_id: str) -> list[LifeEvent]:
        """Return what has happened to somebody, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRow:
    """A start of the service on a record; `at` is wall time. What it is: `store.protocol.ServiceStart`."""

    run_id: str
    at: float
    version: str
    config_hash: str
    host: str
    pid: int


@runtime_checkable
class KeepsStarts(Protocol):
    """A store that knows when it was opened. Any thread."""

    def last_starts(self, at_most: int) -> list[StartRow]:
        """Return the last starts of the service on this record, newest first. Raises `StoreError`."""


@runtime_checkable
class TellsOfGroups(Protocol):
    """A store that writes in groups, and can tell how large they are."""

    @property
    def waiting(self) -> int:
        """About how many records wait to be written. Any thread."""

    def tell_of_groups(self, tell: Callable[[int, float], None]) -> None:
        """Have this called for each group, on the store's thread: how many records, in how many seconds.

        Before the store is opened.
        """


def life_from_acts(acts: list[OperatorAct]) -> list[LifeEvent]:
    """Return what operators did to somebody as events of their life."""
    return [
        LifeEvent(at=act.at, what="operator", kind=act.verb, text=": ".join(filter(None, (act.by, act.why))))
        for act in acts
    ]
