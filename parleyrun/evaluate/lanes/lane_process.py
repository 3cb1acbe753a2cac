"""A process that goes through some of a task's lanes, and tells its parent what comes of them."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any

from ...core.metrics.metrics import Report
from ...core.teachers.shards import Shard
from ..log.example_record import ExampleKey, ExampleRecord
from .error_policy import ErrorPolicy
from .lane_job import LaneJob, run_in_turn
from .measuring import add_to
from .task_lane import Asked

ASKING, TAKEN, REST, OVER, FAILED = "asking", "taken", "rest", "over", "failed"
"""What a process tells, each as `(kind, value)`: records of the examples that it asks now, without an answer;
`(record, measured, reported, is_new)`; `(task, repeat, measured, reported)` once the task is through; nothing;
the traceback of what ended it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneOrder:
    """What a process is to do.

    Attributes:
        work: The tasks, each with which of its lanes.
        policy: What to do about an example that goes wrong.
        counted: What the parent has counted already.
        alone: Which examples are asked alone, as a process has ended while it asked them.
    """

    work: Sequence[tuple[LaneJob, Sequence[Shard]]]
    policy: ErrorPolicy
    counted: frozenset[ExampleKey]
    alone: frozenset[ExampleKey]


class ReportedTally:
    """The tally of a process (`EndingTally`): all of it is told to the parent."""

    def __init__(self, order: LaneOrder, reports: Connection, has_enough: Callable[[], bool]) -> None:
        self.policy = order.policy
        self.has_enough = has_enough
        self._reports = reports
        self._counted = order.counted
        self._measured: Report = {}
        self._reported: Report = {}

    def take(
        self,
        record: ExampleRecord,
        measured: Mapping[str, Any],
        reported: Mapping[str, Any],
        *,
        is_new: bool,
        error: BaseException | None = None,
    ) -> None:
        if record.key not in self._counted:
            self._reports.send((TAKEN, (record, measured, reported, is_new)))

    def take_rest(self, task: str, measured: Mapping[str, Any], reported: Mapping[str, Any]) -> None:
        add_to(self._measured, measured)
        add_to(self._reported, reported)

    def end_task(self, task: str, repeat: int) -> None:
        """Tell that the task is through, and what only now is known of it."""
        self._reports.send((REST, (task, repeat, self._measured, self._reported)))
        self._measured, self._reported = {}, {}

    def asking(self, examples: Sequence[Asked]) -> None:
        """Tell what is asked now."""
        self._reports.send((ASKING, [each.unanswered() for each in examples]))


def run_lanes(
    order: LaneOrder, reports: Connection, lifeline: Connection, inherited: Connection | None, enough: Any
) -> None:
    """Do what is ordered, and end with the parent if that ends sooner.

    Args:
        order: What is to be done.
        reports: Where the parent is told.
        lifeline: Ends with the parent, who alone has its other end.
        inherited: That other end, as a forked process has it too.
        enough: Memory that the parent shares; its `value` is 1 once no more is to be asked.
    """
    # Ctrl-C reaches the whole group of processes, but the parent is who ends its own.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if inherited is not None:
        inherited.close()
    Thread(target=_end_with_the_parent, args=(lifeline,), name="lifeline", daemon=True).start()
    try:
        tally = ReportedTally(order, reports, lambda: bool(enough.value))
        for job, shards in order.work:
            lanes = [job.lane(shard, tally) for shard in shards]
            if len(lanes) > 1 or job.choice is not None:
                job.run_together(lanes, tally, order.alone, tally.asking)
            else:
                run_in_turn(lanes, tally, tally.asking)
            tally.end_task(job.task, job.repeat)
        reports.send((OVER, None))
    except BaseException:
        # Whatever it is, SystemExit too: the parent waits for this process and has to know.
        with suppress(BrokenPipeError):
            reports.send((FAILED, traceback.format_exc()))
        sys.exit(1)


def _end_with_the_parent(lifeline: Connection) -> None:
    lifeline.poll(None)
    # Not sys.exit, which would end this thread only: the agent may be busy for an hour, and nobody waits for it.
    os._exit(1)
