"""Time that is skipped while nothing happens."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from parleyrun.evaluate.skipping_timers import CountedTimers, SkippingTimers
from parleyrun.runner.timers import Timer


class StillClock:
    """A clock that stands."""

    def monotonic(self) -> float:
        return 100.0

    def time(self) -> float:
        return 5_000.0


@pytest.fixture
def timers() -> Iterator[SkippingTimers]:
    timers = SkippingTimers(StillClock())
    timers.start()
    yield timers
    timers.close()


def test_what_is_left_until_the_next_timer_is_skipped_and_that_has_fired_then(timers: SkippingTimers) -> None:
    rung: list[float] = []
    timers.call_later(60.0, lambda: rung.append(timers.clock.monotonic()))
    timers.call_later(20.0, lambda: rung.append(timers.clock.monotonic()))
    timers.skip(timers.moves)
    assert rung == [120.0]
    timers.skip(timers.moves)
    assert rung == [120.0, 160.0]
    assert timers.clock.time() == 5_060.0


def test_what_is_due_is_called_without_skipping(timers: SkippingTimers) -> None:
    rung = threading.Event()
    timers.call_later(0.0, rung.set)
    assert rung.wait(20)
    assert timers.clock.monotonic() == 100.0


def test_nothing_is_skipped_if_something_has_fired_since_all_was_known_to_rest(timers: SkippingTimers) -> None:
    known = timers.moves
    timers.call_later(0.0, lambda: None)
    timers.call_later(30.0, lambda: None)
    while timers.moves == known:
        threading.Event().wait(0)
    timers.skip(known)
    assert timers.clock.monotonic() == 100.0


def test_what_is_set_in_motion_otherwise_counts_as_well(timers: SkippingTimers) -> None:
    known = timers.moves
    timers.call_later(30.0, lambda: None)
    with timers.setting_in_motion():
        pass
    timers.skip(known)
    assert timers.clock.monotonic() == 100.0


def test_who_has_waited_for_a_timer_looks_anew_whether_nothing_moves(timers: SkippingTimers) -> None:
    skipping = threading.Thread(target=timers.skip, args=(timers.moves,))
    skipping.start()
    timers.call_later(30.0, lambda: None)
    skipping.join(20)
    assert not skipping.is_alive()
    assert timers.clock.monotonic() == 100.0


def test_who_waits_for_a_timer_is_let_go_when_it_is_closed() -> None:
    timers = SkippingTimers(StillClock())
    timers.start()
    skipping = threading.Thread(target=timers.skip, args=(0,))
    skipping.start()
    timers.close()
    skipping.join(20)
    assert not skipping.is_alive()


class HeldTimers:
    """Timers that call back when they are told to."""

    def __init__(self) -> None:
        self.clock = StillClock()
        self.held: list[Timer] = []

    def call_later(self, seconds, callback):
        self.held.append(Timer(seconds, callback))
        return self.held[-1]


def test_models_that_wait_are_counted_until_they_have_gone_on() -> None:
    held = HeldTimers()
    counted = CountedTimers(held)
    begun = counted.wait_for_rest(0)
    assert begun == 0
    called: list[int | None] = []
    counted.call_later(9.0, lambda: called.append(counted.wait_for_rest(0)))
    assert counted.wait_for_rest(0) is None
    assert not counted.rested_since(begun)
    held.held[0].callback()
    # While it was called back it still counted, so that there is no moment in which nobody seems to be busy.
    assert called == [None]
    assert counted.wait_for_rest(0) == 1
