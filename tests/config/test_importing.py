"""Importing the world module: from where, and what is said when it fails."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from parleyrun.config.diagnostics import Finding
from parleyrun.config.plan import check

Write = Callable[[str, str], Path]

WORLDS = """\
from parleyrun import World

class Lobby(World):
    def parley(self):
        return "chat"

class Chat(World):
    def parley(self):
        return None

    def episode_done(self):
        return True
"""


def config(write: Write, module: str, place: str = "configs/a.yml") -> Path:
    return write(place, f"world_module: {module}\noverworld: Lobby\ntasks: {{chat: {{task_world: Chat}}}}\n")


def only_finding(path: Path) -> Finding:
    plan, (found,) = check(path)
    assert plan is None
    return found


def test_the_configs_project_folder_is_looked_through(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("farworlds/deep.py", WORLDS)
    path = config(write, "farworlds.deep")
    monkeypatch.chdir("/")

    assert check(path)[1] == []
    assert sys.path.count(str(path.parent.parent)) == 1
    assert check(path)[1] == []
    assert sys.path.count(str(path.parent.parent)) == 1


def test_the_current_folder_comes_first(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("here/twice.py", WORLDS)
    write("twice.py", "raise RuntimeError('not this one')")
    path = config(write, "twice")
    monkeypatch.chdir(path.parent.parent / "here")

    assert check(path)[1] == []


def test_folders_above_the_project_are_left_alone(write: Write, tmp_path: Path) -> None:
    write("outside.py", WORLDS)
    write("inner/pyproject.toml", "")
    path = config(write, "outside", "inner/configs/a.yml")

    assert only_finding(path).code == "module-not-found"


def test_a_module_that_is_not_there_is_told_from_one_that_fails(write: Write) -> None:
    write("mistaken.py", "import nowhere_to_be_found")

    missing = only_finding(config(write, "mistakn"))
    failing = only_finding(config(write, "mistaken"))

    assert (missing.code, missing.hint) == ("module-not-found", "did you mean 'mistaken'?")
    assert failing.code == "module-failed"
    assert "No module named 'nowhere_to_be_found'" in failing.message


def test_a_missing_part_of_a_package_is_named(write: Write) -> None:
    write("pack/__init__.py", "")
    write("pack/demo.py", WORLDS)

    found = only_finding(config(write, "pack.dmo"))

    assert found.code == "module-not-found"
    assert "there is no 'pack.dmo'" in found.message
    assert found.hint == "did you mean 'pack.demo'?"


def test_only_the_authors_own_lines_are_shown(write: Write) -> None:
    write("helpful.py", "import json\n\ndef read():\n    return json.loads('{')\n")
    write("failing.py", "import helpful\n\nTASK = helpful.read()\n")

    found = only_finding(config(write, "failing"))

    assert found.code == "module-failed"
    assert "JSONDecodeError" in found.message
    lines = found.hint.splitlines()[1:]
    assert [line.partition(": ")[2] for line in lines] == ["TASK = helpful.read()", "return json.loads('{')"]


def test_a_module_that_stops_the_program_does_not_stop_ours(write: Write) -> None:
    write("leaving.py", "raise SystemExit(3)")

    assert "sys.exit(3)" in only_finding(config(write, "leaving")).message


def test_ctrl_c_while_importing_is_not_swallowed(write: Write) -> None:
    write("stopping.py", "raise KeyboardInterrupt")

    with pytest.raises(KeyboardInterrupt):
        check(config(write, "stopping"))


def test_a_module_can_be_mended_and_read_again(write: Write) -> None:
    path = config(write, "mended")
    write("mended.py", "raise ValueError('not yet')")
    assert only_finding(path).code == "module-failed"

    write("mended.py", WORLDS + "\n# mended, and of another length\n")

    assert check(path)[1] == []


@pytest.mark.parametrize("name", ["demo.py", "./demo.py", "~beside", "absolute"])
def test_a_module_may_be_named_by_the_path_of_its_file(
    write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    file = write("my-study/demo.py", "from .near import FIRST\nimport also_near\n" + WORLDS)
    write("my-study/near.py", "FIRST = 1\n")
    write("my-study/also_near.py", "SECOND = 2\n")
    monkeypatch.chdir("/")
    monkeypatch.setenv("HOME", str(tmp_path))
    text = {"~beside": "~/my-study/demo.py", "absolute": str(file)}.get(name, name)

    plan, found = check(config(write, text, "my-study/a.yml"))

    assert found == []
    assert plan is not None
    assert (plan.module.FIRST, plan.module.also_near.SECOND) == (1, 2)
    assert plan.overworld.__module__ == "my_study.demo"


def test_a_path_is_looked_for_in_the_folders_of_the_project_too(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("lobbies/demo.py", "from . import near\n" + WORLDS)
    write("lobbies/near.py", "")
    monkeypatch.chdir("/")

    plan, found = check(config(write, "lobbies/demo.py"))

    assert found == []
    assert plan is not None
    assert plan.overworld.__module__ == "lobbies.demo"


def test_a_file_beside_the_config_comes_first(
    write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write("sites/one.py", WORLDS)
    write("one.py", "raise RuntimeError('not this one')")
    monkeypatch.chdir(tmp_path)

    assert check(config(write, "one.py", "sites/a.yml"))[1] == []


def test_a_file_in_a_package_is_imported_as_part_of_it(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("outerpack/__init__.py", "NAME = 'outer'\n")
    write("outerpack/inner/__init__.py", "")
    write("outerpack/inner/demo.py", "from .. import NAME\n" + WORLDS)
    monkeypatch.chdir("/")

    plan, found = check(config(write, "../outerpack/inner/demo.py"))

    assert found == []
    assert plan is not None
    assert plan.overworld.__module__ == "outerpack.inner.demo"


def test_a_folder_that_is_called_like_a_package_takes_nothing_away_from_that(write: Write) -> None:
    write("xmlrpc/demo.py", WORLDS)

    plan, found = check(config(write, "demo.py", "xmlrpc/a.yml"))

    import xmlrpc.client

    assert found == []
    assert plan is not None
    assert plan.overworld.__module__ == "xmlrpc_worlds.demo"
    assert xmlrpc.client.Fault


def test_a_folder_takes_no_name_that_other_packages_have(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("elsewhere/xmlrpc_worlds.py", "MINE = True")
    write("xmlrpc/demo.py", WORLDS)
    monkeypatch.delitem(sys.modules, "xmlrpc_worlds", raising=False)
    path = config(write, "demo.py", "xmlrpc/a.yml")
    monkeypatch.syspath_prepend(path.parent.parent / "elsewhere")

    plan, found = check(path)

    assert found == []
    assert plan is not None
    assert plan.overworld.__module__ == "xmlrpc_worlds_2.demo"


@pytest.mark.parametrize(
    ("name", "got"), [("json", "json/__init__.py, which"), ("sys", "one that is built into Python, which")]
)
def test_a_module_that_is_called_like_one_of_pythons_is_not_taken_for_it(
    write: Write, name: str, got: str
) -> None:
    write(f"{name}.py", WORLDS)

    found = only_finding(config(write, name))

    assert (found.code, found.hint) == ("module-shadowed", "give your module another name")
    assert f"expected the module '{name}' in " in found.message
    assert got in found.message


def test_a_file_in_a_package_that_is_called_like_one_of_pythons_is_not_taken_for_it(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("json/__init__.py", "")
    write("json/decoder.py", WORLDS)
    monkeypatch.chdir("/")

    found = only_finding(config(write, "../json/decoder.py"))

    assert found.code == "module-shadowed"
    assert "expected the module '../json/decoder.py' in " in found.message


def test_a_module_that_is_called_py_is_told_from_a_file(write: Write) -> None:
    write("farlobby/__init__.py", "")
    write("farlobby/py.py", WORLDS)

    plan, found = check(config(write, "farlobby.py"))

    assert found == []
    assert plan is not None
    assert plan.overworld.__module__ == "farlobby.py"


def test_a_file_beside_nothing_that_is_not_there_is_told_as_a_file(write: Write) -> None:
    write("demo_hall.py", WORLDS)

    found = only_finding(config(write, "demo_hal.py"))

    assert (found.code, found.message) == ("module-not-found", "expected a file 'demo_hal.py', but there is none")
    assert found.hint == "did you mean 'demo_hall.py'?"


def test_a_module_that_raises_a_syntax_error_of_its_own_shows_where(write: Write) -> None:
    write("particular.py", "raise SyntaxError('not in this house')\n")

    found = only_finding(config(write, "particular"))

    assert found.code == "module-failed"
    assert found.hint.count("particular.py") == 1
    assert found.hint.endswith("particular.py:1: raise SyntaxError('not in this house')")


def test_a_module_named_by_its_dotted_name_imports_what_lies_beside_it(write: Write) -> None:
    write("halls/demo.py", "import beside_the_hall\n" + WORLDS)
    write("halls/beside_the_hall.py", "")

    assert check(config(write, "halls.demo"))[1] == []


def test_a_file_that_is_not_there_is_told_with_the_nearest(write: Write) -> None:
    write("halls/demo.py", WORLDS)

    found = only_finding(config(write, "halls/dmo.py"))

    assert (found.code, found.message) == ("module-not-found", "expected a file 'halls/dmo.py', but there is none")
    assert found.hint == "did you mean 'halls/demo.py'?"


def test_a_file_that_python_cannot_import_is_told_how_to_be_called(write: Write) -> None:
    write("configs/demo.v2.py", WORLDS)

    found = only_finding(config(write, "demo.v2.py"))

    assert (found.code, found.hint) == ("bad-name", "call it demo_v2.py")


def test_a_path_of_a_file_that_fails_shows_where(write: Write) -> None:
    write("configs/failing_file.py", "import nowhere_to_be_found\n")

    found = only_finding(config(write, "./failing_file.py"))

    assert found.code == "module-failed"
    assert "importing './failing_file.py' failed" in found.message
    assert "failing_file.py:1: import nowhere_to_be_found" in found.hint
