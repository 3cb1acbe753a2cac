"""An evaluation that loses nothing: each example is on record once it is answered, and costs no other one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..core.agents import Agent
from ..core.asking import shut_down
from ..core.metrics.metrics import Report, add_reports, aggregate_named_reports
from ..core.opt import whole_number
from ..core.worlds.hogwild.hogwild_world import start_context
from ..core.worlds.task_world import has_own_agents, own_world_of
from ..core.worlds.world import World
from ..errors import WorldError
from .evaluation import WHICH_OF_BOTH, Evaluation, Watch, unwatched
from .lanes.evaluation_settings import ONE_AT_A_TIME, EvaluationSettings
from .lanes.example_tally import Totals
from .lanes.lane_processes import LaneProcesses
from .lanes.stepped_task import SteppedTask
from .lanes.task_evaluation import TaskEvaluation
from .log.evaluation_log import EvaluationLog

__all__ = ["EvaluationSettings", "evaluate_logged", "why_not_logged"]

_AnyTask = TaskEvaluation | SteppedTask


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
    if reason := why_not_logged(opt, tasks, settings):
        raise WorldError(f"expected tasks that are gone through example by example, but {reason}")
    totals = Totals(settings.policy, log, settings.limit_cost, settings.spent)
    evaluations: list[_AnyTask] = []
    began = clock()
    try:
        for task in tasks:
            kind = SteppedTask if steps_itself(task) else TaskEvaluation
            evaluations.append(kind(opt, agent, task, settings, totals))
        add_reports(agent.report())  # plain numbers that nobody could add up are better refused now
        worlds = [each.world for each in evaluations]
        names, known = names_of(worlds), examples_in(worlds, settings.repeats)
        # Processes are started before it is watched, perhaps by threads.
        processes = _processes_of(opt, evaluations, settings, totals, clock)
        with watch(known, totals.count):
            if processes is not None:
                processes.run()
            else:
                for each in evaluations:
                    each.run(clock)
        totals.raise_if_all_failed()
        named = {each.name: each.report() for each in evaluations}
        report = report_of(named, add_reports(agent.report(), totals.reported), opt)
    finally:
        shut_down([*evaluations, agent])
    return evaluation_of(totals, report, dict(zip(tasks, names, strict=True)), known, clock() - began)


def evaluation_of(
    totals: Totals, report: Report, names: Mapping[str, str], known: int | None, seconds: float
) -> Evaluation:
    """Return what came of an evaluation that is over.

    Args:
        totals: All that was counted.
        report: What was measured.
        names: What each task is called in the report, by the task's name, in their order.
        known: How many examples there are in all; None where nobody knows.
        seconds: How long it took.
    """
    tasks = list(names)
    return Evaluation(
        report=report,
        tasks=tuple(names.values()),
        examples=totals.done,
        seconds=seconds,
        models=totals.answers.figures(),
        failures=tuple(sorted(totals.failures, key=lambda record: (tasks.index(record.key.task), record.key))),
        stopped=totals.why_stopped(known),
    )


def names_of(worlds: Iterable[World]) -> tuple[str, ...]:
    """Return what tasks are called in the report. Raises `WorldError` if two are called the same."""
    names = tuple(world.getID() for world in worlds)
    if len(set(names)) < len(names):
        raise WorldError(f"expected each task to have a name of its own, got {', '.join(names)}")
    return names


def examples_in(worlds: Iterable[World], repeats: int) -> int | None:
    """Return how many examples tasks have in all, gone through so many times; None if one does not say."""
    sizes = [world.num_examples() for world in worlds]
    return None if None in sizes else repeats * sum(size or 0 for size in sizes)


def _processes_of(
    opt: Mapping[str, Any],
    evaluations: Sequence[_AnyTask],
    settings: EvaluationSettings,
    totals: Totals,
    clock: Callable[[], float],
) -> LaneProcesses | None:
    """Return the processes, started, if there are to be any."""
    count = whole_number(opt, "numthreads")
    refuse_both(opt, settings, count)
    if count == 1 or totals.has_enough():
        return None
    context = start_context(opt.get("start_method"))
    processes = LaneProcesses(
        [part for each in evaluations if isinstance(each, TaskEvaluation) for part in each.work(count)],
        totals,
        settings.timeout,
        context,
        clock,
    )
    processes.start()
    return processes


def report_of(named: Mapping[str, Report], agents: Report, opt: Mapping[str, Any]) -> Report:
    """Return the report of tasks, each of which has measured something, and of the agent, under these options."""
    if len(named) == 1:
        return add_reports(*named.values(), agents)
    return agents | aggregate_named_reports(named, bool(opt.get("aggregate_micro")))


def why_not_logged(
    opt: Mapping[str, Any], tasks: Sequence[str], settings: EvaluationSettings = ONE_AT_A_TIME
) -> str:
    """Return why tasks cannot be gone through example by example; empty if they can.

    A world that a task brings along steps itself: nobody else knows how another copy could go on where one hangs,
    or which of several copies has which example.
    """
    alone = (
        settings.concurrency == settings.repeats == 1
        and settings.timeout is None
        and whole_number(opt, "batchsize") == whole_number(opt, "numthreads") == 1
        and not opt.get("dynamic_batching")
    )
    own = next((task for task in tasks if steps_itself(task)), None)
    if own is None or alone:
        return ""
    return (
        f"{own} brings a world or agents of its own, which step through one example at a time: expected neither "
        "several at the same time nor repeats, nor a timeout"
    )


def steps_itself(task: str) -> bool:
    """Whether a task brings a world or agents of its own. Raises `TaskError` if there is no such task."""
    return own_world_of(task) is not None or has_own_agents(task)


def refuse_both(opt: Mapping[str, Any], settings: EvaluationSettings, processes: int) -> None:
    """Refuse options that do not go together, with so many processes. Raises `WorldError`."""
    batch = "dynamic_batching" if opt.get("dynamic_batching") else "batchsize"
    has_batches = batch == "dynamic_batching" or whole_number(opt, "batchsize") > 1
    for name, several in ((batch, has_batches), ("numthreads", processes > 1)):
        if settings.concurrency > 1 and several:
            raise WorldError(f"expected a concurrency, or {name}, got both: {WHICH_OF_BOTH}")
    if settings.timeout is not None and has_batches and processes == 1:
        raise WorldError(
            "expected a timeout with a concurrency or with several processes, got one with a batch in this "
            "process, in which no single answer can be given up"
        )
