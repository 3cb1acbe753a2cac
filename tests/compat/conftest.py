"""What these tests share: projects that were written for ParlAI, and an interpreter left as it was found."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from parleyrun.compat.name_finder import NameFinder

Write = Callable[[str, str], Path]


@pytest.fixture(autouse=True)
def _names_are_theirs_again() -> Iterator[None]:
    path, modules = list(sys.path), set(sys.modules)
    yield
    for finder in [finder for finder in sys.meta_path if isinstance(finder, NameFinder)]:
        finder.remove()
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        file = getattr(sys.modules[name], "__file__", None) or ""
        ours = name.startswith("parleyrun.") or "site-packages" in file or file.startswith(sys.base_prefix)
        if file and not ours:
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


@pytest.fixture
def checkout(write: Write) -> Write:
    """Return the same in a folder that has a `parlai` package in it which cannot be imported."""
    for package in ("", "core", "utils", "agents", "chat_service", "chat_service/tasks", "messenger", "tasks"):
        write(f"parlai/{package}/__init__.py", "import a_package_that_nobody_has\n")
    for module in ("core/worlds", "core/agents", "utils/misc", "agents/transformer/transformer"):
        write(f"parlai/{module}.py", "import another_package_that_nobody_has\n")
    write("parlai/chat_service/tasks/__init__.py", "")
    write("parlai/tasks/__init__.py", "")
    return write
