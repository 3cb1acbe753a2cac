"""Models that think: their runs hold no slot meanwhile, and others go on."""

import threading

import pytest
from runner_table import PATIENCE_SECONDS, Echo

from parleyrun import World
from parleyrun.core.thinking import think
from parleyrun.runner.turn import Outcome


class Slow:
    """A model that answers when it is let go."""

    def __init__(self):
        self.go_on = threading.Event()
        self.asked = threading.Semaphore(0)
        self.thoughts = []

    def answer(self, thinking):
        self.thoughts.append(thinking)
        self.asked.release()
        assert self.go_on.wait(PATIENCE_SECONDS)
        return "42"

    def await_asked(self, times=1):
        for _ in range(times):
            assert self.asked.acquire(timeout=PATIENCE_SECONDS)


def asking(model):
    """A world that hands what its person says to a model, and then its answer to the person."""

    class Asking(World):
        done = False

        def __init__(self, agents):
            super().__init__({}, agents)

        def parley(self):
            act = self.agents[0].act()
            if act is not None:
                self.agents[0].observe({"text": "let me think"})
                self.agents[0].observe({"text": think(model.answer)})
                self.done = act["text"] == "bye"

        def episode_done(self):
            return self.done

    return Asking


@pytest.fixture
def model():
    model = Slow()
    yield model
    model.go_on.set()


def said_to(table, who):
    return [
        said.message.text for turn in table.turns for said in turn.said if said.participant_id == f"memory:{who}"
    ]


def test_forty_models_think_and_two_slots_are_free_for_people(make_table, model):
    table = make_table(max_workers=2)
    for number in range(40):
        table.launch(asking(model), f"person{number}")
    table.launch(Echo, "ann")
    for number in range(40):
        table.says(f"person{number}", "what is it?", settle=False)
    model.await_asked(40)
    spoke = threading.Event()
    table.on_commit = lambda turn: any(said.participant_id == "memory:ann" for said in turn.said) and spoke.set()
    table.says("ann", "hello", settle=False)
    assert spoke.wait(PATIENCE_SECONDS)
    model.go_on.set()
    table.settle()
    assert all(said_to(table, f"person{number}") == ["let me think", "42"] for number in range(40))


def test_what_was_said_before_is_out_before_the_model_answers(make_table, model):
    table = make_table()
    table.launch(asking(model), "ann")
    out = threading.Event()
    table.on_commit = lambda _turn: out.set() if said_to(table, "ann") else None
    table.says("ann", "hi", settle=False)
    assert out.wait(PATIENCE_SECONDS)
    assert said_to(table, "ann") == ["let me think"]


def test_settling_waits_for_the_answer(make_table, model):
    table = make_table()
    table.launch(asking(model), "ann")
    table.says("ann", "hi", settle=False)
    model.await_asked()
    assert not table.runner.wait_quiet(0.01)
    model.go_on.set()
    table.settle()
    assert said_to(table, "ann")[-1] == "42"


def test_a_wait_that_only_time_ends_is_rest(make_table):
    table = make_table()

    class Model:
        def answer(self, thinking):
            thinking.wait(3.0, table.timers.call_later)
            return "at last"

    table.launch(asking(Model()), "ann")
    table.says("ann", "hi")
    assert said_to(table, "ann") == ["let me think"]
    table.advance(3.0)
    assert said_to(table, "ann")[-1] == "at last"


def test_who_writes_meanwhile_is_heard_afterwards(make_table, model):
    table = make_table()
    table.launch(asking(model), "ann")
    table.says("ann", "one", settle=False)
    model.await_asked()
    table.says("ann", "two", settle=False)
    model.go_on.set()
    table.settle()
    assert said_to(table, "ann") == ["let me think", "42"] * 2


def test_a_run_that_is_stopped_does_not_wait_for_its_model(make_table, model):
    table = make_table()
    future, _, uid = table.launch(asking(model), "ann")
    table.says("ann", "hi", settle=False)
    model.await_asked()
    table.runner.stop(uid, Outcome("stopped", "enough"))
    assert future.result(PATIENCE_SECONDS).reason == "enough"
    assert model.thoughts[0].is_over()
    model.go_on.set()
    table.settle()


def test_a_run_that_is_stopped_ends_such_a_wait(make_table):
    table = make_table()
    woke = threading.Event()

    class Model:
        def answer(self, thinking):
            thinking.wait(3.0, table.timers.call_later)
            woke.set()

    _, _, uid = table.launch(asking(Model()), "ann")
    table.says("ann", "hi")
    table.runner.stop(uid, Outcome("stopped", "enough"))
    assert woke.wait(PATIENCE_SECONDS)
    table.settle()


def test_what_a_thought_thinks_about_belongs_to_it(make_table):
    """So that it ends with it, and waits at rest as it does."""
    table = make_table()
    woke = []

    class Model:
        def answer(self, thinking):
            think(lambda inner: inner.wait(3.0, table.timers.call_later))
            woke.append(think(lambda inner: inner) is thinking)
            return "at last"

    table.launch(asking(Model()), "ann")
    table.says("ann", "hi")
    assert woke == []
    table.advance(3.0)
    assert (woke, said_to(table, "ann")[-1]) == ([True], "at last")


def test_what_the_model_raises_is_raised_in_the_world(make_table):
    table = make_table()

    class Broken:
        def answer(self, _thinking):
            raise ValueError("no idea")

    future, _, _ = table.launch(asking(Broken()), "ann")
    table.says("ann", "hi")
    with pytest.raises(ValueError, match="no idea"):
        future.result(0)


def test_closing_does_not_wait_for_a_model(make_table, model):
    table = make_table()
    table.launch(asking(model), "ann")
    table.says("ann", "hi", settle=False)
    model.await_asked()
    assert table.runner.close(PATIENCE_SECONDS) == []


def test_outside_of_a_run_it_is_just_done():
    assert think(lambda thinking: thinking.is_over()) is False


def test_a_piece_of_author_code_after_a_run_is_in_no_run(make_table, model):
    """The thread that stepped a run last must not take it for the run that a hook thinks in."""
    table = make_table(max_workers=1)
    table.launch(Echo, "ann")
    table.says("ann", "hello")
    threads = []
    table.runner.call(
        lambda: threads.append(think(lambda _: threading.current_thread()) is threading.current_thread())
    )
    table.settle()
    assert threads == [True]
