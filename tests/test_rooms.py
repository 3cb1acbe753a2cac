"""Who may import whom.

The package is made of rooms, and a room imports only from those before it. Packages that others wrote have
homes. Imports under `TYPE_CHECKING` and inside functions count like all others: they tie rooms together too. So
do names of modules in texts, as these are there to be imported.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from python_statements import statements

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "parleyrun"

ROOMS = (
    "lazy_imports",
    "errors",
    "text",
    "frozen_values",
    "private_files",
    "single_page",
    "registry",
    "core",
    "message_marks",
    "signals",
    "events",
    "config",
    "runner",
    "store",
    "archive",
    "study",
    "service",
    "channels",
    "bots",
    "tasks",
    "ready",
    "engines",
    "web",
    "app",
    "fake_graph",
    "terminal",
    "evaluate",
    "checks",
    "compat",
    "testing",
    "cli",
)
NEVER = {"channels": {"service"}, "runner": {"service", "store", "channels"}}
"""What stays apart whatever the order is: these rooms are handed callables instead."""

ROOT_NAMES = {"__version__"}
"""What a room may import from `parleyrun` itself; all else there is for world authors."""

HOMES = {
    "yaml": ("config/",),
    "psycopg": ("store/postgres/",),
    "sqlite3": ("store/sqlite/", "archive/"),
    "pandas": ("archive/tables/data_frame",),
    "matplotlib": ("archive/report/plots",),
    "numpy": ("archive/report/intervals",),
    "pyarrow": ("archive/tables/parquet_file",),
    "requests": ("channels/messenger", "bots/", "tasks/", "study/prolific/", "app/watching/alert_ways"),
    "urllib3": ("bots/chat_completions/completions_client",),
    "datasets": ("tasks/hf",),
    "parlai": ("bots/parlai/parlai_model",),
    "torch": ("bots/transformers/text_generator",),
    "transformers": ("bots/transformers/text_generator",),
    "litellm": ("bots/litellm/litellm_source",),
    "starlette": ("web/",),
    "opentelemetry": ("app/watching/",),
    "prometheus_client": ("web/metrics/",),
    "uvicorn": ("web/",),
    "uvloop": ("web/",),
    "h11": ("web/",),
    # Seats of a terminal are connected over the real websocket.
    "websockets": ("web/", "terminal/socket_seats"),
    "markdown_it": ("channels/browser/markdown",),
    "ray": ("engines/ray/",),
    "sacrebleu": ("core/metrics/bleu",),
    "click": ("cli/",),
    "rich": ("cli/", "evaluate/scores_table"),
}
"""Packages that live in a few files only, given as the beginnings of their paths."""

GROUPS = {f"parleyrun.{kind}" for kind in ("bots", "tasks", "channels", "stores", "export_formats")}
"""Entry points that installed packages add to. That some are called like a room imports nothing."""

BY_NAME = {
    "lazy_imports.py": "imports what a package's own stub names",
    "registry.py": "imports what is registered under a name",
    "core/create.py": "imports an agent's class that the user names",
    "core/task_names.py": "imports a teacher's module that the user names",
    "config/importing.py": "imports the world module",
    "compat/standing_module.py": "imports what stands behind a name of ParlAI's",
    "compat/chat/chat_helpers.py": "imports a module of worlds that an author names",
    "store/snapshot.py": "finds again what a pickle names, as pickle itself does",
    "cli/__init__.py": "imports the one command that is run",
}
"""Who imports a module whose name is known at run time only, and why."""


def modules_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if path.is_file())


def imported_by(path: Path, root: Path = ROOT) -> Iterator[tuple[int, str]]:
    """Yield `(line, dotted name)` of everything that a module imports, relative names made absolute."""
    package = path.relative_to(root).parent.parts
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text, str(path))
    # Only in a text can a name stand deeper than in statements, and expressions are most of a module.
    for node in ast.walk(tree) if re.search(r"""["']parleyrun\.""", text) else statements(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            home = ".".join([*base, *filter(None, [node.module])])
            yield from ((node.lineno, f"{home}.{name.name}") for name in node.names)
        elif isinstance(node, ast.Constant) and is_module_of_ours(node.value, root):
            yield node.lineno, f"{node.value.partition(':')[0]}.*"


def is_module_of_ours(text: object, root: Path) -> bool:
    """Whether a text is nothing but the name of a module of the package, or of something in one."""
    if not isinstance(text, str) or not re.fullmatch(r"parleyrun(\.\w+)+(:\w+)?", text) or text in GROUPS:
        return False
    place = root.joinpath(*text.partition(":")[0].split("."))
    return place.is_dir() or place.with_suffix(".py").is_file()


def room_of(path: Path) -> str | None:
    """Return the room a module of the package is in; None for `__init__` and `__main__`."""
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return None if first in ("__init__", "__main__") else first


def may_import(room: str, other: str) -> bool:
    return ROOMS.index(other) <= ROOMS.index(room) and other not in NEVER.get(room, ())


def faults_of(path: Path) -> Iterator[str]:
    """Yield what a module of the package imports but may not."""
    where, room = path.relative_to(PACKAGE).as_posix(), room_of(path)
    for line, name in imported_by(path):
        top, _, inner = name.partition(".")
        other = inner.partition(".")[0]
        if top == "worlds":
            yield f"{where}:{line}: the package knows no world by name, got {name}"
        elif top != "parleyrun":
            homes = HOMES.get(top, () if top not in sys.stdlib_module_names else None)
            if homes is not None and not where.startswith(tuple(homes)):
                yield f"{where}:{line}: {top} is at home in {', '.join(homes) or 'no file'}"
        elif room is not None and other not in ROOMS:
            if other not in ROOT_NAMES:
                yield f"{where}:{line}: expected a name from a room, got {name}"
        elif room is not None and not may_import(room, other):
            yield f"{where}:{line}: {room} may not import from {other}, got {name}"


def test_a_room_imports_only_from_rooms_before_it_and_packages_stay_at_home():
    modules = modules_in(PACKAGE)
    assert len(modules) > 500
    assert [fault for path in modules for fault in faults_of(path)] == []


def test_only_few_files_import_by_a_name_that_is_known_at_run_time_only():
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in modules_in(PACKAGE)
        if re.search("import_module|__import__", text := path.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__"))
    }
    assert found == set(BY_NAME)


def test_every_module_is_in_a_room_that_has_its_place_in_the_order():
    assert {room_of(path) for path in modules_in(PACKAGE)} - {None} <= set(ROOMS)


@pytest.mark.parametrize("path", modules_in(ROOT / "worlds"), ids=lambda path: path.name)
def test_example_worlds_import_only_what_an_author_has(path):
    foreign = {
        f"line {line}: {name}"
        for line, name in imported_by(path)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not re.fullmatch(r"parleyrun(\.ready)?\.\w+", name)
    }
    assert foreign == set()


def test_the_check_sees_imports_that_hide(tmp_path):
    hidden = tmp_path / "parleyrun" / "runner" / "a.py"
    hidden.parent.mkdir(parents=True)
    hidden.write_text(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from ..service.pool import Pool\n"
        "def late():\n    import yaml\n    from . import turn\n    from .. import cli\n"
        "LATER = 'parleyrun.runner.a:Thing'\nWORDS = 'parleyrun.runner.a is a module', 'parleyrun.threads'\n"
    )
    assert set(imported_by(hidden, tmp_path)) == {
        (1, "typing.TYPE_CHECKING"),
        (3, "parleyrun.service.pool.Pool"),
        (5, "yaml"),
        (6, "parleyrun.runner.turn"),
        (7, "parleyrun.cli"),
        (8, "parleyrun.runner.a.*"),
    }
    assert not may_import("runner", "service")
    assert not may_import("channels", "service")
    assert not may_import("core", "cli")
    assert may_import("cli", "core")
    assert may_import("core", "core")
