"""Examples that are asked at the same time: each once, with the same figures and files, and ended together."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from parleyrun import Agent, DialogTeacher, ModelError, ModelFailure, WorldError
from parleyrun.core.thinking import think
from parleyrun.core.worlds.world import World
from parleyrun.evaluate.evaluation import evaluate, evaluation_with_dialogues
from parleyrun.evaluate.side_by_side import SideBySideWorld

OPT = {"datatype": "valid", "metrics": "all"}


class Lengths(DialogTeacher):
    """Episodes of so many examples as `opt['lengths']` says."""

    def setup_data(self, datafile):
        for episode, length in enumerate(self.opt["lengths"]):
            for entry in range(length):
                yield {"text": f"{episode}.{entry}", "labels": [f"{entry} of {episode}", "a b c"]}, entry == 0


class MoreLengths(Lengths):
    """The same under another name."""


class Remembering(Agent):
    """Says how many it was asked in this episode, and of which; tells `asked` of each."""

    asked: Counter[str] = Counter()

    def __init__(self, opt: Mapping[str, Any] | None = None, shared: Mapping[str, Any] | None = None) -> None:
        super().__init__(opt, shared)
        self._seen = 0

    def act(self):
        text, over = self.observation["text"], self.observation["episode_done"]
        self.asked[f"{self.observation['id']} {text}"] += 1
        episode = text.partition(".")[0]
        said = f"{self._seen} of {episode}" if len(episode) % 3 else "a b"
        self._seen = 0 if over else self._seen + 1
        return {"id": self.id, "text": said}


def gone_through(lengths: list[int], tasks: list[str], datatype: str, concurrency: int) -> tuple[Any, ...]:
    Remembering.asked = Counter()
    opt = {**OPT, "task": ",".join(tasks), "datatype": datatype, "lengths": lengths}
    counts: list[Any] = []

    def watch(total, count):
        counts.append(count)
        return nullcontext()

    with TemporaryDirectory() as folder:
        saved = evaluation_with_dialogues(
            opt,
            Remembering(opt),
            tasks,
            folder=Path(folder),
            metadata_name="m",
            concurrency=concurrency,
            watch=watch,
        )
        with saved as (found, lines):
            return found.scores().as_dict(), list(lines), found.examples, counts[0](), Remembering.asked


@examples(40)
@given(
    lengths=st.lists(st.integers(1, 4), min_size=1, max_size=12),
    several=st.booleans(),
    datatype=st.sampled_from(["valid", "valid:stream", "train:evalmode"]),
    concurrency=st.integers(2, 9),
)
def test_each_example_is_asked_once_with_the_same_figures_and_dialogues(lengths, several, datatype, concurrency):
    tasks = [f"{__name__}:Lengths", *([f"{__name__}:MoreLengths"] if several else [])]
    alone = gone_through(lengths, tasks, datatype, 1)
    beside = gone_through(lengths, tasks, datatype, concurrency)
    assert beside == alone
    *_, examples, counted, asked = beside
    assert set(asked.values()) == {1}
    assert examples == counted == len(asked) == sum(lengths) * len(tasks)


class Meeting(Agent):
    """Answers only once as many have been asked as `opt['party']` says; so they are asked at the same time."""

    barrier = threading.Barrier(1)

    def act(self):
        self.barrier.wait(20)
        return {"id": self.id, "text": "a b c"}


def test_so_many_are_asked_at_the_same_time():
    Meeting.barrier = threading.Barrier(6)
    opt = {**OPT, "task": f"{__name__}:Lengths", "lengths": [2] * 12}
    found = evaluate(opt, Meeting(opt), [opt["task"]], concurrency=6)
    assert found.examples == 24


def test_no_more_copies_are_made_than_there_are_episodes():
    Meeting.barrier = threading.Barrier(2)
    opt = {**OPT, "task": f"{__name__}:Lengths", "lengths": [3, 3]}
    assert evaluate(opt, Meeting(opt), [opt["task"]], concurrency=4096).examples == 6


class Failing(Agent):
    """Waits until nobody waits for it any more, but for the one that is asked about episode 2, which fails."""

    stopped: list[str] = []
    waiting = threading.Semaphore(0)

    def act(self):
        text = self.observation["text"]
        if text == "2.0":
            for _ in range(3):
                assert self.waiting.acquire(timeout=20)
            raise RuntimeError("no weights")
        self.waiting.release()
        think(lambda thinking: thinking.wait(3600, lambda *_: None))
        self.stopped.append(text)
        raise ModelError("nobody waits", ModelFailure.CUT)


def test_an_error_in_one_ends_all_at_once_and_is_the_one_that_is_told():
    Failing.stopped, Failing.waiting = [], threading.Semaphore(0)
    opt = {**OPT, "task": f"{__name__}:Lengths", "lengths": [1] * 20}
    with pytest.raises(RuntimeError, match="no weights"):
        evaluate(opt, Failing(opt), [opt["task"]], concurrency=4)
    assert sorted(Failing.stopped) == ["0.0", "1.0", "3.0"]


class Stuck(Agent):
    """Does not come back from episode 0 until it may."""

    may_go_on = threading.Event()
    is_stuck = threading.Event()

    def act(self):
        if self.observation["text"] == "0.0":
            self.is_stuck.set()
            self.may_go_on.wait(60)
        else:
            assert self.is_stuck.wait(20)
        raise RuntimeError("broken")


def test_who_does_not_let_go_is_not_shut_down_under_its_feet(monkeypatch):
    monkeypatch.setattr("parleyrun.evaluate.thread_crew.END_SECONDS", 0.01)
    shut: list[Any] = []
    monkeypatch.setattr(Stuck, "shutdown", lambda self: shut.append(self.observation), raising=False)
    opt = {**OPT, "task": f"{__name__}:Lengths", "lengths": [1, 1]}
    with pytest.raises(RuntimeError, match="broken"):
        evaluate(opt, Stuck(opt), [opt["task"]], concurrency=2)
    Stuck.may_go_on.set()
    assert [None if seen is None else seen["text"] for seen in shut] == ["1.0", None]


def test_threads_go_with_neither_batches_nor_processes():
    opt = {**OPT, "task": f"{__name__}:Lengths", "lengths": [1]}
    for more in ({"batchsize": 2}, {"numthreads": 2}, {"dynamic_batching": "full", "truncate": 5}):
        with pytest.raises(WorldError, match=f"expected a concurrency, or {next(iter(more))}, got both"):
            evaluate({**opt, **more}, Remembering(opt), [opt["task"]], concurrency=2)


def test_too_many_threads_are_told_of(monkeypatch):
    def refuse(_self):
        raise RuntimeError("can't start new thread")

    class Small(World):
        def share(self):
            return {"world_class": Small.copy, "opt": {}}

        @staticmethod
        def copy(opt, _agents, _shared):
            return Small(opt)

    world = SideBySideWorld({}, Small({}), 3)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(WorldError, match="expected 3 threads, and the system gives 0: lower the concurrency"):
        world.parley()
