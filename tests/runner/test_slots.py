"""Slots and the workers that hold them."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from parleyrun.runner import slots as slots_module
from parleyrun.runner.slots import Slots

PATIENCE_SECONDS = 60.0


class Once:
    """Does one thing in one step."""

    def __init__(self, work):
        self.work = work

    def step(self):
        self.work()
        return False


@pytest.fixture
def make_slots():
    made = []

    def make(max_workers=2):
        pool = ThreadPoolExecutor(max_workers + 4, "parleyrun-worker")
        made.append(Slots(pool, max_workers))
        return made[-1]

    yield make
    for slots in made:
        slots.close(wait=True)


def at_rest(slots):
    return slots.wait_until(lambda: slots.is_quiet, PATIENCE_SECONDS)


def test_one_after_the_other_is_done_by_one_worker_that_lingers(make_slots):
    slots, threads = make_slots(), []
    for _ in range(20):
        slots.queue(Once(lambda: threads.append(threading.current_thread())))
        assert at_rest(slots)
    assert len(threads) == 20
    assert len(set(threads)) == 1


def test_a_worker_that_lingered_in_vain_is_replaced_by_another(make_slots, monkeypatch):
    monkeypatch.setattr(slots_module, "LINGER_SECONDS", 0.0)
    slots, done = make_slots(), []
    for number in range(50):
        slots.queue(Once(lambda number=number: done.append(number)))
        assert at_rest(slots)
        time.sleep(0)
    assert done == list(range(50))


def test_work_that_comes_while_workers_give_up_lingering_is_never_left(make_slots, monkeypatch):
    monkeypatch.setattr(slots_module, "LINGER_SECONDS", 0.0002)
    slots, done = make_slots(max_workers=3), []
    threads = [
        threading.Thread(
            target=lambda: [(slots.queue(Once(lambda: done.append(1))), time.sleep(0.0002)) for _ in range(300)]
        )
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert at_rest(slots)
    assert len(done) == 900


def test_many_at_once_are_done_by_as_many_workers_as_there_are_slots(make_slots):
    slots = make_slots(max_workers=3)
    together = threading.Barrier(3, timeout=PATIENCE_SECONDS)
    slots.queue_all([Once(together.wait) for _ in range(6)])
    assert at_rest(slots)
    assert not together.broken
    assert slots.steps == 6


def test_nobody_at_all_wakes_nobody(make_slots):
    slots = make_slots()
    slots.queue_all([])
    assert slots.is_quiet
    assert slots.steps == 0


def test_a_thread_that_gives_its_slot_up_lets_another_work(make_slots):
    slots = make_slots(max_workers=1)
    other_done = threading.Event()

    def waits():
        slots.queue(Once(other_done.set))
        slots.give_up()
        assert other_done.wait(PATIENCE_SECONDS)
        granted.wait(PATIENCE_SECONDS)

    granted = threading.Event()

    class Waiting:
        """Steps once on a worker's thread, which then waits; the second step grants it a slot."""

        first = True

        def step(self):
            if self.first:
                self.first = False
                waits()
                return False
            granted.set()
            return True

    waiting = Waiting()
    slots.queue(waiting)
    assert other_done.wait(PATIENCE_SECONDS)
    slots.queue(waiting)
    assert at_rest(slots)


def test_where_the_system_gives_no_more_threads_those_there_are_do_all_the_work(make_slots, monkeypatch, caplog):
    slots, done = make_slots(), []
    started, may_end = threading.Event(), threading.Event()

    def holds_its_thread():
        started.set()
        may_end.wait(PATIENCE_SECONDS)

    slots.queue(Once(holds_its_thread))
    assert started.wait(PATIENCE_SECONDS)

    def no_thread(_thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(slots_module, "LINGER_SECONDS", 0.0)
    monkeypatch.setattr(threading.Thread, "start", no_thread)
    for number in range(3):
        slots.queue(Once(lambda number=number: done.append(number)))
    may_end.set()
    assert at_rest(slots)
    assert done == [0, 1, 2]
    assert caplog.text.count("the system gives no more threads") == 1


def test_a_step_that_fails_costs_no_slot(make_slots, caplog):
    slots, done = make_slots(max_workers=1), []
    slots.queue(Once(lambda: 1 / 0))
    slots.queue(Once(lambda: done.append(1)))
    assert at_rest(slots)
    assert done == [1]
    assert "a step failed that must not fail" in caplog.text


def test_closing_sends_lingering_workers_home_at_once(make_slots, monkeypatch):
    monkeypatch.setattr(slots_module, "LINGER_SECONDS", 2 * PATIENCE_SECONDS)
    slots = make_slots(max_workers=3)
    together = threading.Barrier(3, timeout=PATIENCE_SECONDS)
    slots.queue_all([Once(together.wait) for _ in range(3)])
    assert at_rest(slots)
    before = time.monotonic()
    slots.close(wait=True)
    assert time.monotonic() - before < PATIENCE_SECONDS


def lingering_at_hand(slots, workers):
    """Have as many workers linger, and return their threads."""
    together = threading.Barrier(workers, timeout=PATIENCE_SECONDS)
    threads = []

    def meet():
        together.wait()
        threads.append(threading.current_thread())

    slots.queue_all([Once(meet) for _ in range(workers)])
    assert at_rest(slots)
    assert len(set(threads)) == workers
    return threads


def test_a_burst_of_short_steps_is_worked_off_by_one_worker(make_slots, monkeypatch):
    monkeypatch.setattr(slots_module, "GUARD_SECONDS", PATIENCE_SECONDS)
    slots, threads = make_slots(max_workers=3), []
    lingering_at_hand(slots, 3)
    for _ in range(3):
        slots.queue_all([Once(lambda: threads.append(threading.current_thread())) for _ in range(200)])
        assert at_rest(slots)
        assert len(threads) == 200
        assert len(set(threads)) == 1
        threads.clear()


def test_a_burst_whose_first_step_is_held_up_goes_on_with_the_worker_that_stands_guard(make_slots):
    slots, go_on = make_slots(max_workers=3), threading.Event()
    lingering_at_hand(slots, 3)
    held_up = threading.Event()
    outcomes = []

    def waits():
        held_up.set()
        outcomes.append(go_on.wait(PATIENCE_SECONDS))

    slots.queue_all([Once(waits), Once(go_on.set)])
    assert at_rest(slots)
    assert outcomes == [True]


def test_what_is_queued_while_somebody_stands_guard_waits_for_no_burst_to_end(make_slots):
    slots, go_on, held_up = make_slots(max_workers=3), threading.Event(), threading.Event()
    lingering_at_hand(slots, 3)
    outcomes = []

    def waits():
        held_up.set()
        outcomes.append(go_on.wait(PATIENCE_SECONDS))

    slots.queue_all([Once(lambda: None), Once(waits)])
    assert held_up.wait(PATIENCE_SECONDS)
    slots.queue(Once(go_on.set))
    assert at_rest(slots)
    assert outcomes == [True]


def test_after_a_burst_stood_still_workers_call_each_other_at_once(make_slots, monkeypatch):
    monkeypatch.setattr(slots_module, "EAGER_SECONDS", PATIENCE_SECONDS * 10)
    slots, go_on = make_slots(max_workers=3), threading.Event()
    lingering_at_hand(slots, 3)
    slots.queue_all([Once(lambda: go_on.wait(PATIENCE_SECONDS)), Once(go_on.set)])
    assert at_rest(slots)
    monkeypatch.setattr(slots_module, "GUARD_SECONDS", PATIENCE_SECONDS * 10)
    lingering_at_hand(slots, 3)


def test_who_stands_guard_leaves_with_the_others_when_the_slots_close(make_slots, monkeypatch):
    monkeypatch.setattr(slots_module, "GUARD_SECONDS", PATIENCE_SECONDS * 10)
    slots = make_slots(max_workers=2)
    threads = lingering_at_hand(slots, 2)
    slots.queue_all([Once(lambda: None) for _ in range(100)])
    assert at_rest(slots)
    slots.close(wait=True)
    assert not any(thread.is_alive() for thread in threads)
