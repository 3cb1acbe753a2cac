"""How a world is built: by its author's code at the beginning, from its snapshot later on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import NotRestored
from ..runner.person import PersonAgent
from ..runner.recorder import WorldSnapshots
from ..runner.turn import describe
from .bots.task_seats import MakeSeats


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldBuild:
    """What it takes to build the world of a run. Called on a worker thread, once.

    Attributes:
        task: The key of the task whose conversation it is; None for the worlds that people are in alone.
        world: Its class.
        opt: Its options.
        agents: The people's seats.
        seats: Makes all seats from these.
        begun: Whether the run is on record, so that its world is not begun once more.
        snapshot: The world on record; None: none was made.
        snapshots: Restores it; None where there are no snapshots.
        hold: Whether a run whose world cannot be restored stays on record as it is.
    """

    task: str | None
    world: type[Any]
    opt: Mapping[str, Any]
    agents: Sequence[PersonAgent]
    seats: MakeSeats
    begun: bool
    snapshot: bytes | None
    snapshots: WorldSnapshots | None
    hold: bool

    def __call__(self) -> Any:
        """Return the world. Raises `NotRestored`, or whatever its author's code raises."""
        if not self.begun:
            return self.world.generate_world(self.opt, self.seats(self.agents))
        if self.snapshots is None:
            raise NotRestored("the world is not on record: snapshots are turned off")
        if self.snapshot is None:
            raise NotRestored("the world is not on record: it could not be pickled")
        try:
            return self.snapshots.restore(self.snapshot, self.agents)
        except Exception as error:  # the author's classes may have changed in any way
            raise NotRestored(
                f"the world on record cannot be restored: {describe(error)}", may_fit_again=self.hold
            ) from error
