"""`hf`: rows of datasets, from a stand-in for the package that fetches them."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

from parleyrun.core.task_names import load_teacher_class
from parleyrun.errors import DataMissing, MissingExtra, TaskError


class Rows(list):
    features = None


@pytest.fixture
def hub(monkeypatch):
    """A `datasets` package with one dataset, `some/data`; `hub.taken` counts the rows that were read."""
    module = ModuleType("datasets")
    module.splits, module.rows, module.asked, module.taken = ["train", "validation"], Rows(), [], 0

    class Streamed:
        features = property(lambda _: module.rows.features)

        def __iter__(self):
            for row in module.rows:
                module.taken += 1
                yield row

    def load_dataset(name, configuration, *, split, streaming):
        module.asked.append((name, configuration, split, streaming))
        return Streamed()

    def get_dataset_split_names(name, configuration):
        if name != "some/data":
            raise FileNotFoundError(f"{name} is not on the hub")
        return module.splits

    module.load_dataset, module.get_dataset_split_names = load_dataset, get_dataset_split_names
    monkeypatch.setitem(sys.modules, "datasets", module)
    return module


def examples(name="hf:some/data", **opt):
    teacher = load_teacher_class(name)({"task": name, "datatype": "valid", **opt})
    given = []
    while not teacher.epoch_done():
        act = teacher.act()
        given.append((act["text"], act.get("eval_labels"), act["episode_done"]))
    return given


def test_questions_about_paragraphs_are_recognised(hub):
    hub.rows = Rows([{"id": 1, "context": "C", "question": "Q?", "answers": {"text": ["a", "b", "a"]}}])
    assert examples() == [("C\nQ?", ("a", "b"), True)]
    assert hub.asked == [("some/data", None, "validation", True)]


def test_chats_dialogues_and_questions_are_recognised(hub):
    user, assistant = ({"role": role, "content": role[0]} for role in ("user", "assistant"))
    hub.rows = Rows([{"messages": [assistant, user, user, assistant, user, assistant]}])
    assert examples() == [("u\nu", ("a",), False), ("u", ("a",), True)]
    hub.rows = Rows([{"dialog": ["1", "2", "3", "4", "5"]}])
    assert examples() == [("1", ("2",), False), ("3", ("4",), True)]
    hub.rows = Rows([{"question": "Q?", "answer": "A"}])
    assert examples() == [("Q?", ("A",), True)]


def test_classes_are_candidates(hub):
    hub.rows = Rows([{"text": "good", "label": 1}, {"text": "secret", "label": -1}])
    hub.rows.features = {"label": SimpleNamespace(names=["neg", "pos"])}
    assert examples() == [("good", ("pos",), True), ("secret", None, True)]


def test_columns_and_split_can_be_named(hub):
    hub.splits = ["train", "extra"]
    hub.rows = Rows([{"a": "x", "b": 7, "right": "yes", "others": ["no", "yes"]}])
    named = {"hf_text": "a, b", "hf_labels": "right", "hf_candidates": "others", "hf_split": "extra"}
    assert examples("hf:some/data:english", **named) == [("x\n7", ("yes",), True)]
    assert hub.asked == [("some/data", "english", "extra", True)]


def test_a_stream_takes_no_more_rows_than_it_needs(hub):
    hub.rows = Rows({"question": str(number), "answer": "A"} for number in range(1000))
    teacher = load_teacher_class("hf:x")({"task": "hf:some/data", "datatype": "train:stream"})
    assert [teacher.act()["text"] for _ in range(3)] == ["0", "1", "2"]
    assert hub.taken < 10


@pytest.mark.parametrize(
    ("opt", "complaint"),
    [
        (
            {},
            "(answers, context, question; messages; dialog; answer, question), got a, b: say which",
        ),
        ({"hf_text": "a", "hf_labels": "z"}, "expected one of the columns a, b, got 'z'"),
        ({"datatype": "test"}, "expected a split test of some/data, got only train, validation: 'hf_split'"),
    ],
)
def test_what_is_not_recognised_says_what_there_is(hub, opt, complaint):
    hub.rows = Rows([{"a": 1, "b": 2}])
    with pytest.raises(TaskError) as raised:
        examples(**opt)
    assert complaint in str(raised.value)


def test_a_dataset_that_cannot_be_had_says_what_to_do(hub):
    with pytest.raises(DataMissing, match=r"'other/data' cannot be read .*fetch its files"):
        examples("hf:other/data")


def test_without_a_name_or_the_extra_one_line_says_so(hub, monkeypatch):
    with pytest.raises(TaskError, match="expected the name of a dataset, as in hf:NAME"):
        examples("hf")
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingExtra, match=r"pip install '\.\[datasets\]'"):
        examples()
