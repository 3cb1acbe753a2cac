"""A study that was played once, for all who only read its record."""

from __future__ import annotations

from pathlib import Path

import pytest
from played_study import play


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record of a study; nobody writes to it."""
    path = tmp_path_factory.mktemp("study") / "study.db"
    play(path)
    return path
