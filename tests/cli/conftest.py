from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from serve_lab import CONFIG, WORLDS
from serve_process import ServeProcess
from task_lab import TaskLab, fill


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A folder with a config and its worlds."""
    (tmp_path / "lab_worlds.py").write_text(WORLDS)
    (tmp_path / "lab.yml").write_text(CONFIG)
    return tmp_path


@pytest.fixture
def served(lab: Path) -> Iterator[ServeProcess]:
    """The lab, open, with a long grace."""
    with ServeProcess("lab.yml", "--port", "0", "--grace", "300", folder=lab) as process:
        process.ready()
        yield process


@pytest.fixture
def tasks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[TaskLab]:
    """A folder to run commands of the world library in."""
    fill(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield TaskLab(tmp_path, capsys)
    sys.modules.pop("own_tasks", None)
