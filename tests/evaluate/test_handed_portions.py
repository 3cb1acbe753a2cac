"""Portions that are handed to hosts: what becomes of each thing that a host may say, or that becomes of a host."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from parleyrun import EngineError, WorldError
from parleyrun.evaluate.lanes.example_failures import NOT_ASKED
from parleyrun.evaluate.log.example_record import ExampleFailure, ExampleKey, ExampleRecord
from parleyrun.evaluate.on_hosts.host_crew import HostGone, HostJoined, HostReported
from parleyrun.evaluate.on_hosts.hosted_portions import LOST_IN_A_ROW, HostedPortions
from parleyrun.evaluate.on_hosts.portion_orders import (
    AskingReport,
    EnoughOrder,
    FaultReport,
    LeaveOrder,
    PortionReport,
    TakenReport,
)
from parleyrun.evaluate.on_hosts.portions import Portion


def host(name: str) -> Any:
    class Host(SimpleNamespace):
        __hash__ = object.__hash__

    return Host(name=name, is_gone=False)


def record(entry: int, failure: ExampleFailure | None = None) -> ExampleRecord:
    return ExampleRecord(key=ExampleKey("t", 0, entry), last=False, asked={}, failure=failure)


def taken(entry: int, failure: ExampleFailure | None = None, ticket: int = 0) -> TakenReport:
    return TakenReport(
        portion=0, record=record(entry, failure), measured={}, reported={}, is_new=True, ticket=ticket
    )


class Evaluated:
    """Portions of one part each, the hosts that they are handed to, and what those are told."""

    def __init__(self, portions: int = 1, tries: int = 1) -> None:
        self.told: list[tuple[str, Any]] = []
        self.records: list[ExampleRecord] = []
        self.has_enough = False
        self.hosts: list[Any] = []
        self.events: list[Any] = []
        crew = SimpleNamespace(
            tell=lambda one, order: self.told.append((one.name, order)),
            tell_all=lambda order: self.told.append(("all", order)),
            next=self._next,
            connections=self.hosts,
        )
        totals = SimpleNamespace(
            has_enough=lambda: self.has_enough,
            take=lambda one, measured, reported, is_new: self.records.append(one),
            take_rest=lambda *values: None,
            policy=SimpleNamespace(tries=tries),
        )
        handed = [Portion(number=number, task="t", parts=()) for number in range(portions)]
        self.portions = HostedPortions(crew, totals, handed, {}, tells_at_end=False)  # type: ignore[arg-type]

    def _next(self) -> Any:
        event = self.events.pop(0)
        if isinstance(event, HostGone):
            self.hosts.remove(event.host)
        elif isinstance(event, HostJoined):
            self.hosts.append(event.host)
        return event() if callable(event) else event

    def run(self, *events: Any, hosts: tuple[Any, ...] = ()) -> list[tuple[str, Any]]:
        self.events += events
        self.hosts += hosts
        self.portions.run(hosts)
        assert self.events == []
        return [(name, order) for name, order in self.told if isinstance(order, EnoughOrder | LeaveOrder)]


THROUGH = PortionReport(0, {}, {})


def test_who_comes_when_there_is_enough_is_told_so_before_all_else() -> None:
    evaluated, one, two = Evaluated(2), host("one"), host("two")

    def enough() -> HostReported:
        evaluated.has_enough = True
        return HostReported(one, [taken(0, ticket=7)])

    joined, through = HostJoined(two), [HostReported(each, [THROUGH]) for each in (one, two)]
    assert evaluated.run(enough, joined, *through, hosts=(one,)) == [
        ("all", EnoughOrder()),
        ("one", LeaveOrder(7)),
        ("two", EnoughOrder()),
    ]
    assert [name for name, _ in evaluated.told] == ["one", "all", "one", "two", "two"]


def test_what_a_host_says_that_has_nothing_to_do_is_not_heard() -> None:
    evaluated, one = Evaluated(), host("one")
    late = HostReported(one, [THROUGH, taken(5), FaultReport("too late")])
    assert evaluated.run(HostReported(one, [taken(0), *late.reports]), hosts=(one,)) == []
    assert [each.key.entry for each in evaluated.records] == [0]


def test_what_is_wrong_that_no_example_has_ends_it_and_names_the_host() -> None:
    one = host("one")
    with pytest.raises(WorldError, match="host one: no such teacher"):
        Evaluated().run(HostReported(one, [FaultReport("no such teacher")]), hosts=(one,))


def test_hosts_that_are_lost_one_after_the_other_end_it_unless_an_example_was_done_meanwhile() -> None:
    hosts = [host(f"host-{number}") for number in range(2 * LOST_IN_A_ROW)]
    lost = [event for each in hosts[:-1] for event in (HostJoined(each), HostGone(each, "it is away"))]
    with pytest.raises(EngineError, match=f"{LOST_IN_A_ROW} hosts in a row .* as it is away"):
        Evaluated().run(*lost)
    done = HostReported(hosts[5], [taken(0)])
    lost.insert(lost.index(HostGone(hosts[5], "it is away")), done)
    last = HostJoined(hosts[-1]), HostReported(hosts[-1], [THROUGH])
    evaluated = Evaluated()
    evaluated.run(*lost[: 2 * LOST_IN_A_ROW + 1], *last)
    assert [each.key.entry for each in evaluated.records] == [0]


def test_a_host_that_is_lost_while_it_does_nothing_costs_nothing() -> None:
    evaluated, one, idle = Evaluated(), host("one"), host("idle")
    evaluated.run(HostJoined(idle), HostGone(idle, "it is away"), HostReported(one, [THROUGH]), hosts=(one,))
    assert [name for name, _ in evaluated.told] == ["one"]


def test_an_example_that_two_hosts_died_of_keeps_that_failure_when_the_rest_of_its_episode_is_cut_off() -> None:
    evaluated, one, two, three = Evaluated(), host("one"), host("two"), host("three")
    asking = [AskingReport(0, (record(0),), ticket) for ticket in (1, 2)]
    cut_off = ExampleFailure(kind=NOT_ASKED, message="its episode was cut off")
    evaluated.run(
        HostReported(one, [asking[0]]),
        HostGone(one, "it is away"),
        HostJoined(two),
        HostReported(two, [asking[1]]),
        HostGone(two, "it died"),
        HostJoined(three),
        HostReported(three, [taken(0, cut_off), taken(1, cut_off), THROUGH]),
        hosts=(one,),
    )
    kinds = [(each.key.entry, each.failure and each.failure.kind) for each in evaluated.records]
    assert kinds == [(0, "Died"), (0, "Died"), (1, NOT_ASKED)]
    assert "2 hosts were lost while they asked it, the last one as it died" in str(evaluated.records[1].failure)
