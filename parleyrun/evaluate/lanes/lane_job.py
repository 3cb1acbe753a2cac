"""What lanes of a task are made of, in whichever process."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.agents import Agent
from ...core.sharing import create_agents_from_shared, override_opts_in_shared
from ...core.teachers.shards import Shard
from ..log.example_record import ExampleKey, ExampleRecord
from .example_tally import ExampleTally
from .task_lane import TaskLane


@dataclass(frozen=True, slots=True)
class LaneJob:
    """One task, and who does it.

    Attributes:
        task: The name of the task.
        tables: What teacher and agent share.
        known: What is on record, by example.
    """

    task: str
    tables: Sequence[Mapping[str, Any]]
    known: Mapping[ExampleKey, ExampleRecord]

    def lane(self, shard: Shard, tally: ExampleTally, clock: Callable[[], float] = time.monotonic) -> TaskLane:
        """Return a new lane with this share of the task."""
        opts = {"process_index": shard.index, "processes": shard.count}
        shared = override_opts_in_shared({"opt": {}, "agents": list(self.tables)}, opts)
        teacher, agent = create_agents_from_shared(shared["agents"])
        return TaskLane(self.task, teacher, agent, shard, self.known, tally, clock)

    def new_agent(self) -> Agent:
        """Return another copy of the agent, who has seen nothing yet."""
        return create_agents_from_shared([self.tables[1]])[0]
