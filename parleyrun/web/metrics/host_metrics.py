"""What `/metrics` says of the hosts of conversations, and of the replicas of models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, get_args

from ...service.operations.reading.host_results import (
    HostFigures,
    HostsFound,
    HostState,
    HostTotals,
    ReplicaFigures,
)
from .metric_families import counter, gauge

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

_HOST = ("host",)
_REPLICA = ("model", "replica")


def of_hosts(found: HostsFound) -> Iterator[Metric]:
    """Yield their metrics; none where one process executes everything.

    Names are made of what the config says and a number, and whoever takes the place of a lost one has its name: so
    there are no more of them than the config asks for.
    """
    if found.totals is None:
        return
    yield from _of_each_host(found.hosts)
    yield from _of_each_replica(found.replicas)
    yield from _of_all(found.totals)


def _of_each_host(hosts: Sequence[HostFigures]) -> Iterator[Metric]:
    def by_host(name: str, text: str, value: Callable[[HostFigures], float]) -> Metric:
        return gauge(name, text, _HOST, {(host.name,): value(host) for host in hosts})

    states = {(host.name, state): int(host.state == state) for host in hosts for state in get_args(HostState)}
    yield gauge("host_state", "1 for the state that a host is in.", (*_HOST, "state"), states)
    yield by_host("host_conversations", "Conversations that are on a host.", lambda host: host.runs)
    yield by_host("host_ready", "Those that wait for their turn to execute.", lambda host: host.ready)
    waiting = {(host.name, "orders"): host.waiting_orders for host in hosts}
    waiting |= {(host.name, "reports"): host.waiting_reports for host in hosts}
    text = "What waits to be sent to a host (orders: people's lines, too), and to be fetched from it (reports)."
    yield gauge("host_mail_waiting", text, (*_HOST, "kind"), waiting)
    text = "How long ago a host said last that it is there."
    yield by_host("host_heartbeat_age_seconds", text, lambda host: host.silent_seconds)
    yield by_host("host_memory_bytes", "What its process holds.", lambda host: host.memory_bytes)
    text = "Turns of a host that were refused, as their conversations had gone on elsewhere."
    yield counter("host_turns_refused", text, _HOST, {(host.name,): host.late_turns for host in hosts})


def _of_each_replica(replicas: Sequence[ReplicaFigures]) -> Iterator[Metric]:
    def by_replica(value: Callable[[ReplicaFigures], float]) -> dict[tuple[str, str], float]:
        return {(each.model, each.name): value(each) for each in replicas}

    states = {
        (each.model, each.name, state): int(each.state == state)
        for each in replicas
        for state in get_args(HostState)
    }
    yield gauge("replica_state", "1 for the state that a replica is in.", (*_REPLICA, "state"), states)
    yield gauge("replica_asked", "Questions that a replica has.", _REPLICA, by_replica(lambda each: each.asked))
    text = "How long ago a replica said last that it is there."
    yield gauge("replica_heartbeat_age_seconds", text, _REPLICA, by_replica(lambda each: each.silent_seconds))
    text = "What its process holds."
    yield gauge("replica_memory_bytes", text, _REPLICA, by_replica(lambda each: each.memory_bytes))
    answers = by_replica(lambda each: each.answers)
    yield counter("replica_answers", "Questions that a replica has answered.", _REPLICA, answers)
    calls = by_replica(lambda each: each.calls)
    yield counter("replica_calls", "Calls of the model that these took.", _REPLICA, calls)
    text = "Questions that wait for a replica of a model."
    yield gauge("replica_questions_waiting", text, ("model",), {(each.model,): each.waiting for each in replicas})


def _of_all(totals: HostTotals) -> Iterator[Metric]:
    lost = {("host",): totals.lost, ("replica",): totals.replicas_lost}
    yield counter("hosts_lost", "Hosts, and replicas of models, that were lost.", ("kind",), lost)
    text = "Of these, how many came back, or had another one started in their place."
    restored = {("host",): totals.restored, ("replica",): totals.replicas_restored}
    yield counter("hosts_restored", text, ("kind",), restored)
