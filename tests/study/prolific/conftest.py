from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prolific_lab import ProlificLab

from parleyrun.testing import FakeProlific


@pytest.fixture
def prolific() -> Iterator[FakeProlific]:
    with FakeProlific() as prolific:
        yield prolific


@pytest.fixture
def lab(tmp_path: Path, prolific: FakeProlific, monkeypatch: pytest.MonkeyPatch) -> ProlificLab:
    monkeypatch.delenv("PARLEYRUN_PROLIFIC_TOKEN", raising=False)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    return ProlificLab(tmp_path, prolific)
