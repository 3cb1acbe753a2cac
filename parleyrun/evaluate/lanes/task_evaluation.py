"""One task of an evaluation, and the lanes that it is gone through in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...core.agents import Agent
from ...core.asking import shut_down
from ...core.metrics.metrics import Report, add_reports
from ...core.opt import whole_number
from ...core.teachers.shards import Shard
from ...core.worlds.length_choice import LengthChoice
from ...core.worlds.task_world import create_task_world
from ...core.worlds.world import World
from ...errors import WorldError
from .evaluation_settings import EvaluationSettings
from .example_tally import Totals
from .lane_batch import LaneBatch
from .lane_job import LaneJob, run_in_turn
from .lane_threads import LaneThreads
from .task_lane import LaneShare, TaskLane


class TaskEvaluation:
    """One of the tasks, with a world that is never stepped, but that all lanes are copies of."""

    def __init__(
        self, opt: Mapping[str, Any], agent: Agent, task: str, settings: EvaluationSettings, totals: Totals
    ) -> None:
        self.task = task
        self.world: World = create_task_world({**opt, "task": task}, agent)
        self._opt, self._settings, self._totals = self.world.opt, settings, totals
        self.name = self.world.getID()
        self._choice = LengthChoice(self._opt) if self._opt.get("dynamic_batching") else None
        if self._choice is not None and not hasattr(self._agent, "batch_act"):
            raise WorldError(f"expected an agent with batch_act for dynamic_batching, got {self._agent.getID()}")

    def run(self, clock: Callable[[], float]) -> None:
        """Go through the task."""
        if self._batch > 1 or self._choice is not None:
            for job in self._jobs():
                self._run_batch(job, clock)
        elif self._settings.concurrency > 1 or self._settings.timeout is not None:
            self._run_threads(clock)
        elif self._settings.repeats > 1:
            for job in self._jobs():
                run_in_turn([job.lane(Shard(), self._totals, clock)], self._totals)
        else:
            self._run_alone(clock)

    def report(self) -> Report:
        """Return what the teachers of all lanes have measured."""
        return add_reports(self.world.agents[0].report(), self._totals.measured.get(self.task, {}))  # type: ignore[attr-defined]  # a teacher is no person's seat

    def work(self, processes: int) -> list[tuple[LaneJob, list[list[Shard]]]]:
        """Return the task, for each time that it is gone through, and the lanes of each of so many processes."""
        batch = self._batch
        shards = self._shards(processes * batch)
        groups = [shards[number * batch : (number + 1) * batch] for number in range(processes)]
        return [(job, [group for group in groups if group]) for job in self._jobs()]

    def shutdown(self) -> None:
        """Let go of the teacher that all lanes are copies of."""
        shut_down([self.world.agents[0]])

    @property
    def _agent(self) -> Any:
        return self.world.agents[1]

    @property
    def _batch(self) -> int:
        if self._choice is not None:
            return self._choice.buffer(self.world.num_episodes())
        return whole_number(self._opt, "batchsize") if hasattr(self._agent, "batch_act") else 1

    def _jobs(self) -> list[LaneJob]:
        tables, known = self.world.share()["agents"], self._settings.known
        return [
            LaneJob(self.task, tables, known, repeat, self._choice) for repeat in range(self._settings.repeats)
        ]

    def _run_alone(self, clock: Callable[[], float]) -> None:
        # The agent itself, as one that cannot be copied may well do a task alone.
        teacher, agent = self.world.agents
        lane = TaskLane(LaneShare(self.task, Shard()), teacher, agent, self._settings.known, self._totals, clock)
        while (asked := lane.next()) is not None and not self._totals.has_enough():
            lane.ask(asked)

    def _run_threads(self, clock: Callable[[], float]) -> None:
        jobs, shards = self._jobs(), self._shards(self._settings.concurrency)
        # Where there are fewer episodes than may be asked at the same time, several repeats are.
        at_once = max(1, self._settings.concurrency // len(shards))
        for first in range(0, len(jobs), at_once):
            group = jobs[first : first + at_once]
            lanes = [job.lane(shard, self._totals, clock) for job in group for shard in shards]
            crew = LaneThreads(
                lanes,
                self._totals,
                self._settings.timeout,
                lambda lane: jobs[lane.share.repeat].new_agent(),
                clock,
            )
            try:
                crew.run()
            finally:
                shut_down(crew.at_rest())

    def _run_batch(self, job: LaneJob, clock: Callable[[], float]) -> None:
        lanes = [job.lane(shard, self._totals, clock) for shard in self._shards(self._batch)]
        own = [] if job.repeat == 0 else [job.new_agent()]
        try:
            LaneBatch(lanes, own[0] if own else self._agent, choice=job.choice).run(self._totals.has_enough)
        finally:
            shut_down([*lanes, *own])

    def _shards(self, wanted: int) -> list[Shard]:
        episodes = self.world.num_episodes()
        count = wanted if episodes is None else max(1, min(wanted, episodes))
        return [Shard(index, count) for index in range(count)]
