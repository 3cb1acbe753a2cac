"""Who gets which value of a condition."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parleyrun.core.conditions import Condition
from parleyrun.study.condition_counts import CellCount, ConditionCounts


def condition(**more):
    return Condition(name="partner", values=("human", "model"), **more)


def drawn(counts, number):
    values = []
    for _ in range(number):
        value = counts.draw()
        counts.begin(value)
        values.append(value)
    return values


@given(st.lists(st.sampled_from(["arrives", "drops", "finishes"]), max_size=200), st.integers())
def test_balanced_over_any_arrivals_and_drop_outs_differs_by_one_at_most_after_each_arrival(events, seed):
    counts = ConditionCounts(condition(seed=seed))
    inside = []
    for event in events:
        if event == "arrives":
            before = {value: counts.cell(value).counting for value in ("human", "model")}
            value = counts.draw()
            assert before[value] == min(before.values())
            counts.begin(value)
            inside.append(value)
        elif inside:
            counts.end(inside.pop(0), "dropped" if event == "drops" else "finished")


def test_balanced_after_two_hundred_arrivals_is_exact():
    assert Counter(drawn(ConditionCounts(condition()), 200)) == {"human": 100, "model": 100}


def test_a_drop_out_is_made_up_for():
    counts = ConditionCounts(condition())
    drawn(counts, 10)
    for _ in range(3):
        counts.end("model", "dropped")
    assert drawn(counts, 3) == ["model"] * 3


def test_weights_are_kept():
    counts = ConditionCounts(condition(weights={"human": 3}))
    assert Counter(drawn(counts, 400)) == {"human": 300, "model": 100}


def test_blocked_has_each_value_equally_often_in_each_block_and_blocks_of_different_order():
    values = drawn(ConditionCounts(condition(assign="blocked", block=2)), 400)
    blocks = [tuple(values[start : start + 4]) for start in range(0, 400, 4)]
    assert all(Counter(block) == {"human": 2, "model": 2} for block in blocks)
    assert len(set(blocks)) > 1


def test_random_is_by_lot_and_the_same_for_the_same_seed():
    once = drawn(ConditionCounts(condition(assign="random", weights={"model": 3})), 1000)
    assert once == drawn(ConditionCounts(condition(assign="random", weights={"model": 3})), 1000)
    assert once != drawn(ConditionCounts(condition(assign="random", weights={"model": 3}, seed=1)), 1000)
    assert 700 < Counter(once)["model"] < 800


@pytest.mark.parametrize("assign", ["balanced", "blocked", "random"])
def test_with_enough_of_a_value_nobody_gets_it_any_more_and_with_enough_of_all_nobody_gets_any(assign):
    counts = ConditionCounts(condition(assign=assign, quotas={"human": 5, "model": 7}))
    assert Counter(drawn(counts, 12)) == {"human": 5, "model": 7}
    assert counts.draw() is None
    counts.end("human", "dropped")
    assert counts.draw() == "human"


def test_counts_go_on_from_what_is_on_record():
    counts = ConditionCounts(condition())
    counts.add("human", CellCount(begun=3))
    counts.add("human", CellCount(begun=1, finished=1))
    counts.add("gone", CellCount(begun=9))
    assert drawn(counts, 4) == ["model"] * 4
