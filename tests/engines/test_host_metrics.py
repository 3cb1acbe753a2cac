"""What `/metrics` says of hosts and replicas, and that the dashboard asks for nothing else of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import replicated_models
from cluster_lab import LOST_AFTER, on_hosts
from prometheus_client.parser import text_string_to_metric_families
from test_hosted_talks import go, lab
from test_lost_hosts import kill, let_be_silent, until_replaced, wait_until

from parleyrun.testing import rehearse
from parleyrun.web.metrics.study_collector import make_metrics

DASHBOARD = Path(__file__).parents[2] / "docs" / "grafana" / "parleyrun.json"
OF_HOSTS = re.compile(r"parleyrun_(?:hosts?|replica)_\w+")


def metrics_of(rehearsal: Any) -> dict[tuple[str, ...], float]:
    """What is said of hosts: each value by its name and the values of its labels."""
    assert rehearsal.service.operators is not None
    text = make_metrics(rehearsal.service.operators, rehearsal.service.counts)().decode()
    return {
        (sample.name.removeprefix("parleyrun_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if OF_HOSTS.fullmatch(sample.name)
    }


def state_of(found: dict[tuple[str, ...], float], host: str) -> list[str]:
    return [name[2] for name, value in found.items() if name[:2] == ("host_state", host) and value]


def test_metrics_tell_of_each_host_and_of_those_that_were_lost_and_restored() -> None:
    with lab() as rehearsal:
        rehearsal.source._starts_again = True
        go(rehearsal, "pair", "ann", "bob")
        found = metrics_of(rehearsal)
        host = rehearsal.host_of_somebody()
        busy = host.offer.name
        (other,) = {"one", "two"} - {busy}
        assert (found["host_conversations", busy], found["host_conversations", other]) == (1, 0)
        assert state_of(found, busy) == state_of(found, other) == ["there"]
        assert found["hosts_lost_total", "host"] == found["hosts_restored_total", "host"] == 0

        rehearsal.hosts.drain(other)
        assert state_of(metrics_of(rehearsal), other) == ["draining"]
        rehearsal.hosts.fill(other)

        host.hold()
        before = host.batches
        rehearsal.channel.say("ann", "one")
        wait_until(lambda: host.batches > before)
        let_be_silent(rehearsal, host)
        found = metrics_of(rehearsal)
        assert state_of(found, busy) == ["silent"]
        assert found["host_heartbeat_age_seconds", busy] >= 3
        assert found["host_heartbeat_age_seconds", other] < 1
        assert found["host_mail_waiting", busy, "orders"] > 0
        rehearsal.advance(LOST_AFTER)
        found = metrics_of(rehearsal)
        assert state_of(found, busy) == ["lost"]
        assert (found["host_conversations", busy], found["host_conversations", other]) == (0, 1)
        assert (found["hosts_lost_total", "host"], found["hosts_restored_total", "host"]) == (1, 0)
        host.let_go()
        wait_until(lambda: metrics_of(rehearsal)["host_turns_refused_total", busy])
        rehearsal.advance(3)
        found = metrics_of(rehearsal)
        assert state_of(found, busy) == ["there"]
        assert found["hosts_restored_total", "host"] == 1

        kill(rehearsal)
        until_replaced(rehearsal, lambda: len(rehearsal.runs()) == 2)
        assert metrics_of(rehearsal)["hosts_restored_total", "host"] == 2
        assert metrics_of(rehearsal)["hosts_lost_total", "host"] == 2
        assert set(metrics_of(rehearsal)) == set(found)  # whoever takes its place has its name


def test_a_service_without_hosts_says_nothing_of_them() -> None:
    with rehearse({"tasks": {"chat": {"task_world": "parleyrun.ready:Chat", "agents_required": 2}}}) as rehearsal:
        assert metrics_of(rehearsal) == {}


def test_what_the_dashboard_asks_of_hosts_and_replicas_is_there() -> None:
    task = {"task_world": "parleyrun.ready:Chat", "bots": {"Seller": "own"}}
    config = {
        "world_module": "hosted_worlds",
        "engine": {"ray": {}},
        "models": {"own": {"model": "replicated_models:Counting", "replicas": 1}},
        "tasks": {"talk": task},
    }
    with on_hosts(config, replicated_models) as rehearsal:
        found = metrics_of(rehearsal)
        there = {f"parleyrun_{name}" for name, *_ in found}
        assert found["replica_state", "own", "own-1", "there"] == 1
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    asked = " ".join(target["expr"] for panel in panels for target in panel.get("targets", ()))
    named = set(OF_HOSTS.findall(asked))
    assert len(named) >= 8
    assert named <= there
