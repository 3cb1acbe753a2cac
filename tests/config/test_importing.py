"""Importing the world module: from where, and what is said when it fails."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from parleyrun.config.diagnostics import Finding
from parleyrun.config.plan import check

Write = Callable[[str, str], Path]

WORLDS = """\
from parleyrun import World

class Lobby(World):
    def parley(self):
        return "chat"

class Chat(World):
    def parley(self):
        return None

    def episode_done(self):
        return True
"""


def config(write: Write, module: str, place: str = "configs/a.yml") -> Path:
    return write(place, f"world_module: {module}\noverworld: Lobby\ntasks: {{chat: {{task_world: Chat}}}}\n")


def only_finding(path: Path) -> Finding:
    plan, (found,) = check(path)
    assert plan is None
    return found


def test_the_configs_project_folder_is_looked_through(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("farworlds/deep.py", WORLDS)
    path = config(write, "farworlds.deep")
    monkeypatch.chdir("/")

    assert check(path)[1] == []
    assert sys.path.count(str(path.parent.parent)) == 1
    assert check(path)[1] == []
    assert sys.path.count(str(path.parent.parent)) == 1


def test_the_current_folder_comes_first(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("here/twice.py", WORLDS)
    write("twice.py", "raise RuntimeError('not this one')")
    path = config(write, "twice")
    monkeypatch.chdir(path.parent.parent / "here")

    assert check(path)[1] == []


def test_folders_above_the_project_are_left_alone(write: Write, tmp_path: Path) -> None:
    write("outside.py", WORLDS)
    write("inner/pyproject.toml", "")
    path = config(write, "outside", "inner/configs/a.yml")

    assert only_finding(path).code == "module-not-found"


def test_a_module_that_is_not_there_is_told_from_one_that_fails(write: Write) -> None:
    write("mistaken.py", "import nowhere_to_be_found")

    missing = only_finding(config(write, "mistakn"))
    failing = only_finding(config(write, "mistaken"))

    assert (missing.code, missing.hint) == ("module-not-found", "did you mean 'mistaken'?")
    assert failing.code == "module-failed"
    assert "No module named 'nowhere_to_be_found'" in failing.message


def test_a_missing_part_of_a_package_is_named(write: Write) -> None:
    write("pack/__init__.py", "")
    write("pack/demo.py", WORLDS)

    found = only_finding(config(write, "pack.dmo"))

    assert found.code == "module-not-found"
    assert "there is no 'pack.dmo'" in found.message
    assert found.hint == "did you mean 'pack.demo'?"


def test_only_the_authors_own_lines_are_shown(write: Write) -> None:
    write("helpful.py", "import json\n\ndef read():\n    return json.loads('{')\n")
    write("failing.py", "import helpful\n\nTASK = helpful.read()\n")

    found = only_finding(config(write, "failing"))

    assert found.code == "module-failed"
    assert "JSONDecodeError" in found.message
    lines = found.hint.splitlines()[1:]
    assert [line.partition(": ")[2] for line in lines] == ["TASK = helpful.read()", "return json.loads('{')"]


def test_a_module_that_stops_the_program_does_not_stop_ours(write: Write) -> None:
    write("leaving.py", "raise SystemExit(3)")

    assert "sys.exit(3)" in only_finding(config(write, "leaving")).message


def test_ctrl_c_while_importing_is_not_swallowed(write: Write) -> None:
    write("stopping.py", "raise KeyboardInterrupt")

    with pytest.raises(KeyboardInterrupt):
        check(config(write, "stopping"))


def test_a_module_can_be_mended_and_read_again(write: Write) -> None:
    path = config(write, "mended")
    write("mended.py", "raise ValueError('not yet')")
    assert only_finding(path).code == "module-failed"

    write("mended.py", WORLDS + "\n# mended, and of another length\n")

    assert check(path)[1] == []
