"""What the README shows works as it stands there."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from parleyrun.cli import _COMMANDS
from parleyrun.cli.validate import find_all
from parleyrun.config.plan import check
from parleyrun.testing import rehearse_world

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "my_worlds.py").write_text(blocks("python")[0])
    (tmp_path / "my.yml").write_text(blocks("yaml")[0])
    monkeypatch.chdir(tmp_path)
    sys.modules.pop("my_worlds", None)  # that of another test's folder
    yield tmp_path
    sys.modules.pop("my_worlds", None)


def test_the_first_world_takes_at_most_25_lines() -> None:
    assert len(blocks("python")[0].splitlines()) <= 25


def test_the_first_config_is_sound_and_its_worlds_can_be_resumed(folder: Path) -> None:
    plan, findings = find_all(folder / "my.yml")
    assert plan is not None
    assert findings == []


def test_the_test_that_is_shown_passes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(folder)
    shown: dict[str, object] = {}
    exec(blocks("python")[1], shown)
    test = shown["test_people_hear_each_other"]
    assert callable(test)
    test()


def test_the_config_reference_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "reference.yml"
    path.write_text(blocks("yaml")[1])
    _, findings = check(path)
    # Its world module and backup task are made up; every key and every value must be right.
    assert {finding.code for finding in findings} <= {"module-not-found", "unknown-task"}


def test_every_command_is_in_the_table() -> None:
    for command in _COMMANDS:
        assert f"`parleyrun {command}" in README


def test_who_leaves_the_first_world_leaves_no_words_of_ours(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(folder)
    with rehearse_world(importlib.import_module("my_worlds").Talk, people=2) as rehearsal:
        ann, bob = rehearsal.everybody
        bob.goes_away()
        rehearsal.advance(61)
        assert ann.partners[-1] == ("Answerer", "left")
        assert not any("[DISCONNECT]" in text for text in ann.heard)
