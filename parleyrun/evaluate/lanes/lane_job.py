"""What lanes of a task are made of, in whichever process."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...bots.opt_names import REPEAT
from ...core.agents import Agent
from ...core.asking import shut_down
from ...core.sharing import create_agents_from_shared, override_opts_in_shared
from ...core.teachers.shards import Shard
from ...core.worlds.length_choice import LengthChoice
from ..log.example_record import ExampleKey, ExampleRecord
from .example_tally import EndingTally, ExampleTally
from .lane_batch import Asking, LaneBatch
from .task_lane import LaneShare, TaskLane

_SEED = "seed"


@dataclass(frozen=True, slots=True)
class LaneJob:
    """One task, and who does it.

    Attributes:
        task: The name of the task.
        tables: What teacher and agent share.
        known: What is on record, by example.
        repeat: Which time it is that all is gone through, from 0. From the second time on, agents have it as
            `opt['repeat']`, and a seed that is higher by it.
        choice: Chooses which examples of a batch's lanes are answered together; None for all of them.
    """

    task: str
    tables: Sequence[Mapping[str, Any]]
    known: Mapping[ExampleKey, ExampleRecord]
    repeat: int = 0
    choice: LengthChoice | None = None

    def lane(self, shard: Shard, tally: ExampleTally, clock: Callable[[], float] = time.monotonic) -> TaskLane:
        """Return a new lane with this share of the task."""
        opts = {"process_index": shard.index, "processes": shard.count}
        shared = override_opts_in_shared({"opt": {}, "agents": [self.tables[0], self._agents_table()]}, opts)
        teacher, agent = create_agents_from_shared(shared["agents"])
        return TaskLane(LaneShare(self.task, shard, self.repeat), teacher, agent, self.known, tally, clock)

    def new_agent(self) -> Agent:
        """Return another copy of the agent, who has seen nothing yet."""
        return create_agents_from_shared([self._agents_table()])[0]

    def run_together(
        self,
        lanes: Sequence[TaskLane],
        tally: EndingTally,
        alone: frozenset[ExampleKey],
        asking: Asking,
    ) -> None:
        """Go through lanes of the task as a batch, of which one more copy of the agent is asked; let go of all.

        Args:
            lanes: The lanes.
            tally: Their tally.
            alone: Which examples are asked alone.
            asking: Told of what is asked.
        """
        opened: list[Any] = [*lanes]
        try:
            model = self.new_agent()
            opened.append(model)
            batch = LaneBatch(lanes, model, alone, asking, self.choice)
            batch.run(tally.has_enough)
            tally.take_rest(self.task, {}, batch.rest())
        finally:
            shut_down(opened)

    def _agents_table(self) -> Mapping[str, Any]:
        table = self.tables[1]
        if not self.repeat:
            return table
        seed = int((table.get("opt") or {}).get(_SEED) or 0)
        return override_opts_in_shared(table, {REPEAT: self.repeat, _SEED: seed + self.repeat})


def run_in_turn(lanes: Sequence[TaskLane], tally: EndingTally, asking: Asking = lambda examples: None) -> None:
    """Go through lanes one after the other, as long as their tally wants more, and let go of them.

    `asking` is told of each example before it is asked.
    """
    try:
        for lane in lanes:
            while (asked := lane.next()) is not None and not tally.has_enough():
                asking([asked])
                lane.ask(asked)
            lane.finish()
    finally:
        shut_down(lanes)
