"""Stopping runs in each of their states, and closing the runner."""

import threading
import time
from functools import partial

import pytest
from runner_table import PATIENCE_SECONDS, Echo, Quiet, Table, keeping

from parleyrun import RunStopped
from parleyrun.runner.run import FAIR_PARLEYS
from parleyrun.runner.turn import Outcome

WHY = Outcome("stopped", "for a test")


class Guarded(Quiet):
    """Author code that guards `act()` against everything it has heard of."""

    def parley(self):
        try:
            self.agents[0].act_blocking()
        except Exception as error:
            self.caught = error


def test_stopping_a_parked_run_ends_it_at_once(table):
    worlds = []
    future, _, uid = table.launch(keeping(Quiet, worlds), "ann")
    table.runner.stop(uid, WHY)
    table.settle()
    assert (future.result(0).kind, future.result(0).forced) == ("stopped", True)
    assert worlds[0].shutdowns == 1
    assert len(table.runner) == 0


def test_stopping_a_run_that_waits_inside_parley_passes_except_exception(table):
    worlds = []
    future, _, uid = table.launch(keeping(Guarded, worlds), "ann")
    assert table.runner.blocked == 1
    table.runner.stop(uid, WHY)
    table.settle()
    assert future.result(0).reason == "for a test"
    assert not hasattr(worlds[0], "caught")
    assert table.runner.blocked == 0


def test_stopping_a_run_that_has_not_begun_never_builds_its_world(make_table):
    table = make_table(max_workers=1)
    go_on, worlds = threading.Event(), []
    table.runner.call(lambda: go_on.wait(PATIENCE_SECONDS))
    future, _, uid = table.launch(keeping(Quiet, worlds), "ann", settle=False)
    table.runner.stop(uid, WHY)
    go_on.set()
    table.settle()
    assert future.result(0).kind == "stopped"
    assert worlds == []


def test_stopping_a_run_that_executes_ends_it_when_it_next_acts_or_returns(table):
    began, go_on = threading.Event(), threading.Event()

    class Busy(Quiet):
        def parley(self):
            began.set()
            go_on.wait(PATIENCE_SECONDS)
            self.agents[0].act()
            self.agents[0].observe({"text": "never said"})

    future, _, uid = table.launch(Busy, "ann", settle=False)
    assert began.wait(PATIENCE_SECONDS)
    table.runner.stop(uid, WHY)
    assert not future.done()
    go_on.set()
    table.settle()
    assert future.result(0).kind == "stopped"
    assert table.heard("ann") == []


def test_a_sleeping_overworld_is_stopped_without_being_woken_up_by_its_author_code(table):
    woken = []

    class Menu(Quiet):
        def return_overworld(self):
            woken.append(self)

        def parley(self):
            act = self.agents[0].act()
            return act and act["text"]

    future, _, uid = table.launch_overworld(Menu, "ann", lambda value: None)
    table.says("ann", "chat")
    table.runner.stop(uid, WHY)
    table.settle()
    assert future.result(0).kind == "stopped"
    assert woken == []


def test_the_first_reason_for_stopping_counts_and_a_run_that_is_over_stays_as_it_is(table):
    future, _, uid = table.launch(Echo, "ann")
    table.says("ann", "bye")
    table.runner.stop(uid, WHY)
    table.runner.stop("unknown", WHY)
    assert future.result(0).kind == "finished"


def test_a_run_that_talks_without_end_can_be_stopped(table):
    class Talker(Quiet):
        def parley(self):
            self.agents[0].observe({"text": "blah"})

    future, _, uid = table.launch(Talker, "ann", settle=False)
    table.runner.stop(uid, WHY)
    table.settle()
    assert future.result(0).kind == "stopped"


def test_a_stop_that_comes_while_a_talker_makes_room_needs_no_tick(table):
    """The clock stands still here: a stop that waited for a tick would never happen."""

    class Talker(Quiet):
        def parley(self):
            self.parleys += 1
            self.agents[0].observe({"text": str(self.parleys)})

    def stop_at_the_last_word(turn):
        if turn.said and turn.said[-1].message.text == str(FAIR_PARLEYS):
            table.runner.stop(turn.run.uid, WHY)

    table.on_commit = stop_at_the_last_word
    future, _, _ = table.launch(Talker, "ann")
    assert future.result(0).kind == "stopped"


def test_a_world_that_raises_run_stopped_itself_is_stopped(table):
    class Resigns(Quiet):
        def parley(self):
            raise RunStopped

    future, _, _ = table.launch(Resigns, "ann")
    assert future.result(0).kind == "stopped"
    assert "raised RunStopped itself" in future.result(0).reason


def test_cleaning_up_after_a_stop_may_still_say_goodbye(table):
    class Tidy(Quiet):
        def parley(self):
            try:
                self.agents[0].act_blocking()
            finally:
                self.agents[0].observe({"text": "we have to stop here"})

    _, _, uid = table.launch(Tidy, "ann")
    table.runner.stop(uid, WHY)
    table.settle()
    assert table.heard("ann") == ["we have to stop here"]


@pytest.mark.parametrize("world", [Quiet, Guarded, Echo])
def test_closing_stops_every_run_there_is(world):
    table = Table()
    futures = [table.launch(world, f"p{number}")[0] for number in range(50)]
    assert table.runner.close(5) == []
    assert {future.result(0).reason for future in futures} == {"the service shuts down"}
    assert len(table.runner) == table.runner.blocked == 0


def test_author_code_that_will_not_stop_is_named_and_does_not_hold_up_the_others():
    table = Table()
    go_on = threading.Event()

    class Stubborn(Quiet):
        def parley(self):
            go_on.wait(PATIENCE_SECONDS)

    table.launch(Stubborn, "ann", settle=False)
    other, _, _ = table.launch(Guarded, "bob", settle=False)
    stuck = table.runner.close(timeout_seconds=0.1)
    assert [str(run) for run in stuck] == ["task/t_1 (Stubborn)"]
    assert other.result(PATIENCE_SECONDS).kind == "stopped"
    go_on.set()
    table.settle()


def test_hurrying_ends_the_wait_for_stubborn_author_code(monkeypatch):
    monkeypatch.setattr("parleyrun.runner.runner.HURRIED_SECONDS", 0.05)
    table = Table()
    go_on = threading.Event()

    class Stubborn(Quiet):
        def parley(self):
            go_on.wait(PATIENCE_SECONDS)

    table.launch(Stubborn, "ann", settle=False)
    table.runner.hurry()
    began = time.monotonic()
    assert [run.world for run in table.runner.close(timeout_seconds=60)] == ["Stubborn"]
    assert time.monotonic() - began < 5
    go_on.set()
    table.settle()


def test_stops_that_come_at_any_moment_end_every_run_without_the_help_of_a_clock(make_table):
    """Mail, sleep, calling back and stopping all meet, on as many threads; the clock stands still."""
    table = make_table(max_workers=4)
    words = ("hello", "sleep", "hello", "bye")

    class Menu(Quiet):
        def return_overworld(self):
            self.agents[0].observe({"text": "back"})

        def parley(self):
            act = self.agents[0].act()
            if act is not None:
                self.agents[0].observe({"text": act["text"]})
                return act["text"] if act["text"] == "sleep" else None
            return None

    class Asking(Quiet):
        def parley(self):
            answer = None
            while answer is None:
                answer = self.agents[0].act()
            self.agents[0].observe({"text": answer["text"]})

    runs = []
    for number in range(120):
        name = f"p{number}"
        if number % 3 == 0:
            seat = table.seat(name)
            identity = table.identity()
            build = partial(Menu, [seat])
            future = table.runner.launch(identity, build, [seat], on_value=lambda value: None)
            runs.append((name, future, identity.uid))
        else:
            future, _, uid = table.launch((Asking, Echo)[number % 3 - 1], name, settle=False)
            runs.append((name, future, uid))
    start = threading.Barrier(4)

    def write():
        start.wait()
        for word in words:
            for name, _, _ in runs:
                table.says(name, word, settle=False)

    def wake():
        start.wait()
        for _ in range(4):
            for _, _, uid in runs:
                table.runner.return_overworld(uid)

    def stop(picked):
        start.wait()
        for _, _, uid in picked:
            table.runner.stop(uid, WHY)

    work = [write, wake, partial(stop, runs[::2]), partial(stop, runs[1::2])]
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    table.settle()
    assert {future.result(PATIENCE_SECONDS).kind for _, future, _ in runs} <= {"stopped", "finished"}
    assert len(table.runner) == table.runner.blocked == 0
