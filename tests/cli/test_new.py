"""`parleyrun new`: every template makes a project that is sound, and that its own test plays."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from parleyrun.app.examples import project_templates
from parleyrun.app.examples.project_templates import make_project
from parleyrun.cli import commands
from parleyrun.cli.validate import find_all
from parleyrun.errors import ProjectError

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(path.parent.name for path in (ROOT / "templates").glob("*/study.yml"))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which somebody works, who has no model's address in their environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("MODEL_URL", "MODEL_NAME", "MODEL_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(commands, ["new", *arguments])


def all_of(folder: Path) -> dict[str, str]:
    """Return what is in each file of a folder, but for what Python has compiled."""
    files = [file for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc"]
    return {str(file.relative_to(folder)): file.read_text("utf-8") for file in files}


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_new_project_is_sound_and_says_what_to_do_next(desk: Path, template: str) -> None:
    name = f"my-{template}"
    ran = run(name, "--template", template)
    assert ran.exit_code == 0, ran.output
    assert f"cd {name} && parleyrun serve study.yml" in ran.stdout
    project = desk / name
    plan, findings = find_all(project / "study.yml")
    assert plan is not None
    assert findings == []
    assert plan.config.task_name == name
    readme = (project / "README.md").read_text("utf-8")
    assert readme.startswith(f"# {name}\n")
    for command in ("parleyrun serve study.yml", "python -m pytest", "parleyrun export study.db"):
        assert command in readme
    shown = {file.name for file in project.iterdir()} - {"README.md", ".gitignore", "__pycache__"}
    assert [file for file in sorted(shown) if f"| `{file}` |" not in readme] == []
    assert [file for file, text in all_of(project).items() if "{{" in text] == []


@pytest.mark.process
@pytest.mark.parametrize("template", TEMPLATES)
def test_the_test_of_a_new_project_passes(desk: Path, template: str) -> None:
    make_project("study-one", template, desk)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    ran = subprocess.run(
        command, cwd=desk / "study-one", env=environment, capture_output=True, text=True, timeout=100
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("taken", ["a folder", "a file", "a link that leads nowhere"])
def test_a_name_that_is_taken_is_refused_and_what_is_there_stays_as_it_is(desk: Path, taken: str) -> None:
    if taken == "a folder":
        (desk / "study").mkdir()
        (desk / "study" / "study.yml").write_text("mine")
    elif taken == "a file":
        (desk / "study").write_text("mine")
    else:
        (desk / "study").symlink_to("nowhere")
    with pytest.raises(ProjectError, match=r"^expected a name that is not taken, got 'study': study is there"):
        make_project("study", "chat", desk)
    assert [path.name for path in desk.iterdir()] == ["study"]
    if taken != "a link that leads nowhere":
        assert set(all_of(desk).values()) == {"mine"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "expected a name for the project, got nothing"),
        ("   ", "expected a name for the project, got nothing"),
        (".", "that begins with a letter, got '.'"),
        ("..", "that begins with a letter, got '..'"),
        (".hidden", "that begins with a letter, got '.hidden'"),
        ("a.b", "expected a name of letters, digits, - and _"),
        ("a/b", "expected a name of letters, digits, - and _"),
        ("a\\b", "expected a name of letters, digits, - and _"),
        ("/tmp/study", "expected a name of letters, digits, - and _"),
        ("two words", "expected a name of letters, digits, - and _"),
        ("1st", "that begins with a letter, got '1st'"),
        ('quote"d', "expected a name of letters, digits, - and _"),
        ("line\nbreak", "expected a name of letters, digits, - and _"),
        ("\udc80", "expected a name of letters, digits, - and _"),
        ("x" * 61, "expected a name of at most 60 letters, got 61"),
        ("class", "expected a name that is no word of Python's own, got 'class'"),
        ("None", "expected a name that is no word of Python's own, got 'None'"),
    ],
)
def test_a_name_that_no_folder_should_have_is_refused_with_one_sentence(
    desk: Path, name: str, message: str
) -> None:
    with pytest.raises(ProjectError) as error:
        make_project(name, "chat", desk)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert list(desk.iterdir()) == []


def test_letters_of_all_languages_are_letters(desk: Path) -> None:
    make_project("größe-2", "chat", desk)
    plan, findings = find_all(desk / "größe-2" / "study.yml")
    assert plan is not None
    assert (plan.config.task_name, findings) == ("größe-2", [])


def test_a_template_that_there_is_not_is_told_with_the_nearest_one(desk: Path) -> None:
    with pytest.raises(ProjectError, match="got 'grup': did you mean 'group'"):
        make_project("study", "grup", desk)
    assert list(desk.iterdir()) == []


def test_templates_are_listed_with_a_sentence_each(desk: Path) -> None:
    rows = [line.split("  ", 1) for line in run("--list").stdout.splitlines()]
    assert [name for name, _ in rows] == TEMPLATES
    assert all(about.strip() for _, about in rows)
    assert list(desk.iterdir()) == []


def test_without_a_name_nothing_is_made(desk: Path) -> None:
    ran = run()
    assert ran.exit_code == 2
    assert "--list" in ran.output
    assert list(desk.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_told_and_nothing_half_made_is_left(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ProjectError, match="cannot be written: No space left on device"):
        make_project("study", "chat", desk)
    assert list(desk.iterdir()) == []


def test_an_incomplete_installation_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project_templates, "__file__", str(tmp_path / "a" / "b" / "c" / "x.py"))
    with pytest.raises(ProjectError, match="install parleyrun again"):
        make_project("study", "chat", tmp_path)


@pytest.mark.process
def test_the_wheel_has_every_file_of_every_template(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for template in TEMPLATES:
        for file in (ROOT / "templates" / template).iterdir():
            if file.suffix in (".md", ".py", ".yml"):
                assert f"parleyrun/app/examples/templates/{template}/{file.name}" in names
