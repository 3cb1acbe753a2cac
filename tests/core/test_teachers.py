"""Teachers: which examples come, in which order, and how answers count."""

from __future__ import annotations

import pickle
import tracemalloc

import pytest

from parleyrun.core.sharing import create_agent_from_shared, override_opts_in_shared
from parleyrun.core.teachers.teachers import DialogTeacher, EpisodeTeacher
from parleyrun.errors import TaskError


class Capitals(DialogTeacher):
    """Two episodes: one of two questions, one of a single one."""

    def setup_data(self, datafile):
        cities = ["Rome", "Oslo", "Lima"]
        yield {"text": "Italy?", "labels": ["Rome"], "label_candidates": cities}, True
        yield {"text": "Norway?", "labels": "Oslo", "label_candidates": cities}, False
        yield {"text": "Peru?", "labels": ("Lima",), "label_candidates": cities}, True


class Numbers(DialogTeacher):
    """`opt['count']` questions, each an episode."""

    def setup_data(self, datafile):
        for number in range(self.opt["count"]):
            yield {"text": str(number), "labels": (str(number),)}, True


def texts(teacher, count):
    return [teacher.act()["text"] for _ in range(count)]


def whole_epoch(teacher):
    given = []
    while not teacher.epoch_done():
        given.append(teacher.act())
    return given


def test_examples_come_in_order_and_say_where_an_episode_ends():
    teacher = Capitals({"task": "capitals", "datatype": "valid"})
    acts = whole_epoch(teacher)
    assert [(act["text"], act["eval_labels"], act["episode_done"]) for act in acts] == [
        ("Italy?", ("Rome",), False),
        ("Norway?", ("Oslo",), True),
        ("Peru?", ("Lima",), True),
    ]
    assert {act["id"] for act in acts} == {"capitals"}
    assert (teacher.num_examples(), teacher.num_episodes()) == (3, 2)


@pytest.mark.parametrize("datatype", ["valid", "valid:stream", "train:evalmode"])
def test_num_examples_leaves_out_all_that_come_later_and_ends_the_episode_there(datatype):
    acts = whole_epoch(Numbers({"datatype": datatype, "count": 1_000, "num_examples": 3}))
    assert [act["text"] for act in acts] == ["0", "1", "2"]
    acts = whole_epoch(Capitals({"datatype": datatype, "num_examples": 1}))
    assert [(act["text"], act["episode_done"]) for act in acts] == [("Italy?", True)]
    assert Capitals({"datatype": "test", "num_examples": 9}).num_examples() == 3


@pytest.mark.parametrize("most", [0, -1, True, "3", 1.5])
def test_num_examples_that_is_no_number_of_examples_is_refused(most):
    with pytest.raises(TaskError, match="expected a number of examples from 1 at 'num_examples'"):
        Capitals({"datatype": "valid", "num_examples": most})


def test_episode_done_is_said_with_the_last_example_of_each_episode():
    teacher = Capitals({"datatype": "test"})
    said = []
    while not teacher.epoch_done():
        teacher.act()
        said.append(teacher.episode_done())
    assert said == [False, True, True]


@pytest.mark.parametrize(
    ("datatype", "key"),
    [
        ("train", "labels"),
        ("train:ordered", "labels"),
        ("train:evalmode", "eval_labels"),
        ("valid", "eval_labels"),
    ],
)
def test_only_in_training_may_agents_learn_from_the_labels(datatype, key):
    act = Capitals({"datatype": datatype}).act()
    assert {"labels", "eval_labels"} & act.keys() == {key}


def test_changing_an_act_changes_no_example():
    teacher = Capitals({"datatype": "valid"})
    act = teacher.act()
    act["text"] = act["eval_labels"] = "spoilt"
    teacher.reset()
    assert teacher.act()["text"] == "Italy?"


def test_equal_candidates_are_one_tuple():
    first, second, third = whole_epoch(Capitals({"datatype": "valid"}))
    assert first["label_candidates"] is second["label_candidates"] is third["label_candidates"]


def test_answers_are_scored_once_and_silence_is_wrong():
    teacher = Capitals({"datatype": "valid"})
    teacher.act()
    teacher.observe({"text": "Rome!"})
    teacher.observe({"text": "Rome"})  # nothing was asked since
    teacher.act()
    teacher.observe({"text": "Paris"})
    teacher.act()
    teacher.observe(None)
    report = teacher.report()
    assert (report["exs"].value(), report["accuracy"].value()) == (3, 1 / 3)


def test_what_has_no_right_answer_is_not_scored():
    class Open(DialogTeacher):
        def setup_data(self, datafile):
            yield {"text": "How are you?"}, True
            yield {"text": "And you?", "labels": []}, True

    teacher = Open({"datatype": "valid"})
    for _ in range(2):
        assert teacher.act()["text"]
        teacher.observe({"text": "Fine."})
    assert teacher.report()["exs"].value() == 0


def test_rankings_are_scored_as_hits():
    teacher = Capitals({"datatype": "valid"})
    for ranked in (["Rome", "Oslo"], ["Rome", "Oslo"], ["Rome", "Oslo"]):
        teacher.act()
        teacher.observe({"text": ranked[0], "text_candidates": ranked})
    report = teacher.report()
    assert (report["hits@1"].value(), report["hits@5"].value()) == (1 / 3, 2 / 3)


def test_reset_begins_the_same_examples_again_and_keeps_the_scores():
    teacher = Capitals({"datatype": "valid"})
    teacher.act()
    teacher.observe({"text": "Rome"})
    teacher.act()
    teacher.reset()
    assert not teacher.epoch_done()
    assert len(whole_epoch(teacher)) == 3
    assert teacher.report()["exs"].value() == 1
    teacher.reset_metrics()
    assert teacher.report()["exs"].value() == 0


def test_after_the_epoch_acts_ask_nothing_and_count_nothing():
    teacher = Capitals({"datatype": "valid"})
    whole_epoch(teacher)
    act = teacher.act()
    teacher.observe({"text": "Rome"})
    assert "text" not in act
    assert act["episode_done"]
    assert teacher.report()["exs"].value() == 0


def test_training_goes_on_for_ever_and_each_epoch_has_everything_once():
    teacher = Numbers({"datatype": "train", "count": 7})
    epochs = [texts(teacher, 7) for _ in range(4)]
    assert not teacher.epoch_done()
    assert all(sorted(epoch) == list("0123456") for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) > 1


def test_the_order_of_training_depends_on_the_seed_and_on_nothing_else():
    def order(seed):
        return texts(Numbers({"datatype": "train", "count": 20, "seed": seed}), 40)

    assert order(1) == order(1)
    assert order(1) != order(2)
    # As it was when this was written: it must not change with a version of Python either.
    assert texts(Numbers({"datatype": "train", "count": 5, "seed": 3}), 5) == list("23104")


def test_orders_of_epochs_that_are_over_are_not_kept():
    teacher = Numbers({"datatype": "train", "count": 1000})
    texts(teacher, 20_000)
    assert len(teacher._shuffles._orders) <= 4


@pytest.mark.parametrize("datatype", ["train:ordered", "train:stream:ordered"])
def test_ordered_training_is_one_pass_with_labels_to_learn_from(datatype):
    acts = whole_epoch(Numbers({"datatype": datatype, "count": 3}))
    assert [act["text"] for act in acts] == list("012")
    assert all("labels" in act for act in acts)


def test_streamed_training_repeats_the_order_of_the_data():
    assert texts(Numbers({"datatype": "train:stream", "count": 3}), 7) == list("0120120")


def test_evalmode_is_one_pass_over_the_training_data_in_order():
    assert [act["text"] for act in whole_epoch(Numbers({"datatype": "train:evalmode", "count": 3}))] == list("012")


def test_data_is_read_once_whatever_the_number_of_copies():
    class Counted(Numbers):
        reads = 0

        def setup_data(self, datafile):
            type(self).reads += 1
            return super().setup_data(datafile)

    teacher = Counted({"datatype": "valid", "count": 3})
    copies = [create_agent_from_shared(teacher.share()) for _ in range(5)]
    assert Counted.reads == 1
    assert all(copy.num_examples() == 3 for copy in copies)
    assert all(len(whole_epoch(copy)) == 3 for copy in copies)


def test_many_copies_of_much_data_cost_next_to_nothing():
    teacher = Numbers({"datatype": "train", "count": 20_000})
    tracemalloc.start()
    try:
        copies = [
            create_agent_from_shared(
                override_opts_in_shared(teacher.share(), {"batchindex": at, "batchsize": 256})
            )
            for at in range(256)
        ]
        for copy in copies:
            copy.act()
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size < 4e6


def test_a_table_of_sharing_can_go_to_another_process():
    teacher = Numbers({"datatype": "train", "count": 4})
    copy = create_agent_from_shared(pickle.loads(pickle.dumps(teacher.share())))
    assert texts(copy, 8) == texts(teacher, 8)


def test_scores_of_copies_are_their_own():
    teacher = Capitals({"datatype": "valid"})
    copy = teacher.clone()
    copy.act()
    copy.observe({"text": "Rome"})
    assert (teacher.report()["exs"].value(), copy.report()["exs"].value()) == (0, 1)


def test_episodes_made_on_demand_are_taught_in_the_same_way():
    class Squares(EpisodeTeacher):
        def num_episodes(self):
            return 3

        def num_examples(self):
            return 3

        def get_episode(self, index):
            return [{"text": f"{index} squared?", "labels": str(index * index)}]

    acts = whole_epoch(Squares({"datatype": "valid"}))
    assert [act["eval_labels"] for act in acts] == [("0",), ("1",), ("4",)]
    assert all(act["episode_done"] for act in acts)


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        ("just text", "example 1: expected a mapping with 'text' and 'labels', got 'just text'"),
        ({"text": 7}, "example 1: expected a string at 'text', got 7"),
        ({"text": "a", "labels": 7}, "example 1: expected a string or a list of strings at 'labels', got 7"),
        ({"text": "a", "label_candidates": "abc"}, "example 1: expected a list at 'label_candidates', got 'abc'"),
    ],
)
def test_what_is_no_example_is_named_with_its_number(raw, complaint):
    class Wrong(DialogTeacher):
        def setup_data(self, datafile):
            yield raw, True

    with pytest.raises(TaskError) as raised:
        Wrong({"task": "wrong", "datafile": "wrong.txt"})
    assert str(raised.value) == f"wrong (wrong.txt), {complaint}"


@pytest.mark.parametrize("datatype", ["train", "valid", "train:stream", "valid:stream"])
def test_a_task_without_examples_says_so(datatype):
    with pytest.raises(TaskError, match=r"expected examples.*got none"):
        Numbers({"datatype": datatype, "count": 0}).act()


@pytest.mark.parametrize("datatype", ["training", "valid:ordred", ":stream", "valid:"])
def test_a_datatype_that_is_none_says_what_there_is(datatype):
    with pytest.raises(TaskError, match="expected train, valid or test at 'datatype'"):
        Numbers({"datatype": datatype, "count": 1})
