"""An evaluation that loses nothing: each example is on record once it is answered, and costs no other one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..core.agents import Agent
from ..core.asking import shut_down
from ..core.metrics.metrics import Report, add_reports, aggregate_named_reports
from ..core.opt import whole_number
from ..core.teachers.shards import Shard
from ..core.worlds.hogwild.hogwild_world import start_context
from ..core.worlds.task_world import create_task_world, has_own_agents, own_world_of
from ..core.worlds.world import World
from ..errors import WorldError
from .evaluation import WHICH_OF_BOTH, Evaluation, Watch, unwatched
from .lanes.error_policy import ErrorPolicy
from .lanes.example_tally import Totals
from .lanes.lane_batch import LaneBatch
from .lanes.lane_job import LaneJob
from .lanes.lane_processes import LaneProcesses
from .lanes.lane_threads import LaneThreads
from .lanes.task_lane import LaneShare, TaskLane
from .log.evaluation_log import EvaluationLog
from .log.example_record import ExampleKey, ExampleRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSettings:
    """How an evaluation goes about it. None of it but `repeats` changes what is measured.

    Attributes:
        concurrency: How many examples are asked at the same time, by threads.
        repeats: How many times all is gone through. Each time agents are copies whose opt has another `seed`.
        timeout: How many seconds an answer may take; None for as long as it takes.
        policy: What to do about an example that goes wrong.
        limit_cost: What may be spent, in the currency of the prices; None for any amount.
        spent: What was spent before.
        known: What is on record already, by example.
    """

    concurrency: int = 1
    repeats: int = 1
    timeout: float | None = None
    policy: ErrorPolicy = field(default_factory=ErrorPolicy)
    limit_cost: float | None = None
    spent: float = 0.0
    known: Mapping[ExampleKey, ExampleRecord] = field(default_factory=dict)


def evaluate_logged(
    opt: Mapping[str, Any],
    agent: Agent,
    tasks: Sequence[str],
    settings: EvaluationSettings,
    log: EvaluationLog | None = None,
    *,
    watch: Watch = unwatched,
    clock: Callable[[], float] = time.monotonic,
) -> Evaluation:
    """Go once through tasks, one after the other, and put each example on record as it is answered.

    Args:
        opt: The options, as for `evaluate`; `task` is not looked at.
        agent: Who does the tasks. It is shut down at the end.
        tasks: The single names of the tasks, each once.
        settings: How to go about it.
        log: Where the records go; None for nowhere.
        watch: What shows how far it is; the count may be asked for on any thread.
        clock: Seconds that only grow.

    Returns:
        What was measured, and what went wrong. It is the same to the last digit whatever the settings are.

    Raises:
        TaskError: There is no such task, its data is not what is on record, or the log cannot be written.
        WorldError: Options do not go together, or a process has ended for no reason that an example has.
    """
    if reason := why_not_logged(opt, tasks):
        raise WorldError(f"expected tasks that are gone through example by example, but {reason}")
    totals = Totals(settings.policy, log, settings.limit_cost, settings.spent)
    evaluations: list[_TaskEvaluation] = []
    began = clock()
    try:
        evaluations.extend(_TaskEvaluation(opt, agent, task, settings, totals) for task in tasks)
        add_reports(agent.report())  # plain numbers that nobody could add up are better refused now
        names, known = _names_of(evaluations), _examples_in(evaluations, settings.repeats)
        # Processes are started before it is watched, perhaps by threads.
        processes = _processes_of(opt, evaluations, settings, totals, clock)
        with watch(known, totals.count):
            if processes is not None:
                processes.run()
            else:
                for each in evaluations:
                    each.run(clock)
        totals.raise_if_all_failed()
        report = _report_of(evaluations, agent, totals, bool(opt.get("aggregate_micro")))
    finally:
        shut_down([*(each.world.agents[0] for each in evaluations), agent])
    return Evaluation(
        report=report,
        tasks=names,
        examples=totals.done,
        seconds=clock() - began,
        models=totals.answers.figures(),
        failures=tuple(sorted(totals.failures, key=lambda record: (tasks.index(record.key.task), record.key))),
        stopped=totals.why_enough(),
    )


class _TaskEvaluation:
    """One of the tasks, with a world that is never stepped, but that all lanes are copies of."""

    def __init__(
        self, opt: Mapping[str, Any], agent: Agent, task: str, settings: EvaluationSettings, totals: Totals
    ) -> None:
        self.task = task
        self.world: World = create_task_world({**opt, "task": task}, agent)
        self._opt, self._settings, self._totals = self.world.opt, settings, totals
        self.name = self.world.getID()

    def run(self, clock: Callable[[], float]) -> None:
        """Go through the task."""
        if self._totals.has_enough():
            return
        if self._batch > 1:
            for job in self._jobs():
                self._run_batch(job, clock)
        elif self._settings.concurrency > 1 or self._settings.timeout is not None:
            self._run_threads(clock)
        elif self._settings.repeats > 1:
            for job in self._jobs():
                self._run_lanes([job.lane(Shard(), self._totals, clock)])
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

    @property
    def _agent(self) -> Any:
        return self.world.agents[1]

    @property
    def _batch(self) -> int:
        return whole_number(self._opt, "batchsize") if hasattr(self._agent, "batch_act") else 1

    def _jobs(self) -> list[LaneJob]:
        tables, known = self.world.share()["agents"], self._settings.known
        return [LaneJob(self.task, tables, known, repeat) for repeat in range(self._settings.repeats)]

    def _run_alone(self, clock: Callable[[], float]) -> None:
        # The agent itself, as one that cannot be copied may well do a task alone.
        teacher, agent = self.world.agents
        lane = TaskLane(LaneShare(self.task, Shard()), teacher, agent, self._settings.known, self._totals, clock)
        while not self._totals.has_enough() and (asked := lane.next()) is not None:
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
            LaneBatch(lanes, own[0] if own else self._agent).run(self._totals.has_enough)
        finally:
            shut_down([*lanes, *own])

    def _run_lanes(self, lanes: Sequence[TaskLane]) -> None:
        try:
            for lane in lanes:
                while not self._totals.has_enough() and (asked := lane.next()) is not None:
                    lane.ask(asked)
                lane.finish()
        finally:
            shut_down(lanes)

    def _shards(self, wanted: int) -> list[Shard]:
        episodes = self.world.num_episodes()
        count = wanted if episodes is None else max(1, min(wanted, episodes))
        return [Shard(index, count) for index in range(count)]


def _names_of(evaluations: Sequence[_TaskEvaluation]) -> tuple[str, ...]:
    names = tuple(each.name for each in evaluations)
    if len(set(names)) < len(names):
        raise WorldError(f"expected each task to have a name of its own, got {', '.join(names)}")
    return names


def _examples_in(evaluations: Sequence[_TaskEvaluation], repeats: int) -> int | None:
    """Return how many examples the tasks have in all; None if one does not say."""
    sizes = [each.world.num_examples() for each in evaluations]
    return None if None in sizes else repeats * sum(size or 0 for size in sizes)


def _processes_of(
    opt: Mapping[str, Any],
    evaluations: Sequence[_TaskEvaluation],
    settings: EvaluationSettings,
    totals: Totals,
    clock: Callable[[], float],
) -> LaneProcesses | None:
    """Return the processes, started, if there are to be any."""
    count = whole_number(opt, "numthreads")
    _refuse_both(settings, count, whole_number(opt, "batchsize"))
    if count == 1 or totals.has_enough():
        return None
    context = start_context(opt.get("start_method"))
    processes = LaneProcesses(
        [part for each in evaluations for part in each.work(count)], totals, settings.timeout, context, clock
    )
    processes.start()
    return processes


def _report_of(
    evaluations: Sequence[_TaskEvaluation], agent: Agent, totals: Totals, micro_average: bool
) -> Report:
    users = add_reports(agent.report(), totals.reported)
    named = {each.name: each.report() for each in evaluations}
    if len(named) == 1:
        return add_reports(*named.values(), users)
    return users | aggregate_named_reports(named, micro_average)


def why_not_logged(opt: Mapping[str, Any], tasks: Sequence[str]) -> str:
    """Return why tasks cannot be gone through example by example; empty if they can."""
    if opt.get("dynamic_batching"):
        return "with dynamic_batching a world chooses its examples itself"
    for task in tasks:
        if own_world_of(task) is not None or has_own_agents(task):
            return f"{task} brings a world or agents of its own, which go through its examples themselves"
    return ""


def _refuse_both(settings: EvaluationSettings, processes: int, batchsize: int) -> None:
    for name, number in (("batchsize", batchsize), ("numthreads", processes)):
        if settings.concurrency > 1 and number > 1:
            raise WorldError(f"expected a concurrency, or {name}, got both: {WHICH_OF_BOTH}")
    if settings.timeout is not None and batchsize > 1 and processes == 1:
        raise WorldError(
            "expected a timeout with a concurrency or with several processes, got one with a batch in this "
            "process, in which no single answer can be given up"
        )
