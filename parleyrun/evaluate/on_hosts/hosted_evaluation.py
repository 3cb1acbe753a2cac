"""An evaluation over hosts: its figures are those of one process, to the last digit."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from ...core.agents import Agent
from ...core.asking import shut_down
from ...core.metrics.metrics import add_reports
from ...core.opt import whole_number
from ...core.worlds.length_choice import LengthChoice
from ...core.worlds.task_world import create_task_world
from ...core.worlds.world import World
from ...engines.host_connection import HostConnection
from ...engines.host_link import HostSource
from ...errors import WorldError
from ...runner.timers import Timers
from ..evaluation import Evaluation, Watch, unwatched
from ..lanes.evaluation_settings import EvaluationSettings
from ..lanes.example_tally import Totals
from ..log.evaluation_log import EvaluationLog
from ..logged_evaluation import evaluation_of, examples_in, names_of, refuse_both, report_of, steps_itself
from .host_crew import HostCrew, HostEvent, HostReported
from .hosted_portions import HostedPortions
from .portion_orders import AgentReport, FaultReport
from .portion_work import PortionSettings
from .portions import TaskSize, portions_of


class HostedEvaluation:
    """Use it in `with`, on one thread: `start`, and then `run`, each once.

    Args:
        opt: The options, as for `evaluate`; `task` is not looked at.
        tasks: The single names of the tasks, each once.
        settings: How to go about it; of `concurrency`, as of `batchsize`, each host has so many.

    Raises:
        TaskError: There is no such task.
        WorldError: Options do not go together, or a task brings a world of its own.
    """

    def __init__(self, opt: Mapping[str, Any], tasks: Sequence[str], settings: EvaluationSettings) -> None:
        _refuse(opt, tasks, settings)
        self._opt, self._settings = opt, settings
        self._totals = Totals(settings.policy, None, settings.limit_cost, settings.spent)
        self._worlds: dict[str, World] = {}
        self._opened = ExitStack()
        with ExitStack() as opened:
            opened.callback(lambda: shut_down([world.agents[0] for world in self._worlds.values()]))
            for task in tasks:
                self._worlds[task] = create_task_world({**opt, "task": task}, _AgentElsewhere(opt))
            self.names = names_of(self._worlds.values())
            """What the tasks are called in the report."""
            self._opened = opened.pop_all()
        self._crew: HostCrew | None = None
        self._hosts: Sequence[HostConnection] = ()
        self._events: list[HostEvent] = []
        self._agent: AgentReport | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._opened.close()

    def teachers(self) -> dict[str, Mapping[str, Any]]:
        """Return what each task's teacher shares, by the task's name."""
        return {task: world.agents[0].share() for task, world in self._worlds.items()}  # type: ignore[attr-defined]  # a teacher is no person's seat

    def portion_settings(self) -> PortionSettings:
        """Return how a host goes about it."""
        choice = LengthChoice(self._opt) if self._opt.get("dynamic_batching") else None
        return PortionSettings(
            policy=self._settings.policy,
            concurrency=self._settings.concurrency,
            timeout=self._settings.timeout,
            counts_first=self._settings.limit_cost is not None,
            in_batches=choice is not None or whole_number(self._opt, "batchsize") > 1,
            choice=choice,
        )

    def start(self, source: HostSource, timers: Timers, lost_after: float) -> AgentReport:
        """Start the hosts, and return what the agent says of itself.

        Args:
            source: Where they come from.
            timers: The clock. Whoever gives it starts and closes it.
            lost_after: After how many seconds without an answer a host is lost.

        Raises:
            EngineError: A host cannot be started, or does not fit.
        """
        crew = self._crew = HostCrew(source, timers, lost_after)
        self._opened.callback(crew.close)
        self._hosts = crew.start()
        while self._agent is None:
            event = crew.next()
            self._events.append(event)
            if isinstance(event, HostReported):
                self._agent = _agent_of(event.reports)
        return self._agent

    @property
    def hosts(self) -> Sequence[HostConnection]:
        """Those that were there at the start."""
        return self._hosts

    def run(
        self,
        log: EvaluationLog | None = None,
        *,
        watch: Watch = unwatched,
        clock: Callable[[], float] = time.monotonic,
    ) -> Evaluation:
        """Go once through the tasks, and put each example on record as it is answered.

        Args:
            log: Where the records go; None for nowhere.
            watch: What shows how far it is; the count may be asked for on any thread.
            clock: Seconds that only grow.

        Returns:
            What was measured, and what went wrong.

        Raises:
            EngineError: No host is left.
            TaskError: The data is not what is on record, or the log cannot be written.
            WorldError: Something is wrong that no example has, or all examples have.
        """
        crew, agent, totals = self._crew, self._agent, self._totals
        assert crew is not None
        assert agent is not None
        began, known = clock(), examples_in(self._worlds.values(), self._settings.repeats)
        totals.log = log
        portions = portions_of(self._sizes(agent), self._settings.repeats, len(self._hosts))
        work = HostedPortions(crew, totals, portions, self._settings.known, tells_at_end=agent.tells_at_end)
        work.run(self._hosts, self._events, lambda: watch(known, totals.count))
        totals.raise_if_all_failed()
        named = {
            world.getID(): add_reports(world.agents[0].report(), totals.measured.get(task, {}))  # type: ignore[attr-defined]  # likewise
            for task, world in self._worlds.items()
        }
        report = report_of(named, add_reports(agent.reported, totals.reported), self._opt)
        names = dict(zip(self._worlds, self.names, strict=True))
        return evaluation_of(totals, report, names, known, clock() - began)

    def _sizes(self, agent: AgentReport) -> list[TaskSize]:
        settings = self.portion_settings()
        together = settings.in_batches and agent.answers_batches
        sizes = []
        for task, world in self._worlds.items():
            episodes = world.num_episodes()
            lanes = settings.concurrency
            if together:
                choice = settings.choice
                lanes = whole_number(self._opt, "batchsize") if choice is None else choice.buffer(episodes)
            sizes.append(TaskSize(name=task, episodes=episodes, lanes=lanes, together=together))
        return sizes


def _agent_of(reports: Sequence[Any]) -> AgentReport | None:
    """Return what an agent says of itself, if it is among these. Raises `WorldError` if it cannot say it."""
    for report in reports:
        if isinstance(report, FaultReport):
            raise WorldError(report.message)
        if isinstance(report, AgentReport):
            return report
    return None


class _AgentElsewhere(Agent):
    """Sits where the agent would, which is on hosts."""


def _refuse(opt: Mapping[str, Any], tasks: Sequence[str], settings: EvaluationSettings) -> None:
    own = next((task for task in tasks if steps_itself(task)), None)
    if own is not None:
        raise WorldError(
            f"{own} brings a world or agents of its own, which step through one example at a time: "
            "expected no hosts"
        )
    if whole_number(opt, "numthreads") > 1:
        raise WorldError("expected hosts, each of which is a process, or numthreads, got both")
    refuse_both(opt, settings, 1)
