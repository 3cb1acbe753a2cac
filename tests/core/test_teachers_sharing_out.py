"""Copies of teachers: together they give every example, and each only once."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parleyrun.bots.repeat_label import RepeatLabelAgent
from parleyrun.core.create_task import create_task
from parleyrun.core.sharing import create_agent_from_shared, override_opts_in_shared
from parleyrun.core.teachers.teachers import DialogTeacher
from parleyrun.errors import TaskError

HERE = f"{__name__}:Episodes"


class Episodes(DialogTeacher):
    """Episodes of the lengths in `opt['lengths']`, with examples named EPISODE.ENTRY."""

    def setup_data(self, datafile):
        for episode, length in enumerate(self.opt["lengths"]):
            for entry in range(length):
                yield {"text": f"{episode}.{entry}", "labels": (f"{episode}.{entry}",)}, entry == 0


def everything(lengths):
    return Counter(f"{episode}.{entry}" for episode, length in enumerate(lengths) for entry in range(length))


def copies_in_processes(opt, processes, batchsize):
    """Return the copies of each process, made as worlds make them: a root for the process, and copies of it."""
    table = Episodes(opt).share()
    by_process = []
    for process in range(processes):
        its = override_opts_in_shared(table, {"process_index": process, "processes": processes})
        root = create_agent_from_shared(its)
        by_process.append(
            [
                create_agent_from_shared(
                    override_opts_in_shared(root.share(), {"batchindex": index, "batchsize": batchsize})
                )
                for index in range(batchsize)
            ]
        )
    return by_process


def step(copies):
    """Return what the copies of one process give in one step."""
    return [copy.act()["text"] for copy in copies if not copy.epoch_done()]


lengths_of_episodes = st.lists(st.integers(1, 4), min_size=1, max_size=25)


@settings(deadline=None)
@given(
    lengths=lengths_of_episodes,
    processes=st.integers(1, 4),
    batchsize=st.integers(1, 9),
    datatype=st.sampled_from(["valid", "test", "train:evalmode", "valid:stream", "train:evalmode:stream"]),
)
def test_every_example_comes_once_over_all_copies_and_processes(lengths, processes, batchsize, datatype):
    opt = {"lengths": lengths, "datatype": datatype}
    seen = Counter()
    for copies in copies_in_processes(opt, processes, batchsize):
        while given_now := step(copies):
            seen.update(given_now)
        assert all(copy.epoch_done() for copy in copies)
    assert seen == everything(lengths)


@settings(deadline=None)
@given(
    lengths=lengths_of_episodes, processes=st.integers(1, 3), batchsize=st.integers(1, 5), seed=st.integers(0, 9)
)
def test_training_copies_go_together_through_whole_epochs(lengths, processes, batchsize, seed):
    opt = {"lengths": [1] * len(lengths), "datatype": "train", "seed": seed}
    copies = [copy for its in copies_in_processes(opt, processes, batchsize) for copy in its]
    order = [text for _ in lengths for text in step(copies)]
    alone = Episodes(opt)
    assert order == [alone.act()["text"] for _ in order]
    for begin in range(0, len(order), len(lengths)):
        assert Counter(order[begin : begin + len(lengths)]) == everything(opt["lengths"])


@settings(deadline=None)
@given(lengths=lengths_of_episodes, batchsize=st.integers(1, 6))
def test_reset_gives_every_copy_the_same_again(lengths, batchsize):
    (copies,) = copies_in_processes({"lengths": lengths, "datatype": "valid"}, 1, batchsize)
    first = [step(copies) for _ in range(30)]
    for copy in copies:
        copy.reset()
    assert [step(copies) for _ in range(30)] == first


def test_a_copy_without_a_share_is_done_before_it_begins():
    (copies,) = copies_in_processes({"lengths": [1, 1], "datatype": "valid"}, 1, 3)
    assert [copy.epoch_done() for copy in copies] == [False, False, True]


def test_a_batch_size_without_a_place_in_the_batch_leaves_nothing_out():
    teacher = Episodes({"lengths": [1] * 5, "datatype": "valid", "batchsize": 4})
    assert sum(1 for _ in iter(lambda: step([teacher]), [])) == 5


@pytest.mark.parametrize("place", [{"batchindex": 4, "batchsize": 4}, {"process_index": -1, "processes": 2}])
def test_a_place_that_is_none_is_refused(place):
    with pytest.raises(TaskError, match="expected the number of a copy from 0 to"):
        Episodes({"lengths": [1], "datatype": "valid", **place})


def test_a_stream_is_read_once_for_all_copies_and_not_before_it_is_needed():
    read = []

    class Watched(Episodes):
        def setup_data(self, datafile):
            for example, begins in super().setup_data(datafile):
                read.append(example["text"])
                yield example, begins

    teacher = Watched({"lengths": [1] * 100, "datatype": "valid:stream"})
    tables = [
        override_opts_in_shared(teacher.share(), {"batchindex": index, "batchsize": 4}) for index in range(4)
    ]
    copies = [create_agent_from_shared(table) for table in tables]
    assert read == []
    assert [copy.act()["text"] for copy in copies] == ["0.0", "1.0", "2.0", "3.0"]
    assert len(read) < 10
    assert teacher.num_examples() is None


def test_a_stream_for_training_begins_again_at_its_end():
    teacher = Episodes({"lengths": [1, 2], "datatype": "train:stream"})
    assert [teacher.act()["text"] for _ in range(7)] == ["0.0", "1.0", "1.1", "0.0", "1.0", "1.1", "0.0"]


def test_a_stream_for_training_reaches_processes_that_outnumber_its_episodes():
    by_process = copies_in_processes({"lengths": [1, 1], "datatype": "train:stream"}, 5, 1)
    assert [[step(copies) for _ in range(2)] for copies in by_process] == [
        [["0.0"], ["1.0"]],
        [["1.0"], ["0.0"]],
        [["0.0"], ["1.0"]],
        [["1.0"], ["0.0"]],
        [["0.0"], ["1.0"]],
    ]


def test_a_stream_that_has_nothing_at_its_second_reading_ends_instead_of_hanging():
    class Once(Episodes):
        left = 2

        def setup_data(self, datafile):
            while self.left:
                self.left -= 1
                yield {"text": "once", "labels": ("x",)}, True

    teacher = Once({"lengths": [], "datatype": "train:stream"})
    teacher.act(), teacher.act()
    with pytest.raises(TaskError, match="expected the same examples at each reading"):
        teacher.act()


@pytest.mark.parametrize("datatype", ["valid", "valid:stream"])
@pytest.mark.parametrize("batchsize", [1, 3, 8])
def test_a_batch_world_goes_through_everything(datatype, batchsize):
    lengths = [3, 1, 4, 1, 5, 2, 6]
    opt = {"task": HERE, "lengths": lengths, "datatype": datatype, "batchsize": batchsize}
    with create_task(opt, RepeatLabelAgent(opt)) as world:
        for _ in range(3):
            world.reset_metrics()
            parleys = 0
            while not world.epoch_done():
                world.parley()
                parleys += 1
                assert parleys <= sum(lengths)
            report = world.report()
            assert (report["exs"].value(), report["accuracy"].value()) == (sum(lengths), 1.0)
            world.reset()
