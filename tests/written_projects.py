"""Projects that a test writes, and an interpreter that is left as it was found."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from parleyrun.compat.name_finder import NameFinder

Write = Callable[[str, str], Path]


@pytest.fixture(autouse=True)
def imports_are_forgotten() -> Iterator[None]:
    """Forget what a test imports of its projects, and that our names stand for ParlAI's."""
    path, modules = list(sys.path), set(sys.modules)
    yield
    for finder in [finder for finder in sys.meta_path if isinstance(finder, NameFinder)]:
        finder.remove()
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name.startswith("parleyrun.") or name in sys.builtin_module_names:
            continue  # registries hold on to the classes of ours
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
