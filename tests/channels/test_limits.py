"""How fast one person may send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parleyrun.core.token_bucket import TokenBucket


def test_a_burst_of_one_seconds_worth_is_not_slowed_down():
    bucket = TokenBucket(5, now=0)
    assert [bucket.take(0) for _ in range(5)] == [0] * 5


def test_beyond_the_burst_each_message_waits_for_its_turn():
    bucket = TokenBucket(5, now=0)
    for _ in range(5):
        bucket.take(0)
    assert bucket.take(0) == pytest.approx(0.2)
    assert bucket.take(0.2) == pytest.approx(0.2)


def test_who_keeps_to_the_rate_never_waits():
    bucket = TokenBucket(4, now=0)
    assert all(bucket.take(index / 4) == 0 for index in range(1000))


def test_silence_saves_up_no_more_than_one_burst():
    bucket = TokenBucket(3, now=0)
    assert [bucket.take(3600) for _ in range(3)] == [0, 0, 0]
    assert bucket.take(3600) > 0


@pytest.mark.parametrize("rate", [0.1, 0.5, 1.0])
def test_a_single_message_is_never_too_fast_however_low_the_rate(rate):
    bucket = TokenBucket(rate, now=0)
    assert bucket.take(0) == 0
    assert bucket.take(0) == pytest.approx(1 / rate)


def test_light_frames_cost_less():
    bucket = TokenBucket(2, now=0)
    assert [bucket.take(0, 0.25) for _ in range(8)] == [0] * 8
    assert bucket.take(0, 0.25) == pytest.approx(0.125)


@given(
    st.floats(0.1, 10_000),
    st.lists(st.tuples(st.floats(0, 5), st.sampled_from([0.25, 1.0])), max_size=60),
)
def test_whoever_waits_as_told_is_held_to_the_rate_and_to_nothing_below_it(rate, frames):
    bucket, now, weight_sent = TokenBucket(rate, now=0), 0.0, 0.0
    for silence_seconds, weight in frames:
        now += silence_seconds
        wait_seconds = bucket.take(now, weight)
        weight_sent += weight
        now += wait_seconds
        assert 0 <= wait_seconds <= 1 / rate + 1e-6
        assert weight_sent <= now * rate * (1 + 1e-9) + max(rate, 1) + 1e-6
