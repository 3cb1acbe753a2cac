"""What leaves a run: its identity, its turns, its outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from ..core.message import Message

OutcomeKind = Literal["finished", "left", "timed out", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """Which run: `run_id` counts within its group (`t_1`, `t_2`, … of a task), `uid` is unique for good."""

    run_id: str
    uid: str
    group: str
    world: str

    def __str__(self) -> str:
        return f"{self.group}/{self.run_id} ({self.world})"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How and why a run ended.

    `data` is the world's `data` attribute, for onboarding worlds. `forced` says that the run was ended from
    outside, so that its world had no chance to tell people.
    """

    kind: OutcomeKind
    reason: str = ""
    data: Any = None
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A message that a world (or the system) says to one participant."""

    participant_id: str
    message: Message


@dataclass(frozen=True, slots=True)
class Turn:
    """What one stretch of a run did; the unit that is committed.

    `run` is None for what the system itself says. `consumed` names the messages that were read, as
    `(participant_id, message_id)`.
    """

    run: RunIdentity | None
    number: int
    consumed: tuple[tuple[str, str], ...] = ()
    said: tuple[Said, ...] = ()
    outcome: Outcome | None = None


Commit = Callable[[Turn], None]
"""Records a turn and then lets its messages go out, in the order of the calls for each run. Any thread."""
