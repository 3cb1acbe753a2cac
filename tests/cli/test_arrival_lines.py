"""What came of arrivals that were played, as lines to read."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from parleyrun.checks import arrival_report
from parleyrun.checks.arrival_report import arrival_lines

WAITED = {"wait_median": 3.0, "wait_p95": 9.0, "wait_longest": 12.5}
NOBODY_WAITED = dict.fromkeys(WAITED)
COUNTS = dict.fromkeys(("finished", "dropped_out", "partner_left", "waited_in_vain", "still_waiting"), 2)


def values(**more: Any) -> dict[str, Any]:
    assumed = {"every": 5.0, "talk": 60.0, "drop_out": 0.1, "seed": 1, "values": {}, "not_run": []}
    return {"assumed": assumed, "arrived": 40, "enough_people": 0, "tasks": {}, "conditions": {}, **more}


def lines(monkeypatch: pytest.MonkeyPatch, found: dict[str, Any], arrivals: int = 40) -> list[str]:
    monkeypatch.setattr(arrival_report, "arrival_values", lambda play: found)
    play: Any = SimpleNamespace(arrived=40, settings=SimpleNamespace(arrivals=arrivals))
    return list(arrival_lines(play))


def test_what_was_not_played_and_who_was_too_many_is_said_only_where_there_is_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (first,) = lines(monkeypatch, values())
    assert first.startswith("40 arrivals played, one every 5 s, 60 s a conversation, 10% drop out of it (seed 1)")
    found = values(enough_people=7)
    found["assumed"] |= {"values": {"language": ["en", "de"]}, "not_run": ["assign_roles of 'talk'"]}
    assert lines(monkeypatch, found, arrivals=1_000)[1:] == [
        "  1,000 would have taken too long",
        "  language is en or de by lot",
        "  not run: assign_roles of 'talk'",
        "7 were told that there are enough people",
    ]


def test_waiting_is_told_of_tasks_and_values_where_somebody_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    task = {"came": 4, "conversations": 2, **COUNTS}
    tasks = {"talk": {**task, "with_bots": 1, **WAITED}, "chat": {**task, "with_bots": 0, **NOBODY_WAITED}}
    cell = {"begun": 3, "finished": 1, "dropped": 1, "people": 6, "conversations": 3}
    warm, cold = {"value": "warm", "quota": 5, **cell, **WAITED}, {"value": "cold", "quota": None, **cell}
    cells = [warm, {**cold, **NOBODY_WAITED}]
    told = lines(monkeypatch, values(tasks=tasks, conditions={"tone": cells}))[1:]
    waited = "waited: median 3 s, 95% at most 9 s, longest 12.5 s"
    assert [line for line in told if "waited:" in line] == [f"  {waited}", f"    {waited}"]
    assert "talk: 4 came, 2 conversations, 1 of them with bots" in told
    assert "chat: 4 came, 2 conversations" in told
    assert "  warm: 2 of 5 have it, 1 finished, 1 dropped out" in told
    assert "  cold: 2 have it, 1 finished, 1 dropped out" in told
