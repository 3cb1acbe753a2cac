"""What operators read at a terminal: rows and values, with nothing in them that a terminal obeys."""

from __future__ import annotations

from parleyrun.cli.common.moments import date_and_clock
from parleyrun.cli.common.operators.operator_rows import operator_rows


def test_rows_have_a_heading_and_what_there_is_none_of_is_said():
    waiting = {"task": "chat", "needed": 2, "waiting": ["ann", "bob"], "why": None}
    assert list(operator_rows("pools", {"pools": [waiting]})) == [
        "task  needed  waiting   why",
        "chat  2       ann, bob  -",
    ]
    assert list(operator_rows("pools", {"pools": []})) == ["none"]


def test_conditions_stand_below_the_tasks_that_have_them():
    task = dict.fromkeys(("needed", "waiting", "inside", "conversations", "longest_wait_seconds"), 1)
    condition = {"condition": "tone", "value": "warm", "begun": 3, "finished": 2, "dropped": 1, "quota": None}
    told = {"tasks": [{"task": "chat", "paused": False, **task}], "conditions": [condition]}
    _, first, between, heading, second = operator_rows("tasks", told)
    assert first.split() == ["chat", "1", "1", "1", "1", "no", "1"]
    assert between == ""
    assert heading.split()[:2] == ["condition", "value"]
    assert second.split() == ["tone", "warm", "3", "2", "1", "-"]


def test_a_person_is_shown_with_what_happened_to_them():
    person = {
        "id": "browser:ann",
        "since": 1000.0,
        "present": True,
        "task": None,
        "data": {},
        "last_text": "hi\x1b[2J",
    }
    event = {"at": 1000.0, "what": "line", "kind": "", "task": "chat", "role": None, "text": "one\ntwo"}
    lines = list(operator_rows("person", {"person": person, "life": [event]}))
    assert lines[:3] == ["id: browser:ann", f"since: {date_and_clock(1000.0)}", "present: yes"]
    assert lines[3].startswith("last text: hi")
    assert lines[4] == ""
    assert lines[6].endswith("one ⏎ two")
    assert "\x1b" not in "".join(lines)


def test_values_within_values_are_shown_in_words():
    seats = [{"role": "host", "taken": True}, {"role": "guest", "taken": False}]
    told = {
        "person": {"id": "browser:ann", "name": "Ann"},
        "seats": seats,
        "left_by": {"end": 2, "door": None},
        "holds": [[], {}],
        "nothing": None,
    }
    assert list(operator_rows("match", told)) == [
        "person: browser:ann",
        "seats: host (taken), guest",
        "left by: end 2, door -",
        "holds: -, -",
    ]
