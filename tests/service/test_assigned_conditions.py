"""Who has which value of which condition, from counts that are on record."""

from __future__ import annotations

import pytest

from parleyrun.core.conditions import Condition
from parleyrun.service.places.assignments import ASSIGNMENT, Assignments
from parleyrun.service.sessions import CONDITION
from parleyrun.store.protocol import AssignedCount
from parleyrun.study.condition_counts import CellCount

TONE = Condition(name="tone", values=("warm", "cold"), per="participant", quotas={"warm": 2, "cold": 1})
PACE = Condition(name="pace", values=("slow", "fast"), per="group")


class Record:
    def __init__(self):
        self.assigned = []

    def touch(self, session, *, data):
        assert data

    def assign(self, assigned):
        self.assigned.append((assigned.condition, assigned.owner, assigned.state))


class Person:
    def __init__(self, name, **condition):
        self.id = name
        self.stored_data = {CONDITION: condition} if condition else {}

    @property
    def condition(self):
        return self.stored_data.get(CONDITION, {})


def on_record(condition, value, state, count):
    return AssignedCount(condition=condition, value=value, state=state, count=count)


@pytest.fixture
def record():
    return Record()


@pytest.fixture
def assignments(record):
    return Assignments({"tone": TONE, "pace": PACE}, record)


def count(assignments, name, value):
    cell = assignments.cells()[name][value]
    return cell.begun, cell.finished, cell.dropped


def test_counts_on_record_go_on_and_those_of_a_condition_that_is_gone_count_for_nothing(assignments):
    assignments.restore(
        [
            on_record("tone", "warm", "begun", 1),
            on_record("tone", "warm", "finished", 2),
            on_record("tone", "cold", "dropped", 3),
            on_record("pitch", "high", "finished", 9),
        ]
    )
    assert count(assignments, "tone", "warm") == (3, 2, 0)
    assert count(assignments, "tone", "cold") == (3, 0, 3)
    assert set(assignments.cells()) == {"tone", "pace"}


def test_a_quota_is_set_for_a_value_that_there_is_and_goes_back_to_the_configs(assignments):
    for name, quota in (("warm", 7), ("hot", 9)):
        assignments.set_quota("tone", name, quota)
    assert (assignments.quota_of("tone", "warm"), assignments.quota_of("tone", "cold")) == (7, 1)
    assignments.set_quota("tone", "warm", None)
    assert assignments.quota_of("tone", "warm") == 2
    assert assignments.value_named("no such condition", "warm") is None


def test_who_has_a_value_keeps_it_and_drops_out_or_comes_again_with_it(assignments, record):
    ann = Person("ann")
    assert assignments.assign(ann)
    value = ann.condition["tone"]
    assert assignments.assign(ann)
    assert (ann.condition["tone"], ann.stored_data[ASSIGNMENT]) == (value, "begun")
    assignments.went(ann)
    assignments.went(ann)
    assert assignments.assign(ann)
    assert record.assigned == [("tone", "ann", "begun"), ("tone", "ann", "dropped"), ("tone", "ann", "begun")]
    assert assignments.cells()["tone"][value] == CellCount(1, 0, 0)


def test_who_dropped_out_before_a_condition_was_added_has_it_begun_once(record):
    both = {"tone": TONE, "mood": Condition(name="mood", values=("up", "down"))}
    assignments = Assignments(both, record)
    ann = Person("ann", tone="cold")
    ann.stored_data[ASSIGNMENT] = "dropped"
    assert assignments.assign(ann)
    assert record.assigned == [("mood", "ann", "begun"), ("tone", "ann", "begun")]
    assert ann.stored_data[ASSIGNMENT] == "begun"


def test_who_came_before_there_was_a_condition_ends_without_a_value_of_it(assignments, record):
    ann = Person("ann")
    ann.stored_data[ASSIGNMENT] = "begun"
    assignments.end_group("uid", [ann], well=True)
    assert (record.assigned, ann.stored_data[ASSIGNMENT]) == ([], "finished")


def test_a_groups_value_is_everybodys_until_its_end_and_who_goes_on_is_not_through(assignments, record):
    ann, bob = Person("ann", tone="warm", pace="slow"), Person("bob", tone="cold")
    for person in (ann, bob):
        person.stored_data[ASSIGNMENT] = "begun"
    values = assignments.draw_for_group()
    assert set(values) == {"pace"}
    assignments.begin_group("uid", values, [ann, bob])
    assert {person.condition["pace"] for person in (ann, bob)} == {values["pace"]}
    assignments.end_group("uid", [ann, bob], well=True, going_on={"bob"})
    assert record.assigned == [("pace", "uid", "begun"), ("pace", "uid", "finished"), ("tone", "ann", "finished")]
    assignments.begin_group("next", {}, [bob])
    assert bob.condition == {"tone": "cold"}


def test_nothing_is_assigned_once_enough_have_had_each_value(assignments, record):
    assignments.restore([on_record("tone", "warm", "finished", 2), on_record("tone", "cold", "finished", 1)])
    ann = Person("ann")
    assert not assignments.assign(ann)
    assert (ann.stored_data, record.assigned) == ({}, [])
