"""A package adds a channel, in one file; people talk over it, and with those who come over the browser."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest
from installed_package import install_package
from serve_lab import CONFIG, WORLDS, Visitor
from serve_process import DEADLINE_SECONDS, ServeProcess

ROOT = Path(__file__).parents[2]

LINES = '''
"""People who come over a plain TCP connection: their name first, then a line for each message."""

import itertools
import socketserver
import threading

from parleyrun.events import Inbound, participant_id


class LinesChannel:
    name = "lines"
    connectionless = True

    def __init__(self, settings, context):
        self.port_file = settings["port_file"]
        self.limit = context.config.limits.text_bytes
        self.people = {}
        self.numbers = itertools.count(1)

    @staticmethod
    def check_settings(settings):
        return {} if "port_file" in settings else {"port_file": "expected the file to write the port to, got none"}

    def start(self, deliver, log):
        channel = self

        class Connection(socketserver.StreamRequestHandler):
            def handle(self):
                person = participant_id("lines", self.rfile.readline().decode().strip())
                channel.people[person] = self.wfile
                for line in self.rfile:
                    message_id = f"m{next(channel.numbers)}"
                    deliver(Inbound(person, message_id, line.decode().rstrip()[: channel.limit]))

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Connection)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,)).start()
        with open(self.port_file, "w") as file:
            file.write(str(self.server.server_address[1]))

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def send(self, delivery):
        if not delivery.mine:
            message = delivery.message
            self.people[delivery.participant_id].write(f"{message.id}: {message.text}\\n".encode())

    def signal(self, participant_id, signal):
        pass
'''


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
    offered = {"parleyrun.channels": {"lines": "tiny_lines:LinesChannel"}}
    install_package(package, {"tiny_lines.py": LINES}, offered)
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
