"""`parleyrun tasks`: the tasks there are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from task_lab import TaskLab
from unmeasured import unmeasured

from parleyrun.core.task_names import find_entries
from parleyrun.tasks.catalogue import CATALOGUE

ROOT = Path(__file__).parents[2]


def names(out: str) -> list[str]:
    return [line.split("  ")[0] for line in out.splitlines() if not line.startswith(" ")]


def test_all_are_listed_with_their_tags_and_licence(tasks: TaskLab) -> None:
    ran = tasks.run("tasks")
    assert (ran.code, ran.err) == (0, "")
    assert names(ran.out) == [entry.name for entry in CATALOGUE]
    assert ran.out.count("    licence: ") == len(CATALOGUE)
    assert "babi:All1k  #QA #bAbI #bAbI-1k\n" in ran.out
    assert "arXiv:1502.05698" in ran.out


@pytest.mark.parametrize("tag", ["#QA", "QA", "qa"])
def test_a_tag_chooses_with_or_without_its_mark(tasks: TaskLab, tag: str) -> None:
    assert names(tasks.run("tasks", tag).out) == [entry.name for entry in find_entries("QA")]


def test_an_unknown_tag_takes_one_line_with_the_nearest(tasks: TaskLab) -> None:
    ran = tasks.run("tasks", "#Smaple")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "parleyrun: expected a tag that a task has, got '#Smaple': did you mean '#Sample'?\n"


@pytest.mark.process
def test_listing_loads_nothing_that_reads_data() -> None:
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "parleyrun", "tasks"],
        cwd=ROOT,
        env=unmeasured(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0
    loaded = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    assert "parleyrun.tasks.catalogue" in loaded
    assert (
        not {"requests", "rich", "yaml", "asyncio", "multiprocessing", "parleyrun.core.teachers.teachers"} & loaded
    )
