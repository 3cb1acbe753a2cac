"""What a monitor reads at `/metrics`, who may, and that all of the dashboard is there."""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from serving import Serving

from parleyrun.errors import MissingExtra
from parleyrun.runner.timers import Clock
from parleyrun.service.measures.distribution import Distribution
from parleyrun.service.sessions import At
from parleyrun.store.sqlite.sqlite_store import SqliteStore
from parleyrun.testing import rehearse

DASHBOARD = Path(__file__).parents[2] / "docs" / "grafana" / "parleyrun.json"
AWAY = {"x-forwarded-for": "203.0.113.7"}


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: dict[Any, float], name: str, **labels: str) -> float:
    return found[f"parleyrun_{name}", tuple(sorted(labels.items()))]


def read(serving: Serving, **headers: str) -> httpx.Response:
    return serving.http.get(f"{serving.url}/metrics", headers=headers)


def test_without_being_asked_for_there_are_no_metrics() -> None:
    with Serving() as serving:
        assert read(serving).status_code == 404


def test_metrics_say_what_goes_on_and_nobodys_name(tmp_path: Path) -> None:
    def make_store(clock: Clock) -> SqliteStore:
        return SqliteStore(tmp_path / "study.db", clock)

    with Serving(make_store, metrics=True) as serving:
        serving.tolerated = ("run broken",)
        first, second, third = serving.visitor(), serving.visitor(), serving.visitor()
        for visitor in (first, second, third):
            visitor.line("menu")
        first.says("chat")
        serving.until(lambda counts: counts.waiting == {"chat": 1})
        serving.advance(20)
        second.says("chat")
        first.line("you are Ann")
        second.line("you are Bob")
        third.says("broken")
        third.says("go on")
        serving.until(lambda counts: counts.conversations.ended.get("failed") == 1 and counts.places["task"] == 2)
        answer = read(serving)
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        found = samples(answer.text)

    assert value(found, "people", place="task") == 2
    assert value(found, "people", place="waiting") == 0
    assert value(found, "conversations_running", task="chat") == 1
    assert value(found, "conversations_total", task="broken", outcome="failed") == 1
    assert value(found, "waiting_seconds_count", task="chat") == 2
    assert value(found, "waiting_seconds_bucket", task="chat", le="1.0") == 1
    assert value(found, "waiting_seconds_bucket", task="chat", le="30.0") == 2
    assert value(found, "waiting_seconds_sum", task="chat") == 20
    assert value(found, "messages_total", direction="in") == 4
    assert value(found, "errors_total", kind="RuntimeError") == 1
    assert value(found, "commit_records_count") == value(found, "commit_seconds_bucket", le="+Inf") > 0
    assert value(found, "queue_length", queue="store") >= 0
    assert value(found, "connections", channel="browser") == 3
    assert value(found, "healthy") == 1
    assert "browser:" not in answer.text


def test_metrics_are_for_this_machine_or_for_who_has_a_token_of_the_console() -> None:
    with Serving(metrics=True) as serving:
        assert read(serving).status_code == 200
        refused = read(serving, **AWAY)
        assert refused.status_code == 403
        assert "`console: true`" in refused.text
    with Serving(metrics=True, console=True) as serving:
        console = serving.app.console
        assert console is not None
        assert read(serving).status_code == 200
        assert read(serving, **AWAY).status_code == 401
        assert read(serving, **AWAY, authorization="Bearer wrong").status_code == 401
        let_in = read(serving, **{"x-forwarded-for": "203.0.113.8"}, authorization=f"Bearer {console.tokens.act}")
        assert let_in.status_code == 200


def test_with_a_console_on_a_port_of_its_own_metrics_are_there_and_not_where_people_are() -> None:
    with Serving(metrics=True, console={"port": 0}) as serving:
        assert serving.app.console is not None
        there = serving.app.console.url.replace("/console/", "/metrics")
        assert read(serving).status_code == 404
        assert "parleyrun_people{" in serving.http.get(there).text


def test_all_that_the_dashboard_asks_for_is_there() -> None:
    with rehearse(
        {
            "world_module": "worlds",
            "tasks": {"chat": {"task_world": "parleyrun.ready:Chat", "agents_required": 2}},
            "models": {"helper": {"model": "fixed", "text": "yes", "check": False}},
        },
    ) as lab:
        from parleyrun.web.metrics.study_collector import make_metrics

        there = {
            name
            for family in text_string_to_metric_families(
                make_metrics(lab.service.operators, lab.service.counts)().decode()
            )
            for name in (family.name, *(f"{family.name}_{end}" for end in ("total", "bucket", "sum", "count")))
        }
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    named = {name for expression in asked for name in re.findall(r"parleyrun_\w+", expression)}
    assert len(named) >= 20
    of_hosts = {name for name in named if re.match("parleyrun_(hosts?|replica)_", name)}
    assert len(of_hosts) >= 8  # these are where hosts are
    assert named - of_hosts - there == set()
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_metrics_of_5000_people_are_read_in_a_moment() -> None:
    from parleyrun.web.metrics.study_collector import make_metrics

    with rehearse({"tasks": {"chat": {"task_world": "parleyrun.ready:Chat", "agents_required": 2}}}) as lab:
        sessions = lab.service._sessions
        for number in range(5000):
            session, _ = sessions.get_or_create(f"memory:{number}")
            session.at = (At.WAITING, At.TASK)[number % 2]
            session.task = "chat"
        counted = samples(make_metrics(lab.service.operators, lab.service.counts)().decode())
        assert (
            value(counted, "people_waiting", task="chat") == value(counted, "people_talking", task="chat") == 2500
        )
        render = make_metrics(lab.service.operators, lab.service.counts)
        fastest = float("inf")
        for _ in range(5):
            began = time.thread_time()
            render()
            fastest = min(fastest, time.thread_time() - began)
    assert fastest < 0.05


def test_a_monitor_whose_package_is_missing_is_told_of_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    monkeypatch.delitem(sys.modules, "parleyrun.web.metrics.study_collector", raising=False)
    with pytest.raises(MissingExtra, match=r"^metrics: true needs the 'metrics' extra: pip install"):
        Serving(metrics=True)


def test_a_distribution_counts_what_is_at_most_so_large() -> None:
    waits = Distribution((1.0, 5.0))
    for seconds in (0.5, 1.0, 1.5, 90.0):
        waits.add(seconds)
    assert waits.read().up_to == ((1.0, 2), (5.0, 3), (float("inf"), 4))
    assert waits.read().total == 93.0
