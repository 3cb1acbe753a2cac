"""What simulations are given: goals of users, a line each, and rewards that worlds return."""

from __future__ import annotations

import pytest

from parleyrun.errors import TaskError, WorldError
from parleyrun.evaluate.simulations.goals_file import UserGoal, read_goals
from parleyrun.evaluate.simulations.rewarded_world import report_of


def test_goals_are_read_line_by_line_and_named_by_their_line_where_they_have_no_id(tmp_path):
    path = tmp_path / "goals.jsonl"
    path.write_text('{"goal": "a flight"}\n\n{"id": "b", "goal": "", "opt": {"city": "Rome"}}\n')
    assert read_goals(path) == (UserGoal(id="1", goal="a flight"), UserGoal(id="b", opt={"city": "Rome"}))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "cannot read the goals in"),
        (b"\xff\xfe", "cannot read the goals in"),
        (b"\n\n", "expected a goal on each line of .*, got none"),
        (b"a flight\n", "expected a goal in JSON at line 1"),
        (b'["a flight"]\n', 'expected {"goal": "…"} at line 1'),
        (b'{"goal": 1}\n', 'expected {"goal": "…"} at line 1'),
        (b'{"goal": "a", "name": "b"}\n', "expected one of id, goal, opt at line 1 .*, got 'name'"),
        (b'{"goal": "a", "opt": []}\n', "expected a mapping at 'opt' at line 1"),
        (b'{"id": 2, "goal": "a"}\n{"goal": "b"}\n', "expected each id once in .*, got '2' twice"),
    ],
)
def test_what_are_no_goals_is_refused_with_its_line(tmp_path, content, expected):
    if content is not None:
        (tmp_path / "goals.jsonl").write_bytes(content)
    with pytest.raises(TaskError, match=expected):
        read_goals(tmp_path / "goals.jsonl")


def test_a_reward_is_a_number_or_several_by_name():
    assert report_of(None, "Flight") == {}
    assert report_of(1, "Flight")["reward"].value() == 1
    named = report_of({"booked": True, "price": 12.5}, "Flight")
    assert {name: metric.value() for name, metric in named.items()} == {"booked": 1, "price": 12.5}


@pytest.mark.parametrize("reward", ["much", float("nan"), float("inf"), [1], {1: 2}, {"price": None}])
def test_what_is_no_reward_is_said(reward):
    with pytest.raises(WorldError, match=r"expected a number, or numbers by name, from Flight\.reward\(\)"):
        report_of(reward, "Flight")
