"""What it costs to make a plan: what each start and each `validate` waits for."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from parleyrun.app.planning import plan_of
from parleyrun.config.author_functions import function_fault
from parleyrun.config.parlai.project_kind import names_parlai


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Which files and folders were asked for, each time that one was."""
    asked: list[Path] = []
    real = Path.stat

    def stat(path: Path, **options: bool) -> object:
        asked.append(path)
        return real(path, **options)

    monkeypatch.setattr(Path, "stat", stat)
    return asked


def test_worlds_that_come_with_parleyrun_are_not_looked_through_for_imports_of_parlai(looked_at: list[Path]):
    plan_of({"world_module": "parleyrun.ready", "overworld": "Menu", "tasks": {"talk": {"task_world": "Chat"}}})
    assert len(looked_at) < 100


def test_a_name_is_looked_for_once_however_often_it_is_imported(tmp_path: Path, looked_at: list[Path]):
    (tmp_path / "helper.py").write_text("import parlai\n")
    world = tmp_path / "world.py"
    world.write_text("".join(f"from typing import N{number}\n" for number in range(100)))
    assert not names_parlai("world", [tmp_path])
    assert len(looked_at) < 20 + 2 * len(sys.path)
    world.write_text("import typing\nimport helper\n")
    assert names_parlai("world", [tmp_path])


def test_functions_of_a_plain_form_are_told_apart_as_all_others_are():
    def one(a: int) -> None: ...
    def one_or_two(a: int, b: int = 0) -> None: ...
    def named_too(a: int, *, b: int) -> None: ...
    def any_number(*a: int) -> None: ...

    owner = SimpleNamespace()
    fits = {
        function.__name__: [
            function_fault(owner, "f", function, tuple("abc"[:count])) is None for count in range(4)
        ]
        for function in (one, one_or_two, named_too, any_number)
    }
    assert fits == {
        "one": [False, True, False, False],
        "one_or_two": [False, True, True, False],
        "named_too": [False, False, False, False],
        "any_number": [True, True, True, True],
    }
