"""What a runner has for its runs: values and callables, the same for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .habits import Habits
from .recorder import WorldSnapshots
from .slots import Slots
from .timers import Timers
from .turn import Commit


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """What a run needs to be executed and recorded. Shared by all threads.

    Attributes:
        slots: Who may execute.
        timers: The clock, and callbacks that wait for it.
        tick_seconds: How long a parked world is left alone at most.
        commit: Records a turn.
        typing: Shows a participant that somebody types; gets their id and the persona's, if any.
        snapshots: How worlds are put on record; None where they are not.
        habits: What worlds always do.
        left_out: Told of a value of an act that cannot be recorded: the world's name, where it is, and why not.
    """

    slots: Slots
    timers: Timers
    tick_seconds: float
    commit: Commit
    typing: Callable[[str, str | None], None]
    snapshots: WorldSnapshots | None
    habits: Habits
    left_out: Callable[[str, str, str], None]
