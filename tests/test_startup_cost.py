"""What a command costs before it begins, told by what it imports: a clock would say something else each time."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from unmeasured import unmeasured

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[1]


def imported_by(*arguments: str) -> set[str]:
    """Run `python ARGUMENTS` and return the names of all modules it imported. Fails if it does not exit with 0."""
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        cwd=ROOT,
        env=unmeasured(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr[-2000:]
    return set(re.findall(r"^import time:.*\| +(\S+)$", ran.stderr, re.MULTILINE))


def packages(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


@pytest.fixture(scope="module")
def help_imports() -> set[str]:
    return imported_by("-m", "parleyrun", "--help")


@pytest.fixture(scope="module")
def validate_imports() -> set[str]:
    return imported_by("-m", "parleyrun", "validate", "configs/demo.yml")


def test_the_way_of_looking_sees_imports():
    assert {"json", "json.decoder"} <= imported_by("-c", "import json")


@pytest.mark.parametrize("package", ["yaml", "rich", "requests", "asyncio", "starlette", "uvicorn", "websockets"])
def test_help_loads_no_package_that_only_a_command_needs(help_imports, package):
    assert "click" in help_imports
    assert package not in packages(help_imports)


@pytest.mark.parametrize("module", ["concurrent.futures", "importlib.metadata"])
def test_help_loads_no_costly_module(help_imports, module):
    assert module not in help_imports


def test_help_loads_hardly_anything_of_our_own(help_imports):
    ours = {name for name in help_imports if name.startswith("parleyrun")}
    assert ours <= {
        "parleyrun",
        "parleyrun.app",
        "parleyrun.app.exit_codes",
        "parleyrun.cli",
        "parleyrun.__main__",
        "parleyrun.errors",
        "parleyrun.lazy_imports",
        "parleyrun.registry",
        "parleyrun.text",
    }


@pytest.mark.parametrize(
    "package", ["rich", "requests", "asyncio", "starlette", "uvicorn", "websockets", "sqlite3"]
)
def test_validate_loads_no_package_that_running_needs(validate_imports, package):
    assert "yaml" in validate_imports
    assert package not in packages(validate_imports)


@pytest.mark.parametrize("room", ["events", "runner", "store", "service", "channels", "web"])
def test_validate_loads_none_of_the_rooms_that_run(validate_imports, room):
    assert not {name for name in validate_imports if name.startswith(f"parleyrun.{room}")}


def test_opening_the_browsers_door_loads_nothing_of_messenger():
    imports = imported_by(
        "-c",
        "import parleyrun\n"
        "app = parleyrun.App.from_config('configs/demo.yml', store=':memory:', port=0)\n"
        "app.start()\n"
        "app.close(grace_seconds=0)",
    )
    assert "parleyrun.web.web_server" in imports
    assert (
        not {name for name in imports if name.startswith("parleyrun.channels.messenger.")} | {"requests"} & imports
    )


def test_what_an_author_imports_costs_none_of_what_runs_it():
    imports = imported_by("-c", "from parleyrun import World, BotAgent, DISCONNECT_TEXT")
    assert not {"threading", "asyncio", "yaml", "click", "concurrent.futures"} & imports
    assert {name.partition(".")[2].partition(".")[0] for name in imports if name.startswith("parleyrun.")} == {
        "core",
        "errors",
        "frozen_values",
        "lazy_imports",
        "registry",
    }
