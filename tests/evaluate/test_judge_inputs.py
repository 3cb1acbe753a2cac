"""What judges are given by people: rubrics and labels, and what is said of those that cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parleyrun.config.loading import MAX_BYTES
from parleyrun.errors import TaskError
from parleyrun.evaluate.judging.judge_labels import labels_in_log, read_labels
from parleyrun.evaluate.judging.rubric import read_rubric
from parleyrun.evaluate.log.evaluation_log import LogContent, LogHead
from parleyrun.evaluate.log.example_record import ExampleKey, ExampleRecord

SCALE = "question: Is it right?\nscale: [1, 5]\n"
TWO = "criteria:\n  right: {question: Is it?, scale: [1, 5]}\n  tone: {question: How?, labels: [kind, rude]}\n"


def log_of(*tasks: str, asked: dict[str, Any] | None = None) -> LogContent:
    records = {}
    for task in tasks:
        key = ExampleKey(task, 0, 0)
        records[key] = ExampleRecord(key=key, last=True, asked=asked or {}, verdicts=())
    return LogContent(Path("log"), LogHead(tasks=tasks, opt={}, about={}, began="now"), records, None, 0.0)


@pytest.mark.parametrize(
    ("rubric", "name", "labels", "expected"),
    [
        (SCALE, "l.csv", None, "cannot read the labels in"),
        (SCALE, "l.jsonl", "[1]\n", r"expected an object on each line, got '\[1\]'"),
        (SCALE, "l.jsonl", "{\n", "cannot read the labels in"),
        (SCALE, "l.csv", "episode,label,mood\n1,4,good\n", "expected one of task, .*, got 'mood'"),
        (SCALE, "l.csv", "episode,label\none,4\n", "expected whole numbers as episode"),
        (SCALE, "l.jsonl", '{"episode": [1], "label": 4}\n', "expected whole numbers as episode"),
        (SCALE, "l.jsonl", '{"episode": 1e999, "label": 4}\n', "expected whole numbers as episode"),
        (SCALE, "l.csv", "episode,label\n,4\n", "expected the episode"),
        (SCALE, "l.csv", "episode,label\n2,4\n", "expected an answer of the log"),
        (SCALE, "l.csv", "episode,label\n1,6\n", "expected a label as the rubric has it at row 1 of .*, got 6"),
        (TWO, "l.csv", "episode,label\n1,4\n", "expected an answer of the log, and a criterion"),
        (TWO, "l.csv", "episode,criterion,label\n1,taste,4\n", "expected an answer of the log, and a criterion"),
    ],
)
def test_labels_that_cannot_be_used_are_refused_with_their_row(tmp_path, rubric, name, labels, expected):
    (tmp_path / "r.yml").write_text(rubric)
    if labels is not None:
        (tmp_path / name).write_text(labels)
    with pytest.raises(TaskError, match=expected):
        read_labels(tmp_path / name, log_of("t"), read_rubric(tmp_path / "r.yml"))


def test_of_several_tasks_a_label_names_its_own(tmp_path):
    (tmp_path / "r.yml").write_text(SCALE)
    (tmp_path / "l.csv").write_text("task,episode,label\nb,1,4\nb,1,5\n")
    found = read_labels(tmp_path / "l.csv", log_of("a", "b"), read_rubric(tmp_path / "r.yml"))
    assert found == {(ExampleKey("b", 0, 0), ""): (4, 5)}
    (tmp_path / "l.csv").write_text("episode,label\n1,4\n")
    with pytest.raises(TaskError, match="of several tasks the task"):
        read_labels(tmp_path / "l.csv", log_of("a", "b"), read_rubric(tmp_path / "r.yml"))


def test_examples_may_bring_their_labels_along(tmp_path):
    (tmp_path / "one.yml").write_text(SCALE)
    (tmp_path / "two.yml").write_text(TWO)
    one, two = read_rubric(tmp_path / "one.yml"), read_rubric(tmp_path / "two.yml")
    key = ExampleKey("t", 0, 0)
    assert labels_in_log(log_of("t"), one) == {}
    assert labels_in_log(log_of("t", asked={"judge_label": 4}), one) == {(key, ""): (4,)}
    assert labels_in_log(log_of("t", asked={"judge_label": 4.0}), one) == {(key, ""): (4,)}
    told = {"judge_label": {"tone": "kind", "taste": 1}}
    assert labels_in_log(log_of("t", asked=told), two) == {(key, "tone"): ("kind",)}
    with pytest.raises(TaskError, match=r"expected a label as the rubric has it at .*, got 9"):
        labels_in_log(log_of("t", asked={"judge_label": 9}), one)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("r.yml", "#" * (MAX_BYTES + 1), r"expected a rubric in .*r\.yml"),
        ("r.yml", "question: [", r"expected a rubric in .*r\.yml"),
        ("r.yml", "- Is it?\n", "expected a rubric, with question: or criteria:"),
        ("r.yml", SCALE + "show_labels: perhaps\n", "expected true or false at 'show_labels'"),
        ("r.yml", TWO + "question: And?\n", "expected criteria by name"),
        ("r.yml", "criteria: []\n", "expected criteria by name"),
        ("r.yml", "question: Is it?\nlabels: [only]\n", "expected two labels or more at 'labels'"),
        ("r.yml", "question: Is it?\nlabels: [Good, good]\n", "expected each label once at .*, got Good, good"),
        ("r.md", "## tone\nHow?\nScale: 1 to 5\n## tone\nHow?\nScale: 1 to 5\n", "expected a name of its own"),
    ],
)
def test_rubrics_that_cannot_be_used_are_refused(tmp_path, name, text, expected):
    (tmp_path / name).write_text(text)
    with pytest.raises(TaskError, match=expected):
        read_rubric(tmp_path / name)
