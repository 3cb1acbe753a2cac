"""ParlAI's teachers over ours: lines, numbers, tuples, and scores of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from parleyrun import AverageMetric
from parleyrun.compat.library.parlai_teachers import (
    LineTeacher,
    NumberedLineTeacher,
    NumberedTeacher,
    TupleTeacher,
)
from parleyrun.errors import TaskError

OPT = {"datatype": "valid"}


def episodes(teacher: Any) -> list[list[tuple[str, Any]]]:
    """Go through all data once."""
    found: list[list[tuple[str, Any]]] = [[]]
    while not teacher.epoch_done():
        act = teacher.act()
        found[-1].append((act["text"], act.get("labels") or act.get("eval_labels")))
        teacher.observe({"text": "yes"})
        if act["episode_done"]:
            found.append([])
    return found[:-1]


class Tuples(TupleTeacher):
    examples: tuple[Any, ...] = ()

    def setup_data(self, datafile: Any) -> Any:
        yield from self.examples

    def custom_evaluation(self, teacher_action: Mapping[str, Any], labels: Any, model_response: Any) -> None:
        self.metrics.add("has_labels", AverageMetric(labels is not None))
        self.metrics.add("nothing", None)


def test_an_example_is_a_tuple_of_any_length_or_a_dict_and_what_is_none_of_them_is_said() -> None:
    class Mixed(Tuples):
        examples = (
            (("one", {"a"}), True),
            (("two",), False),
            (("three", None, None, ("x", "y")), True),
            ({"text": "four", "labels": {"b"}, "episode_done": True}, True),
        )

    teacher = Mixed(OPT)
    assert episodes(teacher) == [[("one", ("a",)), ("two", None)], [("three", None)], [("four", ("b",))]]
    found = teacher.metrics.report()
    assert found["has_labels"].value() == 0.5
    assert "nothing" not in found
    teacher.metrics.clear()
    assert "has_labels" not in teacher.metrics.report()

    class Wrong(Tuples):
        examples = (("only text", True),)

    with pytest.raises(TaskError, match=r"expected an example as \(text, labels, …\) or a dict, got 'only text'"):
        episodes(Wrong(OPT))


def test_blank_lines_stand_between_examples_and_an_episode_goes_on_until_it_is_done(tmp_path: Path) -> None:
    lines = ["text:hi\tlabels:hello", "", "text:bye\tlabels:see you\tepisode_done:True", "text:again\tlabels:x"]
    (tmp_path / "talk.txt").write_text("\n".join(lines), "utf-8")
    teacher = LineTeacher({**OPT, "parlaidialogteacher_datafile": str(tmp_path / "talk.txt")})
    found = episodes(teacher)
    assert [[text for text, _ in episode] for episode in found] == [["hi", "bye"], ["again"]]


def test_numbered_lines_without_an_answer_belong_to_the_text_that_follows(tmp_path: Path) -> None:
    lines = [
        "1 Mary is here.",
        "2 Where is Mary?\there|at home\t\there|there",
        "",
        "3",
        "4 Sure?\tyes",
        "1 New?\tno",
    ]
    (tmp_path / "babi.txt").write_text("\n".join(lines), "utf-8")
    teacher = NumberedLineTeacher({**OPT, "datafile": str(tmp_path / "babi.txt")})
    assert episodes(teacher) == [
        [("Mary is here.\nWhere is Mary?", ("here", "at home")), ("Sure?", ("yes",))],
        [("New?", ("no",))],
    ]


def test_examples_by_numbers_are_shuffled_in_training_and_a_copy_goes_on_in_the_same_order() -> None:
    class Unwritten(NumberedTeacher):
        def num_episodes(self) -> int:
            return 5

        def num_examples(self) -> int:
            return 5

    class Numbers(Unwritten):
        def get(self, episode_idx: int, entry_idx: int = 0) -> Mapping[str, Any]:
            return {"text": str(episode_idx), "labels": ["x"], "episode_done": True}

    in_order = [["0"], ["1"], ["2"], ["3"], ["4"]]
    assert [[text for text, _ in episode] for episode in episodes(Numbers(OPT))] == in_order
    act, is_last = Numbers(OPT).next_example()
    assert (act["text"], is_last) == ("0", False)
    training = Numbers({"datatype": "train", "seed": 3})
    drawn = [training.act()["text"] for _ in range(10)]
    assert sorted(drawn[:5]) == ["0", "1", "2", "3", "4"]
    assert drawn != ["0", "1", "2", "3", "4"] * 2
    with pytest.raises(TaskError, match=r"Unwritten\.get\(episode_idx, entry_idx\) is not written"):
        Unwritten(OPT).act()
