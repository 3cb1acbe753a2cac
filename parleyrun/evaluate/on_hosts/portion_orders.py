"""What passes between an evaluation and its hosts, besides heartbeats. All of it is frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from traceback import format_exception
from typing import Any

from ...core.metrics.metrics import Report
from ...errors import ParleyrunError, WorldError
from ..log.example_record import ExampleKey, ExampleRecord
from .portions import Portion


@dataclass(frozen=True, slots=True, kw_only=True)
class PortionOrder:
    """Go through this portion.

    Attributes:
        portion: Which lanes.
        known: What is not asked again, but scored.
        counted: Which examples are counted already, and not reported again.
        careful: Whether it waits for leave before each example, as a host was lost that was at this portion.
        alone: Which examples are asked while no other one is.
    """

    portion: Portion
    known: tuple[ExampleRecord, ...] = ()
    counted: frozenset[ExampleKey] = frozenset()
    careful: bool = False
    alone: frozenset[ExampleKey] = frozenset()


@dataclass(frozen=True, slots=True)
class LeaveOrder:
    """What waited with this ticket may go on."""

    ticket: int


@dataclass(frozen=True, slots=True)
class EnoughOrder:
    """No more is to be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReport:
    """An agent is there.

    Attributes:
        id: What it is called.
        tells_what_it_takes: Whether it tells what its answers take.
        answers_batches: Whether it answers many at once.
        tells_at_end: Whether what it measures can only be told at the end of a portion.
        reported: What it has to report before it was asked anything.
    """

    id: str
    tells_what_it_takes: bool
    answers_batches: bool
    tells_at_end: bool
    reported: Report


@dataclass(frozen=True, slots=True)
class AskingReport:
    """These examples are about to be asked, once there is leave for this ticket."""

    portion: int
    records: tuple[ExampleRecord, ...]
    ticket: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenReport:
    """An example has come to an end.

    Attributes:
        portion: The number of its portion.
        record: What became of it.
        measured: What the teacher measured.
        reported: What the agent measured.
        is_new: Whether it was asked now.
        ticket: What waits until it is counted; 0 for nothing.
    """

    portion: int
    record: ExampleRecord
    measured: Mapping[str, Any]
    reported: Mapping[str, Any]
    is_new: bool
    ticket: int = 0


@dataclass(frozen=True, slots=True)
class PortionReport:
    """A portion is through; what teachers and agents tell only at their end."""

    portion: int
    measured: Report
    reported: Report


@dataclass(frozen=True, slots=True)
class FaultReport:
    """Something is wrong that no example has: a sentence, and perhaps where it happened."""

    message: str
    traceback: str = ""

    @classmethod
    def of(cls, error: BaseException) -> FaultReport:
        """Return one of what was raised: our own errors say all in their words, of others it is told where."""
        if isinstance(error, ParleyrunError):
            return cls(str(error))
        return cls(f"{type(error).__name__}: {error}", "".join(format_exception(error)))

    def error(self, host: str) -> WorldError:
        """Return what is raised where a host of this name has reported it."""
        where = f"\n\nThere:\n{self.traceback}" if self.traceback else ""
        return WorldError(f"host {host}: {self.message}{where}")


PortionReports = Sequence[AgentReport | AskingReport | TakenReport | PortionReport | FaultReport]
