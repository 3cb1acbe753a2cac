"""The portions of an evaluation, handed out to hosts; what a lost host was at is done again, and counts once."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from ...engines.host_connection import HostConnection
from ...errors import EngineError
from ..lanes.example_failures import NOT_ASKED, died
from ..lanes.example_tally import Totals
from ..log.example_record import ExampleFailure, ExampleKey, ExampleRecord
from .host_crew import HostCrew, HostEvent, HostGone, HostJoined, HostReported
from .portion_orders import (
    AgentReport,
    AskingReport,
    EnoughOrder,
    FaultReport,
    LeaveOrder,
    PortionOrder,
    PortionReport,
    TakenReport,
)
from .portions import Portion, PortionIndex

LOST_AT_ONE = 2
"""An example at which so many hosts were lost that asked nothing else has gone wrong."""

LOST_IN_A_ROW = 6
"""So many hosts that are lost one after the other, with no example done meanwhile, end it."""


@dataclass(slots=True, eq=False, kw_only=True)
class _Handed:
    """A portion, and what has come of it so far."""

    portion: Portion
    records: dict[ExampleKey, ExampleRecord] = field(default_factory=dict)
    counted: set[ExampleKey] = field(default_factory=set)
    pending: dict[ExampleKey, ExampleRecord] = field(default_factory=dict)
    alone: set[ExampleKey] = field(default_factory=set)
    lost: int = 0


class HostedPortions:
    """One thread.

    Args:
        crew: The hosts.
        totals: The tally of them all.
        portions: All that there is to do.
        known: What is on record already, by example.
        tells_at_end: Whether what the agent measures can only be told once a portion is through. What a lost host
            had asked is asked again then, all of that portion; it counts once.
    """

    def __init__(
        self,
        crew: HostCrew,
        totals: Totals,
        portions: Sequence[Portion],
        known: Mapping[ExampleKey, ExampleRecord],
        *,
        tells_at_end: bool,
    ) -> None:
        self._crew, self._totals = crew, totals
        self._tells_at_end = tells_at_end
        self._known: dict[int | None, list[ExampleRecord]] = {}
        index = PortionIndex(portions)
        for key, record in known.items():
            self._known.setdefault(index.number_of(key), []).append(record)
        self._waiting = deque(_Handed(portion=portion) for portion in portions)
        self._handed: dict[HostConnection, _Handed] = {}
        self._lost_at: Counter[ExampleKey] = Counter()
        self._failures: dict[ExampleKey, ExampleFailure] = {}
        self._in_a_row = 0
        self._told_enough = False

    def run(
        self,
        hosts: Iterable[HostConnection],
        events: Iterable[HostEvent] = (),
        showing: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """Go through all portions.

        Args:
            hosts: Those that are there and do nothing yet.
            events: What has happened before, and was not looked at.
            showing: Is entered once hosts are at work.

        Raises:
            EngineError: No host is left.
            WorldError: Something is wrong that no example has; and what `Totals.take` raises.
        """
        self._tell_if_enough()
        for host in hosts:
            self._hand_out(host)
        with showing():
            for event in events:
                self._notice(event)
            while self._waiting or self._handed:
                self._notice(self._crew.next())
                self._tell_if_enough()

    def _tell_if_enough(self) -> None:
        if not self._told_enough and self._totals.has_enough():
            self._told_enough = True
            self._crew.tell_all(EnoughOrder())

    def _notice(self, event: HostEvent) -> None:
        match event:
            case HostJoined(host):
                if self._told_enough:
                    self._crew.tell(host, EnoughOrder())
                self._hand_out(host)
            case HostReported(host, reports):
                for report in reports:
                    self._take(host, report)
            case HostGone(host, why):
                self._lose(host, why)
            case _:
                assert_never(event)

    def _hand_out(self, host: HostConnection) -> None:
        """Give a host that does nothing the next portion, if there is one."""
        if host.is_gone or host in self._handed or not self._waiting:
            return
        handed = self._handed[host] = self._waiting.popleft()
        again = [
            record for key, record in handed.records.items() if not self._tells_at_end or key in self._failures
        ]
        known = self._known.get(handed.portion.number, ())
        order = PortionOrder(
            portion=handed.portion,
            known=(*known, *again),
            counted=frozenset(handed.counted),
            careful=handed.lost > 0,
            alone=frozenset(handed.alone),
        )
        self._crew.tell(host, order)

    def _take(self, host: HostConnection, report: Any) -> None:
        handed = self._handed.get(host)
        match report:
            case AgentReport():
                return
            case _ if handed is None:
                return  # it is lost, or has said that it is through
            case FaultReport():
                raise report.error(host.name)
            case AskingReport(_, records, ticket):
                handed.pending |= {record.key: record for record in records}
                self._crew.tell(host, LeaveOrder(ticket))
            case TakenReport():
                self._count(handed, report)
                if report.ticket:
                    self._tell_if_enough()  # before it goes on
                    self._crew.tell(host, LeaveOrder(report.ticket))
            case PortionReport(_, measured, reported):
                self._totals.take_rest(handed.portion.task, measured, reported)
                del self._handed[host]
                self._hand_out(host)

    def _count(self, handed: _Handed, report: TakenReport) -> None:
        record = report.record
        handed.pending.pop(record.key, None)
        self._in_a_row = 0
        if record.failure is not None and record.failure.kind == NOT_ASKED:
            record = replace(record, failure=self._failures.get(record.key, record.failure))
        self._count_once(handed, record, report.measured, report.reported, is_new=report.is_new)

    def _count_once(
        self,
        handed: _Handed,
        record: ExampleRecord,
        measured: Mapping[str, Any],
        reported: Mapping[str, Any],
        *,
        is_new: bool,
    ) -> None:
        handed.counted.add(record.key)
        if is_new:
            handed.records[record.key] = record
        self._totals.take(record, measured, reported, is_new=is_new)

    def _lose(self, host: HostConnection, why: str) -> None:
        self._in_a_row += 1
        if self._in_a_row >= LOST_IN_A_ROW:
            raise EngineError(
                f"{LOST_IN_A_ROW} hosts in a row were lost with no example done meanwhile, the last one as {why}"
            )
        handed = self._handed.pop(host, None)
        if handed is None:
            return
        handed.lost += 1
        pending, handed.pending = handed.pending, {}
        if len(pending) > 1:
            handed.alone |= pending.keys()  # by themselves they show which of them it is
        for key, record in pending.items() if len(pending) == 1 else ():
            self._lost_at[key] += 1
            if self._lost_at[key] >= max(LOST_AT_ONE, self._totals.policy.tries):
                tries = self._lost_at[key]
                story = f"{tries} hosts were lost while they asked it, the last one as {why}"
                failure = self._failures[key] = died(story, tries)
                self._count_once(handed, replace(record, failure=failure), {}, {}, is_new=True)
        self._waiting.appendleft(handed)
        for other in self._crew.connections:
            self._hand_out(other)
