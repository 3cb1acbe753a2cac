"""What a config may say of metrics, alerts and traces."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from parleyrun.app.planning import plan_of
from parleyrun.config.building import draft_config
from parleyrun.config.diagnostics import Findings
from parleyrun.config.schema import Config
from parleyrun.service.operations.reading.said_config import config_without_secrets

TASKS = {"chat": {"task_world": "parleyrun.ready:Chat", "agents_required": 2}}


def config(**values: Any) -> Config:
    return plan_of({"tasks": TASKS, **values}).config


def test_sizes_names_and_programs_are_written_in_few_ways() -> None:
    models = {"helper": {"model": "fixed", "text": "yes", "check": False}}

    def alerts(**values: Any) -> Any:
        return config(models=models, alerts=values).alerts

    assert [alerts(disk_below=size).disk_below for size in ("1GB", "1.5 gb", "500MB", 4096, "10 TB")] == [
        10**9,
        1_500_000_000,
        500_000_000,
        4096,
        10**13,
    ]
    assert [
        alerts(model_down=name, errors_above=1).model_down for name in (True, False, "helper", ["helper"])
    ] == [
        (),
        None,
        ("helper",),
        ("helper",),
    ]
    assert alerts(cost_above=1, command=["mail", "-s", "x"]).command == ("mail", "-s", "x")
    assert alerts(cost_above=0, nobody_matched_for=600).watched == ("nobody_matched_for", "cost_above")
    assert config().alerts is None
    assert config(alerts=None).alerts is None
    assert config(traces=None).traces is None


def test_whom_alerts_are_sent_to_is_in_nothing_that_operators_read() -> None:
    alerts = {"errors_above": 1, "webhook": "https://hooks.example.org/T0/secret", "command": ["mail", "me@x.org"]}
    said = str(config_without_secrets(config(alerts=alerts)))
    assert "errors_above" in said
    assert "secret" not in said
    assert "me@x.org" not in said


@pytest.mark.parametrize(
    ("values", "hidden", "path"),
    [
        ({"metrics": True}, "prometheus_client", "metrics"),
        ({"traces": {"otlp": "http://localhost:4318"}}, "opentelemetry.sdk", "traces"),
        ({"traces": {"otlp": "http://localhost:4318"}}, "opentelemetry", "traces"),
    ],
)
def test_packages_that_are_missing_are_warned_of(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, Any], hidden: str, path: str
) -> None:
    def found() -> list[tuple[str, str, str]]:
        findings = Findings("the config")
        draft_config({"tasks": TASKS, **values}, findings)
        return [(each.severity, each.code, each.path) for each in findings.in_order()]

    assert found() == []
    monkeypatch.delitem(sys.modules, "opentelemetry.sdk", raising=False)
    monkeypatch.setitem(sys.modules, hidden, None)
    assert found() == [("warning", "missing-extra", path)]


def test_a_model_that_is_to_answer_where_there_are_none_is_one_finding() -> None:
    findings = Findings("the config")
    draft_config({"tasks": TASKS, "alerts": {"model_down": "helper"}}, findings)
    assert [(each.code, each.message) for each in findings.in_order()] == [
        ("unknown-model", "expected models:, got none")
    ]
