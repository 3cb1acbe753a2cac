"""`parleyrun display`: examples for people to read."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from task_lab import TaskLab

from parleyrun.cli.common.example_rows import rows_of


def test_an_example_is_shown_with_all_that_belongs_to_it(tasks: TaskLab) -> None:
    ran = tasks.run("display", "-t", "babi:Task1k:1", "--datapath", "data", "-n", "2")
    assert ran.code == 0
    assert ran.out == (
        "babi:Task1k:1: Mary moved to the bathroom.\n"
        "  | John went to the hallway.\n"
        "  | Where is Mary?\n"
        "    right answer: bathroom\n"
        "    candidates: bathroom | kitchen | hallway\n"
        "    support: Mary moved to the bathroom.\n"
        "babi:Task1k:1: Daniel went back to the kitchen.\n"
        "  | Mary moved to the hallway.\n"
        "  | Where is Daniel?\n"
        "    right answer: kitchen\n"
        "    candidates: bathroom | kitchen | hallway\n"
        "    support: Daniel went back to the kitchen.\n"
        "- - - end of the episode - - -\n"
    )
    assert ran.err == "2 of 4 examples in 3 episodes\n"


def test_a_picture_is_shown_by_its_address(tasks: TaskLab) -> None:
    ran = tasks.run("display", "-t", "own_tasks:Sums", "-n", "1", "--datatype", "valid")
    assert ran.out.splitlines() == [
        "own_tasks:Sums: 0 + 0?",
        "    right answer: 0",
        "    image: https://example.org/0.png",
    ]


@pytest.mark.parametrize("datatype", ["test", "train"])
def test_no_more_is_shown_than_there_is(tasks: TaskLab, datatype: str) -> None:
    ran = tasks.run("display", "-t", "own_tasks:Sums", "-n", "100", "--datatype", datatype)
    assert ran.code == 0
    assert ran.out.count("right answer") == 7
    assert ran.err == "7 of 7 examples in 4 episodes\n"


def test_a_shuffled_order_depends_on_the_seed(tasks: TaskLab) -> None:
    def shown(seed: str) -> list[str]:
        out = tasks.run("display", "-t", "babi:Sample:1", "--datatype", "train", "--seed", seed, "-n", "40").out
        return re.findall(r"right answer: (\w+)", out)

    assert shown("1") == shown("1")
    assert shown("1") != shown("2")


def test_many_candidates_are_cut_short() -> None:
    rows = list(rows_of({"id": "t", "text": "?", "label_candidates": tuple(map(str, range(1_000)))}, color=False))
    assert rows[1].startswith("    candidates: 0 | 1 | 2 |")
    assert rows[1].endswith("| 19 | … and 980 more")


def test_what_data_holds_is_never_a_command_to_the_terminal() -> None:
    act = {"id": "\x1b[2J", "text": "a\x1b]0;b\x07\nc\x1b[1m", "labels": ("\x1b[31m",), "\x1bkey": {"x": "\x1b"}}
    assert not set("\x1b\x07") & set("".join(rows_of(act, color=False)))
    assert re.sub(r"\x1b\[[0-9]+m", "", "".join(rows_of(act, color=True))).count("\x1b") == 0


def test_an_example_without_words_is_shown_too() -> None:
    assert list(rows_of({"image": "a.png", "episode_done": True}, color=False)) == [
        ":",
        "    image: a.png",
        "- - - end of the episode - - -",
    ]


@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="there is no head")
def test_a_reader_who_has_seen_enough_ends_it_in_silence(tasks: TaskLab) -> None:
    shown = subprocess.run(
        f"{sys.executable} -m parleyrun display -t own_tasks:Sums --datatype train:stream -n 100000 | head -1",
        shell=True,
        cwd=tasks.folder,
        env={"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (shown.stdout.count("\n"), shown.stderr) == (1, "")
