from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from serve_lab import CONFIG, WORLDS
from serve_process import ServeProcess


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
