"""What config tests share: a folder to write configs and modules into, and an interpreter left as it was found."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

Write = Callable[[str, str], Path]


@pytest.fixture(autouse=True)
def _imports_are_forgotten() -> Iterator[None]:
    path, modules = list(sys.path), set(sys.modules)
    yield
    for finder in [finder for finder in sys.meta_path if type(finder).__name__ == "NameFinder"]:
        finder.remove()
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name.startswith("parleyrun."):
            continue  # registries hold on to the classes in them
        file = getattr(sys.modules[name], "__file__", None) or ""
        if "site-packages" not in file and not file.startswith(sys.base_prefix):
            del sys.modules[name]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file into a folder of the test's own: `write('name', 'text')`."""
    (tmp_path / "pyproject.toml").touch()

    def write_file(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    return write_file
