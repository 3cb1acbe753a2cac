"""What author code may get wrong in a run: it is the future's exception, and nobody else's business."""

import threading

import pytest
from runner_table import PATIENCE_SECONDS, Echo, Quiet

from parleyrun.errors import WorldError


class TestFailures:
    """A failure in author code is the future's exception, and nobody else's business."""

    @pytest.mark.parametrize(
        "error", [ValueError("broken"), SystemExit(3), KeyboardInterrupt(), RuntimeError(), GeneratorExit()]
    )
    def test_whatever_a_world_raises_is_the_futures_exception(self, table, caplog, error):
        class Breaks(Quiet):
            def parley(self):
                raise error

        future, _, _ = table.launch(Breaks, "ann")
        assert future.exception(0) is error
        assert f"Breaks.parley() raised {type(error).__name__}" in caplog.text
        other, _, _ = table.launch(Echo, "bob")
        table.says("bob", "bye")
        assert other.result(0).kind == "finished"

    @pytest.mark.parametrize("method", ["episode_done", "parley"])
    def test_the_log_names_world_and_method_and_run(self, table, caplog, method):
        def breaks(self):
            raise ValueError("a reason")

        world = type("Fragile", (Quiet,), {method: breaks})
        table.launch(world, "ann")
        assert f"run task/t_1 (Fragile) failed: Fragile.{method}() raised ValueError: a reason" in caplog.text
        assert "Traceback" in caplog.text

    def test_an_error_that_cannot_even_be_printed_is_an_error_like_any_other(self, table, caplog):
        class Unspeakable(Exception):
            def __str__(self):
                raise ValueError("no words")

        class Breaks(Quiet):
            def parley(self):
                raise Unspeakable

        future, _, _ = table.launch(Breaks, "ann")
        assert isinstance(future.exception(0), Unspeakable)
        assert "Breaks.parley() raised Unspeakable (its message cannot be shown)" in caplog.text

    @pytest.mark.parametrize("made", [None, 5, object(), "a world", Quiet])
    def test_generate_world_that_returns_no_world_says_so(self, table, caplog, made):
        if made is Quiet:  # the class itself, never called: it has the methods, but they are no world's
            made = type("OnlyParley", (), {"parley": lambda self: None})()
        future, _, _ = table.launch(lambda agents: made, "ann")
        with pytest.raises(WorldError, match=r"expected a world .* from .*\.generate_world\(opt, agents\), got"):
            future.result(0)

    def test_words_said_before_the_failure_still_go_out(self, table):
        class Breaks(Quiet):
            def parley(self):
                self.agents[0].observe({"text": "famous last words"})
                raise ValueError

        table.launch(Breaks, "ann")
        assert table.heard("ann") == ["famous last words"]
        assert table.turns[-1].outcome.kind == "failed"

    @pytest.mark.parametrize("error", [ValueError("x"), SystemExit()])
    def test_a_shutdown_that_raises_changes_nothing_but_the_log(self, table, caplog, error):
        class Breaks(Echo):
            def shutdown(self):
                raise error

        future, _, _ = table.launch(Breaks, "ann")
        table.says("ann", "bye")
        assert future.result(0).kind == "finished"
        assert "shutdown() of Breaks failed" in caplog.text

    def test_a_shutdown_that_asks_somebody_does_not_hang(self, table):
        class Asks(Echo):
            def shutdown(self):
                self.agents[0].act_blocking()

        future, _, _ = table.launch(Asks, "ann")
        table.says("ann", "bye")
        assert future.result(0).kind == "finished"

    def test_a_shutdown_may_still_say_something(self, table):
        class Polite(Echo):
            def shutdown(self):
                self.agents[0].observe({"text": "farewell"})

        table.launch(Polite, "ann")
        table.says("ann", "bye")
        assert table.heard("ann")[-1] == "farewell"

    @pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
    def test_a_done_callback_that_raises_breaks_nothing(self, make_table, error):
        table = make_table(max_workers=1)

        def breaks(_future):
            raise error

        future, _, _ = table.launch(Echo, "ann")
        future.add_done_callback(breaks)
        table.says("ann", "bye")
        other, _, _ = table.launch(Echo, "bob")
        table.says("bob", "bye")
        assert other.result(0).kind == "finished"

    def test_a_record_that_cannot_be_made_fails_the_run_and_frees_its_slot(self, make_table, caplog):
        table = make_table(max_workers=1)

        def full(turn):
            if turn.run.world == "Unlucky":
                raise OSError("the disk is full")

        table.on_commit = full
        future, _, _ = table.launch(type("Unlucky", (Echo,), {}), "ann")
        table.says("ann", "hello")
        assert isinstance(future.exception(0), OSError)
        assert "could not be recorded" in caplog.text
        other, _, _ = table.launch(Echo, "bob")
        table.says("bob", "bye")
        assert other.result(0).kind == "finished"

    def test_work_that_is_handed_to_a_worker_may_raise_anything(self, make_table, caplog):
        table = make_table(max_workers=1)

        def breaks():
            raise SystemExit

        table.runner.call(breaks)
        done = threading.Event()
        table.runner.call(done.set)
        assert done.wait(PATIENCE_SECONDS)
        assert "a call on a worker thread failed" in caplog.text
