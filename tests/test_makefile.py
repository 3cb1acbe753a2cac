"""What make offers is explained, is what the documentation names, and leaves nothing behind after `make clean`."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def recipe(target: str) -> str:
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert found is not None
    return found[1]


def test_every_target_is_explained_and_none_is_taken_for_a_file() -> None:
    phony = re.search(r"^\.PHONY:(.*)$", MAKEFILE, re.MULTILINE)
    assert phony is not None
    explained = set(re.findall(r'@echo "make ([a-z-]+)', recipe("help")))
    assert set(phony[1].split()) == TARGETS
    assert explained | {"help", "lint", "types"} == TARGETS  # `make check` is both of the latter


def test_pages_name_only_targets_that_there_are() -> None:
    for page in PAGES:
        named = set(re.findall(r"(?:^|`)make (?:[A-Z]+=\S* )*([a-z-]+)", page.read_text("utf-8"), re.MULTILINE))
        assert named <= TARGETS, page


def test_who_contributes_is_told_of_every_way_to_test() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    tests = {"test", "test-fast", "test-lowest", "coverage", "check", "soak", "lint-js", "docs"}
    assert {target for target in tests if f"make {target}" not in told} == set()


@pytest.mark.parametrize("left", ["$(VENV)", "$(LOWEST)", "node_modules", "site", "build", "dist", ".coverage"])
def test_clean_removes_what_was_installed_and_built(left: str) -> None:
    assert left in recipe("clean").split()


def test_constraints_pin_each_package_once_and_all_that_development_asks_for_by_name():
    lines = [
        line for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if line[:1] not in ("#", "")
    ]
    pins = [re.fullmatch(r"([\w.-]+)==[\w.]+", line) for line in lines]
    names = [re.sub(r"[-_.]+", "-", pin[1]).lower() for pin in pins if pin]
    assert len(names) == len(lines)
    assert sorted(names) == sorted(set(names))
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    asked = {re.match(r"[\w.-]+", wanted)[0].lower() for wanted in extras["dev"]} - {"parleyrun"}
    assert asked - set(names) == set()


@pytest.mark.process
def test_the_lowest_versions_are_of_all_that_is_installed_with_the_tests_and_as_pyproject_has_them():
    printed = subprocess.run(
        [sys.executable, ROOT / ".ci/lowest.py"], capture_output=True, text=True, check=True, timeout=60
    ).stdout.splitlines()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = [
        *project["dependencies"],
        *(each for extra in ("serve", "metrics", "postgres") for each in extras[extra]),
    ]
    assert "psycopg==3.2.1" in printed
    assert {re.match(r"[\w.-]+", each)[0] for each in asked} <= {line.partition("==")[0] for line in printed}
    assert [line for line in printed if "[" in line or ">" in line] == []
