"""The examples that come along: by name in a checkout, and all of them in the wheel."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from parleyrun.app import examples
from parleyrun.errors import ConfigError

CHECKOUT = Path(__file__).parents[2]
CONFIGS = sorted(path.stem for path in (CHECKOUT / "configs").glob("*.yml"))


def test_in_a_checkout_the_examples_are_those_in_configs():
    assert examples.example_names() == CONFIGS
    assert examples.example_config("demo") == CHECKOUT / "configs" / "demo.yml"


def test_a_name_that_is_no_example_is_told_with_the_nearest_one():
    with pytest.raises(ConfigError, match="did you mean 'negotiation'"):
        examples.example_config("negotation")


def test_an_incomplete_installation_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(examples, "__file__", str(tmp_path / "a" / "b" / "c" / "__init__.py"))
    with pytest.raises(ConfigError, match="install parleyrun again"):
        examples.example_config("demo")


def test_each_example_has_a_line_in_the_index():
    index = (CHECKOUT / "docs" / "examples.md").read_text("utf-8")
    assert [name for name in CONFIGS if f"example:{name}" not in index] == []


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The command line of an environment that has the wheel, and otherwise what this one has."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(home), "platbase": str(home)}))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    others = [path for path in sys.path if path.endswith("site-packages")]
    (site / "others.pth").write_text("\n".join(others), "utf-8")
    return home / "bin" / "python"


def run(python: Path, *arguments: str, where: Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [python, "-m", "parleyrun", *arguments]
    return subprocess.run(command, cwd=where, input=typed, capture_output=True, text=True, timeout=60)


@pytest.mark.process
def test_the_wheel_holds_every_example_and_nothing_that_tools_left_behind(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    home = "parleyrun/app/examples"
    for folder, pattern in (("configs", "*.yml"), ("worlds", "*.py")):
        there = {path.name for path in (CHECKOUT / folder).glob(pattern)}
        assert there <= {Path(name).name for name in names if name.startswith(f"{home}/{folder}/")}
    assert [name for name in names if "__pycache__" in name] == []
    assert "parleyrun/py.typed" in names


@pytest.mark.process
def test_an_installed_demo_answers_and_is_not_a_strangers(installed, tmp_path):
    (tmp_path / "worlds").mkdir()
    (tmp_path / "worlds" / "demo.py").write_text("raise SystemExit('a stranger')\n")
    said = run(installed, "local", "--bypass-server", where=tmp_path, typed="hi\necho\nhello\n[DONE]\n")
    assert said.returncode == 0, said.stderr
    assert "hello" in said.stdout
    assert str(CHECKOUT) not in said.stderr


@pytest.mark.process
@pytest.mark.parametrize("name", CONFIGS)
def test_every_installed_example_is_valid(installed, tmp_path, name):
    said = run(installed, "validate", f"example:{name}", where=tmp_path)
    assert said.returncode == 0, said.stdout
