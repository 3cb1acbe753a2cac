"""Timers on a thread of their own, and the coarse wheel."""

import threading

from parleyrun.runner.timers import ThreadTimers, Wheel
from parleyrun.testing import VirtualTimers


class Started:
    """Thread timers for one test."""

    def __enter__(self):
        self.timers = ThreadTimers()
        self.timers.start()
        return self.timers

    def __exit__(self, *_):
        self.timers.close()


def test_timers_fire_in_the_order_of_their_moments_whatever_the_order_of_the_calls():
    fired, done = [], threading.Event()
    with Started() as timers:
        timers.call_later(0.03, done.set)
        timers.call_later(0.02, lambda: fired.append("later"))
        timers.call_later(0.01, lambda: fired.append("sooner"))
        assert done.wait(60)
    assert fired == ["sooner", "later"]


def test_a_sooner_timer_wakes_a_thread_that_sleeps_for_a_later_one():
    sooner = threading.Event()
    with Started() as timers:
        timers.call_later(3600, lambda: None)
        timers.call_later(0, sooner.set)
        assert sooner.wait(60)


def test_a_cancelled_timer_does_not_happen():
    fired, done = [], threading.Event()
    with Started() as timers:
        timers.call_later(0.01, lambda: fired.append("cancelled")).cancel()
        timers.call_later(0.02, done.set)
        assert done.wait(60)
    assert fired == []


def test_an_error_in_a_callback_is_logged_and_the_next_timer_still_runs(caplog):
    done = threading.Event()
    with Started() as timers:
        timers.call_later(0, lambda: 1 / 0)
        timers.call_later(0, done.set)
        assert done.wait(60)
    assert "a timer's callback failed" in caplog.text


def test_a_timer_that_is_due_in_a_million_years_does_not_stop_the_clock():
    done = threading.Event()
    with Started() as timers:
        timers.call_later(float("inf"), lambda: None)
        timers.call_later(0.01, done.set)
        assert done.wait(60)
        only_the_endless_one_is_left = threading.Event()
        timers.call_later(0, only_the_endless_one_is_left.set)
        assert only_the_endless_one_is_left.wait(60)


def test_closing_drops_what_is_not_due_and_closing_twice_is_harmless():
    fired = []
    timers = ThreadTimers()
    timers.start()
    timers.call_later(3600, lambda: fired.append("late"))
    timers.close()
    timers.close()
    assert fired == []


def test_timers_that_were_never_started_can_be_closed():
    timers = ThreadTimers()
    timers.close()
    fired = []
    timers.call_later(0, lambda: fired.append("late"))
    assert fired == []


def test_a_callback_may_close_the_timers_it_runs_on():
    timers = ThreadTimers()
    timers.start()
    closed = threading.Event()
    timers.call_later(0, lambda: (timers.close(), closed.set()))
    assert closed.wait(60)


def test_the_wheel_wakes_everybody_of_a_slot_with_one_timer_and_never_too_early():
    timers, woken = VirtualTimers(), []
    wheel = Wheel(timers, 0.1, lambda slot, items: woken.extend((item, timers.monotonic()) for item in items))
    began = timers.monotonic()
    for name in ("a", "b", "c"):
        wheel.add(name, 0.3)
    timers.advance(0.299)
    assert woken == []
    timers.advance(0.2)
    assert [name for name, _ in woken] == ["a", "b", "c"]
    assert all(0.3 <= when - began <= 0.41 for _, when in woken)


def test_an_item_does_not_lie_twice_in_one_slot():
    timers, woken = VirtualTimers(), []
    wheel = Wheel(timers, 0.1, lambda slot, items: woken.extend(items))
    slot = wheel.add("a", 1.0)
    assert wheel.add("a", 1.0, slot) == slot
    timers.advance(5)
    assert woken == ["a"]
