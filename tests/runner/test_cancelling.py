"""A run's future before and after the run has begun."""

import threading
from concurrent.futures import CancelledError, wait

import pytest
from runner_table import PATIENCE_SECONDS, Echo, Quiet, keeping


@pytest.fixture
def busy_table(make_table):
    """A table whose only slot is taken until `go_on` is set."""
    table = make_table(max_workers=1)
    table.go_on = threading.Event()
    began = threading.Event()
    table.runner.call(lambda: (began.set(), table.go_on.wait(PATIENCE_SECONDS)))
    assert began.wait(PATIENCE_SECONDS)
    yield table
    table.go_on.set()


def test_a_run_is_running_from_when_its_world_is_built(busy_table):
    seen = []

    def build(agents):
        seen.append(future.running())
        return Echo(agents)

    future, _, _ = busy_table.launch(build, "ann", settle=False)
    assert not future.running()
    busy_table.go_on.set()
    busy_table.settle()
    assert seen == [True]
    assert future.running()
    busy_table.says("ann", "bye")
    assert not future.running()


def test_a_run_that_has_not_begun_can_be_cancelled_and_never_runs(busy_table):
    worlds, told = [], []
    future, (ann,), _ = busy_table.launch(keeping(Quiet, worlds), "ann", settle=False)
    future.add_done_callback(told.append)
    busy_table.says("ann", "anybody there?", settle=False)
    assert future.cancel()
    assert told == [future]
    busy_table.go_on.set()
    busy_table.settle()
    assert worlds == []
    assert future.cancelled()
    with pytest.raises(CancelledError):
        future.result(0)
    outcome = busy_table.turns[-1].outcome
    assert (outcome.kind, outcome.reason, outcome.forced) == ("stopped", "it was cancelled before it began", True)
    assert len(busy_table.runner) == 0
    assert [message.text for message in ann.mailbox.unread()] == ["anybody there?"]


def test_those_who_wait_for_several_futures_are_told_of_a_cancelled_one(busy_table):
    future, _, _ = busy_table.launch(Quiet, "ann", settle=False)
    future.cancel()
    busy_table.go_on.set()
    assert wait([future], PATIENCE_SECONDS).done == {future}


def test_a_run_that_has_begun_cannot_be_cancelled(table):
    future, _, _ = table.launch(Echo, "ann")
    assert not future.cancel()
    table.says("ann", "hello", "bye")
    assert future.result(0).kind == "finished"
    assert not future.cancel()


def test_a_run_that_was_stopped_before_it_began_has_an_outcome(busy_table):
    future, _, _ = busy_table.launch(Quiet, "ann", settle=False)
    busy_table.runner.close(timeout_seconds=0)
    busy_table.go_on.set()
    assert future.result(PATIENCE_SECONDS).reason == "the service shuts down"


def test_cancelling_and_beginning_at_the_same_moment_is_one_or_the_other(make_table):
    table = make_table(max_workers=2)
    ends = {"cancelled": 0, "finished": 0}

    class Over(Quiet):
        def parley(self):
            self.done = True

    for number in range(300):
        worlds = []
        future, _, _ = table.launch(keeping(Over, worlds), f"p{number}", settle=False)
        cancelled = future.cancel()
        table.settle()
        assert future.cancelled() == cancelled
        assert worlds == [] if cancelled else future.result(0).kind == "finished"
        ends["cancelled" if cancelled else "finished"] += 1
    assert ends["cancelled"] > 0
