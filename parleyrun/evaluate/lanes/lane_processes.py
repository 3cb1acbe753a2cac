"""Lanes in processes of their own; one that hangs or dies costs the example it was at, and another goes on."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any

from ...core.teachers.shards import Shard
from ...core.worlds.hogwild.members import exit_story
from ...errors import WorldError
from ..log.example_record import ExampleFailure, ExampleKey, ExampleRecord
from .example_failures import NOT_ASKED, died, timed_out
from .example_tally import Totals
from .lane_job import LaneJob
from .lane_process import ASKING, FAILED, OVER, REST, TAKEN, LaneOrder, run_lanes

SECONDS_TO_END = 1.0


@dataclass(slots=True, eq=False)
class _Member:
    """A process, the parent's end of its pipe, and what it is at."""

    number: int
    process: BaseProcess
    reports: Connection
    pending: dict[ExampleKey, ExampleRecord] = field(default_factory=dict)
    since: float = 0.0


class LaneProcesses:
    """A process for each group of lanes.

    Args:
        work: The tasks, and for each process which of its lanes.
        totals: The tally of them all.
        timeout: How many seconds an answer may take; None for as long as it takes.
        context: How processes are started.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        work: Sequence[tuple[LaneJob, Sequence[Sequence[Shard]]]],
        totals: Totals,
        timeout: float | None,
        context: BaseContext,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._work, self._totals = work, totals
        self._through: set[tuple[str, int, int]] = set()
        """Which task is through in which process, by the time that all is gone through."""
        self._timeout, self._context, self._clock = timeout, context, clock
        # No lock: a process that is killed could take it along.
        self._enough = context.RawValue("b", 0)
        self._members: dict[Connection, _Member] = {}
        self._records: dict[ExampleKey, ExampleRecord] = {}
        """What was answered since the processes began: who begins in another's place does not ask it again."""
        self._counted: set[ExampleKey] = set()
        self._alone: set[ExampleKey] = set()
        self._tries: Counter[ExampleKey] = Counter()
        self._failures: dict[ExampleKey, ExampleFailure] = {}
        """What was wrong with an example at its last try."""

    def start(self) -> None:
        """Start the processes; best done while there are no threads whose locks they could inherit."""
        self._reader, self._lifeline = self._context.Pipe(duplex=False)
        try:
            for number in range(max(len(groups) for _, groups in self._work)):
                self._start(number)
        except BaseException:
            self.end()
            raise

    def run(self) -> None:
        """Go through all lanes, once they are started. Whatever ends it ends all processes, too.

        Once no more is to be asked, processes finish what they are at, and tell what they only tell at their end.
        """
        try:
            while self._members:
                self._enough.value = int(self._totals.has_enough())
                for ready in wait(list(self._members), self._seconds_left()):
                    member = self._members.get(ready)  # type: ignore[call-overload]  # only connections were given
                    if member is not None:
                        self._hear(member)
                for member in self._overdue():
                    self._end(member)
                    self._replace(member, None)
        finally:
            self.end()

    def end(self) -> None:
        """End all processes, whatever they are at."""
        for member in list(self._members.values()):
            self._end(member)
        self._reader.close()
        self._lifeline.close()

    def _start(self, number: int) -> None:
        reports, theirs = self._context.Pipe(duplex=False)
        order = LaneOrder(
            work=[
                (replace(job, known={**job.known, **self._records}), groups[number])
                for job, groups in self._work
                if number < len(groups) and (job.task, job.repeat, number) not in self._through
            ],
            policy=self._totals.policy,
            counted=frozenset(self._counted),
            alone=frozenset(self._alone),
        )
        forked = self._context.get_start_method() == "fork"
        process = self._context.Process(  # type: ignore[attr-defined]  # every context has it but their base
            target=run_lanes,
            args=(order, theirs, self._reader, self._lifeline if forked else None, self._enough),
            name=f"lanes-{number + 1}",
            daemon=True,
        )
        try:
            process.start()
        finally:
            theirs.close()
        self._members[reports] = _Member(number, process, reports)

    def _hear(self, member: _Member) -> None:
        try:
            kind, value = member.reports.recv()
        except (EOFError, OSError):
            member.process.join(SECONDS_TO_END)  # so that it is not taken to have been killed by what follows
            self._end(member)
            self._replace(member, exit_story(f"process {member.number + 1}", member.process))
            return
        if kind == ASKING:
            member.pending = {record.key: record for record in value}
            member.since = self._clock()
        elif kind == TAKEN:
            member.pending.pop(value[0].key, None)
            self._take(*value)
        elif kind == REST:
            task, repeat, measured, reported = value
            self._through.add((task, repeat, member.number))
            self._totals.take_rest(task, measured, reported)
        elif kind == FAILED:
            last = value.strip().splitlines()[-1]
            raise WorldError(f"process {member.number + 1} failed with {last}\n\nThere:\n{value}")
        else:
            assert kind == OVER
            self._end(member)

    def _take(
        self, record: ExampleRecord, measured: Mapping[str, Any], reported: Mapping[str, Any], is_new: bool
    ) -> None:
        if record.failure is not None and record.failure.kind == NOT_ASKED:
            record = replace(record, failure=self._failures.get(record.key, record.failure))
        self._counted.add(record.key)
        if is_new:
            self._records[record.key] = record
        self._totals.take(record, measured, reported, is_new=is_new)

    def _seconds_left(self) -> float | None:
        waiting = [member for member in self._members.values() if member.pending]
        if self._timeout is None or not waiting:
            return None
        return max(0.0, min(map(self._until, waiting)) - self._clock())

    def _until(self, member: _Member) -> float:
        return member.since + (self._timeout or 0.0) * len(member.pending)

    def _overdue(self) -> list[_Member]:
        if self._timeout is None:
            return []
        now = self._clock()
        return [each for each in self._members.values() if each.pending and self._until(each) <= now]

    def _replace(self, member: _Member, story: str | None) -> None:
        """Have another process go on where this one has ended; `story` says how, None if it was not waited for."""
        if not member.pending:
            raise WorldError(story or f"process {member.number + 1} has ended")
        if len(member.pending) > 1:
            # By themselves they show which of them it is.
            self._alone |= member.pending.keys()
        for key, record in member.pending.items():
            if len(member.pending) == 1:
                self._tries[key] += 1
                failure = self._failures[key] = self._failure(story, self._tries[key])
                if failure.tries >= self._totals.policy.tries:
                    self._take(replace(record, failure=failure), {}, {}, True)
        self._start(member.number)

    def _failure(self, story: str | None, tries: int) -> ExampleFailure:
        return timed_out(self._timeout or 0.0, tries) if story is None else died(story, tries)

    def _end(self, member: _Member) -> None:
        self._members.pop(member.reports, None)
        member.process.join(0 if member.pending else SECONDS_TO_END)
        member.process.kill()
        member.process.join()
        member.reports.close()
