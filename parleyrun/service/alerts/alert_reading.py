"""The alert reading: what is looked at to decide whether somebody is to be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertReading:
    """A study at one moment.

    Attributes:
        now: Seconds of the monotonic clock.
        waiting: How many people wait for tasks that are not paused.
        longest_wait: How long one of them has waited by now, in seconds; 0 where nobody waits.
        begun: How many conversations have begun, ever.
        over: How many conversations are over, ever.
        dropped: How many of those ended as people left or were silent.
        errors: How many errors the log had since this start.
        cost: What models cost, all starts on the record together.
        models: What keeps models from answering, by their names.
        free_bytes: How much is free on the disk of the record; None where that is not known.
    """

    now: float
    waiting: int = 0
    longest_wait: float = 0.0
    begun: int = 0
    over: int = 0
    dropped: int = 0
    errors: int = 0
    cost: float = 0.0
    models: Mapping[str, str]
    free_bytes: int | None = None
