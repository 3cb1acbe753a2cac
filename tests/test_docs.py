"""The documentation names what there is, leaves nothing out, and its guide to a first world can be followed."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from fresh_checkout import fresh_checkout, needs_a_checkout
from plain_client import PlainClient
from serve_process import WatchedProcess
from test_rooms import ROOMS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
TEXTS = [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
ON_THE_SITE = [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
INSTALLING = ("git clone ", "mkdir ", "python3 -m venv ", "source ", "pip install ")
"""How the commands begin whose effect a test has already: they need the network, or make the folder."""


def without_code(text: str) -> str:
    return re.sub(r"^ *```.*?^ *```$", "```\n```", text, flags=re.MULTILINE | re.DOTALL)


def pages_in_nav() -> list[str]:
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    nav = yaml.safe_load(text[text.index("\nnav:") : text.index("\nvalidation:")])["nav"]
    return re.findall(r"[\w/-]+\.md", str(nav))


def test_the_navigation_leads_to_every_page_once():
    assert sorted(pages_in_nav()) == sorted(page.relative_to(DOCS).as_posix() for page in PAGES)


@pytest.mark.parametrize("package", ["parleyrun", "parleyrun.testing"])
def test_the_reference_has_every_public_name_once(package):
    text = "\n".join(page.read_text("utf-8") for page in (DOCS / "reference").glob("*.md"))
    referred = re.findall(rf"^::: {re.escape(package)}\.(\w+)$", text, re.MULTILINE)
    assert Counter(referred) == Counter(import_module(package).__all__)


def test_every_python_file_that_is_named_with_its_folder_exists():
    homes = (ROOT, ROOT / "parleyrun", ROOT / "parleyrun" / "channels" / "messenger")
    for page in TEXTS:
        named = re.findall(r"`([\w/]+/\w+\.py)`", without_code(page.read_text("utf-8")))
        assert [path for path in named if not any((home / path).is_file() for home in homes)] == [], page


ARCHITECTURE = (DOCS / "architecture.md").read_text("utf-8")
PACKAGE = ROOT / "parleyrun"


def folders_of(path):
    return sorted(each for each in path.iterdir() if each.is_dir() and any(each.glob("*.py")))


def test_every_file_that_the_architecture_names_exists():
    named = re.findall(r"`(\w+\.py)`", without_code(ARCHITECTURE))
    there = {path.name for path in PACKAGE.rglob("*.py")}
    assert named
    assert {*named} - there == set()


def test_every_folder_that_the_architecture_names_exists():
    named = re.findall(r"`([\w/]+)/`", without_code(ARCHITECTURE))
    there = [f"/{path.relative_to(ROOT).as_posix()}" for path in (PACKAGE, *PACKAGE.rglob("*")) if path.is_dir()]
    assert named
    assert [name for name in named if not any(folder.endswith(f"/{name}") for folder in there)] == []


def test_the_architecture_names_every_room_and_its_order():
    rooms = [room for room in ROOMS if (PACKAGE / room).is_dir() or (PACKAGE / f"{room}.py").is_file()]
    order = re.search(r"## Rooms\n```\n(.*?)```", ARCHITECTURE, re.DOTALL)
    assert order is not None
    assert order[1].split() == rooms
    explained = re.findall(r"^\| `(\w+)(?:/|\.py)` \|", ARCHITECTURE, re.MULTILINE)
    assert sorted(explained) == sorted(rooms)


def test_the_architecture_names_the_folders_of_a_room():
    for room in folders_of(PACKAGE):
        row = next(line for line in ARCHITECTURE.splitlines() if line.startswith(f"| `{room.name}/` |"))
        assert [folder.name for folder in folders_of(room) if f"{folder.name}/" not in row] == [], room.name


def test_lists_and_tables_begin_after_an_empty_line_as_the_site_needs_it():
    block = re.compile(r"([-*] |\d+\. |\|)")
    run_on = []
    for page in ON_THE_SITE:
        for paragraph in re.split(r"\n\s*\n", without_code(page.read_text("utf-8"))):
            first, *rest = [line for line in paragraph.strip("\n").splitlines() if not line.startswith("#")] or [
                ""
            ]
            if not block.match(first) and not first.startswith(" "):
                run_on += [f"{page.name}: {line}" for line in rest if block.match(line)]
    assert run_on == []


@pytest.mark.process
@pytest.mark.skipif(find_spec("mkdocs_autorefs") is None, reason="the extra docs is not installed")
def test_the_site_is_built_without_a_warning_and_loads_nothing_from_elsewhere(tmp_path):
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(tmp_path)]
    ran = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert ran.returncode == 0, ran.stderr
    built = [page.read_text("utf-8") for page in tmp_path.rglob("*.html")]
    assert len(built) > len(PAGES)
    other = r"=\"?(?:https?:)?//"
    loaded = re.compile(rf"<(?:script|img|iframe)[^>]*\ssrc{other}|<link(?![^>]*canonical)[^>]*href{other}")
    assert [found[0] for page in built for found in loaded.finditer(page)] == []


class Follower:
    """Somebody who follows the tutorial of worlds in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.checkout = fresh_checkout(folder / "parleyrun")
        self.folder = folder / "my-study"
        self.folder.mkdir()
        (self.folder / ".venv").symlink_to(self.checkout / ".venv")

    def save(self, name: str, code: str) -> None:
        (self.folder / name).write_text(code, "utf-8")

    def run(self, commands: str) -> str:
        script = f"set -e\nsource .venv/bin/activate\n{commands}"
        command = ["bash", "-c", script]
        ran = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=60)
        assert ran.returncode == 0, f"{commands}\n{ran.stdout}\n{ran.stderr}"
        return ran.stdout

    def serve_and_talk(self, command: str) -> None:
        program, *arguments = command.split()
        path = self.folder / ".venv" / "bin" / program
        with WatchedProcess(path, *arguments, "--port", "0", "--grace", "0", folder=self.folder) as served:
            url = served.ready()
            with PlainClient(url) as reporter, PlainClient(url) as guest:
                for person, role in ((reporter, "Reporter"), (guest, "Guest")):
                    person.says("hi")
                    person.sees("Shall we begin?")
                    person.says("interview")
                    if role == "Guest":
                        reporter.sees("You are the Reporter")
                        guest.sees("You are the Guest")
                reporter.says("Where do you live?")
                guest.sees("Where do you live?")
                guest.says("bye")
                reporter.sees("bye")
                reporter.sees("Shall we begin?")
            served.interrupt()
            assert served.exit_code() == 0


@pytest.mark.process
@needs_a_checkout
def test_the_tutorial_of_worlds_can_be_followed_from_its_first_block_to_its_last(tmp_path):
    pieces = re.split(r"^```(\w*)\n(.*?)^```$", (DOCS / "first_world.md").read_text("utf-8"), flags=re.M | re.S)
    follower, said, ran = Follower(tmp_path), "", []
    for before, language, block in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=False):
        if language in ("python", "yaml"):
            follower.save(re.findall(r"Save this as `([\w.]+)`", before)[-1], block)
        elif language == "text":
            assert block in said
        else:
            commands = [line for line in block.splitlines() if not line.startswith(INSTALLING)]
            if commands and commands[0].startswith("parleyrun serve "):
                follower.serve_and_talk(commands[0])
            else:
                said = follower.run("\n".join(commands))
            ran += [(command, said) for command in commands]
    shown = dict(ran)
    assert "interview/t_1" in shown["parleyrun transcripts my-study.db"]
    assert "Reporter: Where do you live?" in shown["parleyrun transcripts my-study.db interview/t_1"]
    assert "1 passed" in shown["python -m pytest"]
    for name in ("talks.jsonl", "talks.csv", "chat.jsonl"):
        assert "Where do you live?" in (follower.folder / name).read_text("utf-8")
