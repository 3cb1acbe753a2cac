"""An evaluation on a host: it goes through portions, one after the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import Any

from ...core.agents import Agent
from ...core.asking import shut_down
from ...core.metrics.metrics import add_reports
from ...core.worlds.length_choice import LengthChoice
from ...engines.host_orders import BeatOrder, unpacked
from ...errors import WorldError
from ..lanes.error_policy import ErrorPolicy
from ..lanes.lane_job import LaneJob, run_in_turn
from ..lanes.lane_threads import LaneThreads
from ..lanes.measuring import Gauge
from ..lanes.task_lane import TaskLane
from .host_reports import HostReports, packed_reports
from .portion_orders import AgentReport, EnoughOrder, FaultReport, LeaveOrder, PortionOrder, TakenReport
from .portion_tally import Leaves, PortionTally

LINGER_SECONDS = 0.05
"""How long reports wait for others, as each batch of them costs both sides about a millisecond."""

FULL = 500
"""So many reports do not wait for others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortionSettings:
    """How a host goes about it.

    Attributes:
        policy: What to do about an example that goes wrong.
        concurrency: How many examples it asks at the same time, by threads.
        timeout: How many seconds an answer may take; None for as long as it takes.
        counts_first: Whether an answer has to be counted before the next example is asked, as it costs.
        in_batches: Whether lanes are a batch, for an agent that answers many at once.
        choice: Chooses those of a batch that are answered together; None for all.
    """

    policy: ErrorPolicy
    concurrency: int = 1
    timeout: float | None = None
    counts_first: bool = False
    in_batches: bool = False
    choice: LengthChoice | None = None


class PortionWork:
    """What a host of an evaluation does (`HostWork`). Any thread.

    Args:
        agent: Who answers; it is never asked itself, but copies of it are. It is shut down at the end.
        teachers: What each task's teacher shares, by the task's name.
        settings: How to go about it.
        let_go: Called once nothing is asked any more.

    Raises:
        MetricError: The agent measures what nobody can add up.
        WorldError: There is to be a batch of examples of similar length, and the agent answers one at a time.
    """

    def __init__(
        self,
        agent: Agent,
        teachers: Mapping[str, Mapping[str, Any]],
        settings: PortionSettings,
        let_go: Callable[[], object],
    ) -> None:
        self._agent = agent
        self._settings, self._let_go = settings, let_go
        self._answers_batches = hasattr(agent, "batch_act")
        if settings.choice is not None and not self._answers_batches:
            raise WorldError(f"expected an agent with batch_act for dynamic_batching, got {agent.getID()}")
        shared = agent.share()
        self._tables = {task: (teacher, shared) for task, teacher in teachers.items()}
        self._reports = HostReports()
        self.log_handler = self._reports.log_handler
        self._leaves = Leaves()
        self._orders: SimpleQueue[PortionOrder | None] = SimpleQueue()
        self._is_over = False
        self._is_closed = threading.Event()
        self._hurry = threading.Event()
        """Set while somebody waits for leave, or a portion is through."""
        self._put(
            AgentReport(
                id=str(agent.getID()),
                tells_what_it_takes=hasattr(agent, "last_answer"),
                answers_batches=self._answers_batches,
                tells_at_end=Gauge(agent).tells_at_end,
                reported=add_reports(agent.report()),
            )
        )
        threading.Thread(target=self._work, name="parleyrun-portions", daemon=True).start()

    def take(self, batch: bytes) -> None:
        for order in unpacked(batch):
            match order:
                case PortionOrder():
                    self._orders.put(order)
                case LeaveOrder(ticket):
                    self._leaves.give(ticket)
                case EnoughOrder():
                    self._is_over = True
                case BeatOrder(number):
                    self._reports.beat(number)

    def give(self, seconds: float) -> bytes:
        reports = list(self._reports.take(seconds))
        if reports and len(reports) < FULL and not self._hurry.is_set():
            self._hurry.wait(LINGER_SECONDS)
            reports += self._reports.take(0)
        self._hurry.clear()
        return packed_reports(reports)

    def close(self) -> None:
        self._is_over = True
        self._is_closed.set()
        self._leaves.end()
        self._reports.end()
        self._orders.put(None)

    def _put(self, report: Any) -> None:
        self._reports.put(report)
        if not isinstance(report, TakenReport) or report.ticket:
            self._hurry.set()

    def _work(self) -> None:
        """On a thread of its own."""
        while (order := self._orders.get()) is not None and not self._is_closed.is_set():
            try:
                self._go_through(order)
            except BaseException as error:  # SystemExit, too: whoever evaluates waits for this portion
                self._put(FaultReport.of(error))
        shut_down([self._agent])
        self._let_go()

    def _go_through(self, order: PortionOrder) -> None:
        settings = self._settings
        tally = PortionTally(
            settings.policy,
            order,
            self._put,
            self._leaves,
            counts_first=settings.counts_first,
            is_over=lambda: self._is_over,
        )
        known = {record.key: record for record in order.known}
        job = LaneJob(order.portion.task, self._tables[order.portion.task], known, choice=settings.choice)
        parts = order.portion.parts
        lanes = [replace(job, repeat=repeat).lane(shard, tally) for repeat, shards in parts for shard in shards]
        if settings.in_batches and self._answers_batches:
            replace(job, repeat=parts[0][0]).run_together(lanes, tally, order.alone, tally.asking)
        elif settings.concurrency > 1 or settings.timeout is not None:
            self._run_threads(job, lanes, order, tally)
        else:
            run_in_turn(lanes, tally, tally.asking)
        if not self._is_closed.is_set():
            tally.end()

    def _run_threads(
        self, job: LaneJob, lanes: Sequence[TaskLane], order: PortionOrder, tally: PortionTally
    ) -> None:
        crews = [[lane] for lane in lanes] if order.alone else [lanes]
        at_rest: list[TaskLane] = []
        try:
            for crew in crews:
                threads = LaneThreads(
                    crew,
                    tally,
                    self._settings.timeout,
                    lambda lane: replace(job, repeat=lane.share.repeat).new_agent(),
                    time.monotonic,
                    tally.asking,
                )
                try:
                    threads.run()
                finally:
                    at_rest += threads.at_rest()
        finally:
            shut_down(at_rest)
