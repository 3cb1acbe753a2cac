"""`fromfile`: lines of fields."""

from __future__ import annotations

import pytest

from parleyrun.errors import DataMissing, TaskError
from parleyrun.tasks.fromfile import DefaultTeacher, parse_line


def all_of(teacher):
    given = []
    while not teacher.epoch_done():
        given.append(teacher.act())
    return given


def test_a_line_of_each_kind_of_field():
    line = r"text:Two\nlines\tand a tab	labels:yes|a__PIPE__b	label_candidates:yes|no	reward:0.5	image:http://x/a:b.png"
    assert parse_line(line, "here") == {
        "text": "Two\nlines\tand a tab",
        "labels": ("yes", "a|b"),
        "label_candidates": ("yes", "no"),
        "reward": 0.5,
        "image": "http://x/a:b.png",
    }


def test_episodes_go_on_until_a_line_says_that_they_are_done(tmp_path):
    file = tmp_path / "talk.txt"
    file.write_text(
        "text:a\tlabels:1\ttopic:t\n\ntext:b\tlabels:2\tepisode_done:True\n"
        "text:c\tlabels:3\tepisode_done:False\ntext:d\tlabels:4\n"
    )
    teacher = DefaultTeacher({"task": "fromfile", "fromfile_datapath": str(file), "datatype": "valid"})
    assert teacher.num_episodes() == 2
    assert [(act["text"], act["episode_done"]) for act in all_of(teacher)] == [
        ("a", False),
        ("b", True),
        ("c", False),
        ("d", True),
    ]


def test_a_prefix_finds_the_file_of_the_datatype(tmp_path):
    for fold in ("train", "valid", "test"):
        (tmp_path / f"my_{fold}.txt").write_text(f"text:{fold}\tlabels:x\n")
    for datatype in ("train", "valid:stream", "test"):
        for opt in (
            {"task": f"fromfile:{tmp_path}/my"},
            {"task": "fromfile", "fromfile_datapath": f"{tmp_path}/my"},
        ):
            teacher = DefaultTeacher({**opt, "datatype": datatype})
            assert teacher.act()["text"] == datatype.partition(":")[0]


def test_a_mark_at_the_beginning_and_windows_ends_of_lines_are_no_text(tmp_path):
    file = tmp_path / "windows.txt"
    file.write_bytes("\ufefftext:a\tlabels:ä\u2028b\r\n".encode())
    teacher = DefaultTeacher({"task": f"fromfile:{file}", "datatype": "valid"})
    assert teacher.act()["eval_labels"] == ("ä\u2028b",)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("text:a\tno colon", "expected fields name:value with tabs between them, got 'no colon'"),
        ("text:a\ttext:b", "got a second 'text'"),
        ("text:a\t", "got ''"),
        ("text:a\tepisode_done:perhaps", "expected True or False at 'episode_done', got 'perhaps'"),
        ("text:a\treward:much", "expected a number at 'reward', got 'much'"),
    ],
)
def test_a_wrong_line_is_named_with_file_and_number(tmp_path, line, complaint):
    file = tmp_path / "talk.txt"
    file.write_text(f"text:good\tlabels:x\n\n{line}\n")
    with pytest.raises(TaskError) as raised:
        DefaultTeacher({"task": f"fromfile:{file}", "datatype": "valid"})
    assert str(raised.value).startswith(f"{file}:3: ")
    assert complaint in str(raised.value)


def test_without_a_file_it_says_how_to_name_one(tmp_path):
    with pytest.raises(TaskError, match=r"set 'fromfile_datapath', or name it as fromfile:PATH"):
        DefaultTeacher({"task": "fromfile"})
    with pytest.raises(DataMissing, match=r"expected a file at .*gone, or at .*gone_test\.txt, got neither"):
        DefaultTeacher({"task": f"fromfile:{tmp_path}/gone", "datatype": "test"})


def test_what_is_no_text_says_so(tmp_path):
    file = tmp_path / "binary.txt"
    file.write_bytes(b"text:\xff\xfe\n")
    with pytest.raises(TaskError, match="expected text in UTF-8"):
        DefaultTeacher({"task": f"fromfile:{file}"})
