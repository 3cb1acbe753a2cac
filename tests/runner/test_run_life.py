"""The life of a run: built, stepped, parked, ticked, blocked, over. And how runs share the slots."""

import threading
from itertools import pairwise

import pytest
from runner_table import PATIENCE_SECONDS, Echo, Quiet, keeping

from parleyrun.errors import RunnerClosed
from parleyrun.runner import thread_budget
from parleyrun.runner.run import FAIR_PARLEYS, Run
from parleyrun.runner.run_state import RunState
from parleyrun.runner.thread_budget import ThreadBudget, ThreadTicket
from parleyrun.runner.turn import Outcome

Stopped = Outcome("stopped", "for a test")


class Watch(Quiet):
    """Notes when it is looked at, and reads mail."""

    def __init__(self, agents):
        super().__init__(agents)
        self.looks = []

    def parley(self):
        self.looks.append(self.timers.monotonic())
        self.agents[0].act()


def watched(table):
    """Launch a `Watch`; return a function that gives the pauses between its looks since it was last asked."""
    worlds = []
    table.launch(keeping(type("Watch", (Watch,), {"timers": table.timers}), worlds), "ann")

    def pauses():
        looks, worlds[0].looks = worlds[0].looks, worlds[0].looks[-1:]
        return [round(b - a, 3) for a, b in pairwise(looks)]

    return pauses


def test_a_finished_world_is_a_finished_future_with_its_data_and_is_shut_down_once(table):
    worlds = []
    future, _, _ = table.launch(keeping(Echo, worlds), "ann")
    worlds[0].data = {"answers": 3}
    assert not future.done()
    table.says("ann", "hello", "bye")
    outcome = future.result(0)
    assert (outcome.kind, outcome.data, outcome.forced) == ("finished", {"answers": 3}, False)
    assert table.heard("ann") == ["hello", "bye"]
    assert worlds[0].shutdowns == 1
    assert len(table.runner) == 0


def test_a_world_without_any_data_is_not_taken_for_one_that_turns_people_away(table):
    future, _, _ = table.launch(Echo, "ann")
    table.says("ann", "bye")
    assert future.result(0).data == {}


def test_parley_is_called_again_while_there_is_progress_and_then_parks(table):
    worlds = []
    table.launch(keeping(Echo, worlds), "ann")
    assert worlds[0].parleys == 1
    table.says("ann", "one")
    assert worlds[0].parleys == 3  # the one that read it, and the one in which nothing happened


def test_ticks_start_at_a_third_of_a_second_and_back_off_to_tick_seconds(make_table):
    table = make_table(tick_seconds=5.0)
    pauses = watched(table)
    table.advance(40)
    assert pauses() == pytest.approx([0.3, 0.6, 1.2, 2.4, 4.8, 5, 5, 5, 5, 5], abs=0.21)


def test_mail_resets_the_ticks(make_table):
    table = make_table(tick_seconds=5.0)
    pauses = watched(table)
    table.advance(40)
    table.says("ann", "hello")
    pauses()
    table.advance(3)
    assert pauses() == pytest.approx([0.3, 0.6, 1.2], abs=0.11)


def test_a_tick_that_mail_made_needless_does_not_come(table):
    pauses = watched(table)
    for _ in range(5):
        table.advance(0.25)
        pauses()
        table.says("ann", "hello")
    pauses()
    table.advance(0.29)
    assert pauses() == []


def test_worlds_that_a_tick_wakes_together_step_together_as_far_as_there_are_slots(make_table):
    table = make_table(max_workers=3)
    together = threading.Barrier(3, timeout=PATIENCE_SECONDS)

    class Meets(Quiet):
        def parley(self):
            self.parleys += 1
            if self.parleys == 2:
                together.wait()
                self.done = True

    futures = [table.launch(Meets, f"p{number}")[0] for number in range(3)]
    table.advance(0.5)
    assert [future.result(0).kind for future in futures] == ["finished"] * 3


def test_a_tick_is_never_much_longer_than_asked_for(make_table):
    table = make_table(tick_seconds=0.05)
    pauses = watched(table)
    table.advance(3)
    assert max(pauses()) <= 0.16


def test_a_world_may_watch_a_clock_of_its_own(table):
    class Countdown(Quiet):
        def parley(self):
            if table.timers.monotonic() >= self.until:
                self.agents[0].observe({"text": "time is up"})
                self.done = True

    Countdown.until = table.timers.monotonic() + 60
    future, _, _ = table.launch(Countdown, "ann")
    table.advance(59)
    assert not future.done()
    table.advance(7)
    assert future.result(0).kind == "finished"


def test_with_one_slot_a_world_that_always_makes_progress_does_not_starve_the_others(make_table):
    table = make_table(max_workers=1)
    stop = threading.Event()

    class Endless(Quiet):
        """Reads and answers without end: the person's words are put back as fast as they are read."""

        def parley(self):
            self.parleys += 1
            self.agents[0].act()
            if not stop.is_set():
                table.says("endless", "more", settle=False)
                self.agents[0].observe({"text": "more"})

    worlds = []
    table.launch(keeping(Endless, worlds), "endless", settle=False)
    table.launch(Echo, "ann", settle=False)
    heard = threading.Event()
    table.on_commit = lambda turn: any(said.participant_id == "memory:ann" for said in turn.said) and heard.set()
    table.says("ann", "is anybody there?", settle=False)
    assert heard.wait(PATIENCE_SECONDS)
    stop.set()
    table.settle()
    assert worlds[0].parleys > FAIR_PARLEYS


def test_a_world_that_only_talks_is_paused(table):
    class Talker(Quiet):
        def parley(self):
            self.parleys += 1
            self.agents[0].observe({"text": str(self.parleys)})

    table.launch(Talker, "ann")
    assert len(table.heard("ann")) == FAIR_PARLEYS
    table.advance(0.45)
    assert len(table.heard("ann")) == 2 * FAIR_PARLEYS


def test_one_slot_carries_many_worlds_that_wait_in_and_between_parleys(make_table):
    table = make_table(max_workers=1, max_threads=300)

    class Blocking(Quiet):
        def parley(self):
            self.agents[0].observe({"text": self.agents[0].act_blocking()["text"]})

    for number in range(60):
        table.launch(Blocking, f"b{number}", settle=False)
        table.launch(Echo, f"e{number}", settle=False)
    table.settle()
    assert table.runner.blocked == 60
    for number in range(60):
        table.says(f"b{number}", "hi", settle=False)
        table.says(f"e{number}", "hi", settle=False)
    table.settle()
    assert all(table.heard(f"{kind}{number}") == ["hi"] for kind in "be" for number in range(60))
    assert table.runner.blocked == 60


class Blocking(Quiet):
    """Says what it hears, and waits for it inside `parley()`."""

    def parley(self):
        act = self.agents[0].act_blocking()
        self.done = act["text"] == "bye"
        self.agents[0].observe({"text": act["text"]})


def test_more_worlds_than_threads_wait_to_begin_and_none_of_them_fails(make_table, monkeypatch):
    monkeypatch.setattr(thread_budget, "LEAST_RESERVE", 1)
    table = make_table(max_workers=2, max_threads=2)
    launched = {name: table.launch(Blocking, name) for name in ("ann", "bob", "cyd", "dan", "eve")}
    futures = {name: future for name, (future, _, _) in launched.items()}
    table.says("dan", "too early")
    assert (table.runner.blocked, table.heard("dan")) == (3, [])
    assert not table.runner.has_room
    table.says("ann", "bye")
    assert futures["ann"].result(0).kind == "finished"
    assert (table.runner.blocked, table.heard("dan")) == (3, ["too early"])
    # What stands in line can be stopped.
    table.runner.stop(launched["eve"][2], Stopped)
    table.settle()
    assert futures["eve"].result(0).kind == "stopped"
    for name in ("bob", "cyd", "dan"):
        table.says(name, "bye")
    assert all(future.done() for future in futures.values())
    assert table.runner.blocked == 0
    assert table.runner.has_room


def test_a_run_that_has_begun_is_never_refused_a_thread(make_table, monkeypatch):
    monkeypatch.setattr(thread_budget, "LEAST_RESERVE", 0)
    table = make_table(max_workers=1, max_threads=1)

    class BlocksLater(Blocking):
        def parley(self):
            if self.agents[0].act() is not None:
                super().parley()

    for name in ("ann", "bob", "cyd"):
        table.launch(BlocksLater, name)
    for name in ("ann", "bob", "cyd"):
        table.says(name, "now")
    assert table.runner.blocked == 3
    for name in ("ann", "bob", "cyd"):
        table.says(name, "fine")
        assert table.heard(name) == ["fine"]


def test_more_than_max_workers_never_execute_at_the_same_moment(make_table):
    table = make_table(max_workers=3)
    lock, now, most = threading.Lock(), 0, 0
    gate = threading.Semaphore(0)

    class Busy(Quiet):
        def parley(self):
            nonlocal now, most
            with lock:
                now += 1
                most = max(most, now)
                if now == 3:
                    gate.release(100)
            gate.acquire(timeout=PATIENCE_SECONDS)
            with lock:
                now -= 1
            self.done = True

    futures = [table.launch(Busy, f"p{number}", settle=False)[0] for number in range(30)]
    for future in futures:
        assert future.result(PATIENCE_SECONDS).kind == "finished"
    table.settle()
    assert most == 3


class TestOverworlds:
    """An overworld falls asleep when it has sent its person elsewhere, and wakes when it is called back."""

    class Menu(Quiet):
        def __init__(self, agents):
            super().__init__(agents)
            self.returns = 0

        def return_overworld(self):
            self.returns += 1
            self.agents[0].observe({"text": "welcome back"})

        def parley(self):
            act = self.agents[0].act()
            return act and act["text"]

    def test_a_value_sends_it_to_sleep_and_calling_back_wakes_it(self, table):
        values, worlds = [], []
        future, _, uid = table.launch_overworld(keeping(self.Menu, worlds), "ann", values.append)
        table.says("ann", "chat", "said ahead")
        assert values == ["chat"]
        assert len(table._mailboxes["ann"]) == 1  # what is said ahead waits for the next world
        table.advance(100)
        assert not future.done()
        assert table.runner.return_overworld(uid)
        table.settle()
        assert values == ["chat", "said ahead"]
        assert worlds[0].returns == 1
        assert table.heard("ann") == ["welcome back"]

    def test_one_that_is_awake_or_over_or_unknown_cannot_be_called_back(self, table):
        _, _, uid = table.launch_overworld(self.Menu, "ann", lambda value: None)
        assert not table.runner.return_overworld(uid)
        assert not table.runner.return_overworld("unknown")
        table.says("ann", "chat")
        table.runner.stop(uid, Stopped)
        assert not table.runner.return_overworld(uid)

    def test_a_stop_that_comes_while_it_falls_asleep_is_not_slept_through(self, table):
        class Leaving(self.Menu):
            def parley(self):
                act = self.agents[0].act()
                if act is not None:
                    self.agents[0].observe({"text": "one moment"})
                return act and act["text"]

        future, _, uid = table.launch_overworld(Leaving, "ann", lambda value: None)
        # The commit of its last words is the moment between parley() and sleep.
        table.on_commit = lambda turn: table.runner.stop(uid, Stopped)
        table.says("ann", "chat")
        assert future.done()
        assert len(table.runner) == 0


def test_a_closed_runner_refuses_new_runs(make_table):
    table = make_table()
    table.runner.close()
    with pytest.raises(RunnerClosed, match="is closed"):
        table.launch(Quiet, "ann")
    table.runner.close()  # twice is harmless


def test_a_step_that_is_late_lets_go_of_nothing_before_another_thread_has_taken_the_last_turn(
    monkeypatch, make_table
):
    table = make_table(max_workers=2)
    settle, done, step = ThreadTicket.settle, RunState.done, Run.step
    rests, is_done, late_is_over = threading.Event(), threading.Event(), threading.Event()
    late = []

    def late_settle(ticket):
        if not late:
            late.append(threading.get_ident())
            rests.set()
            assert is_done.wait(PATIENCE_SECONDS)
        settle(ticket)

    def slow_done(state):
        done(state)
        is_done.set()
        assert late_is_over.wait(PATIENCE_SECONDS)

    def watched_step(run):
        try:
            return step(run)
        finally:
            if threading.get_ident() in late:
                late_is_over.set()

    monkeypatch.setattr(ThreadTicket, "settle", late_settle)
    monkeypatch.setattr(RunState, "done", slow_done)
    monkeypatch.setattr(Run, "step", watched_step)
    future, seats, _ = table.launch(Echo, "ann", "bob", settle=False)
    assert rests.wait(PATIENCE_SECONDS)
    partners = []
    table.on_commit = lambda turn: partners.append([len(seat.message_partners) for seat in seats])
    table.says("ann", "bye", settle=False)
    assert future.result(PATIENCE_SECONDS).kind == "finished"
    assert partners[-1] == [1, 1]


def test_a_promise_that_two_threads_settle_is_settled_once():
    budget = ThreadBudget(2)
    first, second = (ThreadTicket(budget, lambda: None) for _ in range(2))
    first.begin()
    second.begin()
    first.settle()
    first.settle()
    budget.hold()
    assert not budget.has_room
