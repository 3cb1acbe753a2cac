"""A package adds the channel that docs/extending.md shows; people talk over it, and with those at the browser."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest
from installed_package import install_package
from serve_lab import CONFIG, WORLDS, Visitor
from serve_process import DEADLINE_SECONDS, ServeProcess

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]

GUIDE = (ROOT / "docs" / "extending.md").read_text("utf-8")
[LINES] = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
[ENTRY_POINT] = re.findall(r"^```toml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


class LinePerson:
    def __init__(self, lines: TextIO, name: str) -> None:
        self._lines = lines
        self.says(name)

    def says(self, text: str) -> None:
        self._lines.write(f"{text}\n")
        self._lines.flush()

    def sees(self, text: str) -> None:
        while not (line := self._lines.readline()).rstrip().endswith(f": {text}"):
            assert line, f"the connection ended before {text!r} came"


@contextmanager
def connected(port_file: Path, name: str) -> Iterator[LinePerson]:
    with (
        socket.create_connection(("127.0.0.1", int(port_file.read_text())), DEADLINE_SECONDS) as connection,
        connection.makefile("rw", encoding="utf-8") as lines,
    ):
        yield LinePerson(lines, name)


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    package = tmp_path / "installed"
    package.mkdir()
    offered = tomllib.loads(ENTRY_POINT)["project"]["entry-points"]
    install_package(package, {"lines_channel.py": LINES}, offered)
    (tmp_path / "lab_worlds.py").write_text(WORLDS)
    (tmp_path / "lab.yml").write_text(f"{CONFIG}\nstore: {{path: ':memory:'}}\n")
    return tmp_path


def path_of(lab: Path) -> dict[str, str]:
    return {"PYTHONPATH": f"{lab / 'installed'}:{ROOT}"}


def test_people_talk_over_a_channel_that_a_package_adds(lab: Path) -> None:
    port_file = lab / "port"
    with (lab / "lab.yml").open("a") as config:
        config.write(f"channels: {{lines: {{port_file: {port_file}}}}}\n")
    with ServeProcess("lab.yml", "--grace", "0", folder=lab, env=path_of(lab)) as process:
        process.wait_for("^ready: lines$")
        with connected(port_file, "ann") as ann, connected(port_file, "bob") as bob:
            for person in (ann, bob):
                person.says("hi")
                person.sees("where to?")
                person.says("talk")
            ann.sees("talk!")
            bob.sees("talk!")
            ann.says("hello")
            bob.sees("hello")
            bob.says("good day")
            ann.sees("good day")
        process.interrupt()
        assert process.exit_code() == 0


def test_who_hangs_up_takes_nobody_else_along_and_leaves_no_traceback(lab: Path) -> None:
    port_file = lab / "port"
    with (lab / "lab.yml").open("a") as config:
        config.write(f"channels: {{lines: {{port_file: {port_file}}}}}\n")
    with ServeProcess("lab.yml", "--grace", "0", folder=lab, env=path_of(lab)) as process:
        process.wait_for("^ready: lines$")
        with connected(port_file, "bob") as bob:
            with connected(port_file, "ann") as ann:
                for person in (ann, bob):
                    person.says("hi")
                    person.sees("where to?")
                    person.says("talk")
                bob.sees("talk!")
                ann.sees("talk!")
            for text in ("one", "two", "three"):
                bob.says(text)
            with connected(port_file, "cleo") as cleo:
                cleo.says("hi")
                cleo.sees("where to?")
        process.interrupt()
        assert process.exit_code() == 0
        assert "Traceback" not in process.stderr


def test_it_stands_beside_the_browser_and_people_of_both_meet(lab: Path) -> None:
    port_file = lab / "port"
    with (lab / "lab.yml").open("a") as config:
        config.write(f"channels: {{browser: {{port: 0}}, lines: {{port_file: {port_file}}}}}\n")
    with ServeProcess("lab.yml", "--grace", "0", folder=lab, env=path_of(lab)) as process:
        url = process.ready()
        with connected(port_file, "ann") as ann, Visitor(url) as bob:
            ann.says("hi")
            ann.sees("where to?")
            ann.says("talk")
            bob.says("hi")
            bob.says("talk")
            ann.sees("talk!")
            bob.says("good day")
            ann.sees("good day")
        process.interrupt()
        assert process.exit_code() == 0


def test_the_command_line_takes_its_name_and_its_settings_are_checked_by_itself(lab: Path) -> None:
    command = [sys.executable, "-m", "parleyrun", "serve", "lab.yml", "--channel"]

    def refused(name: str) -> str:
        ran = subprocess.run(
            [*command, name], cwd=lab, env=path_of(lab), capture_output=True, text=True, timeout=DEADLINE_SECONDS
        )
        assert ran.returncode == 2
        return ran.stderr

    assert "channel lines: expected the file to write the port to, got none" in refused("lines")
    assert "there is no channel 'linse': did you mean 'lines'?" in refused("linse").replace("\n", " ")
