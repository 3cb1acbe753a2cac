"""`parleyrun eval` of a task whose data is somewhere else."""

from __future__ import annotations

import hashlib
import io
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from task_lab import TaskLab

from parleyrun.cli.common.progress_bars import fetching
from parleyrun.tasks.download import Progress

DATA = b"1 + 1=2\n2 + 2=4\n2 + 3=5\n"

FETCHED = """\
from parleyrun import DialogTeacher
from parleyrun.tasks.data import Source, provide
from parleyrun.tasks.download import Download

class Fetched(DialogTeacher):
    SOURCE = Source("sums", Download("http://127.0.0.1:{port}/sums.txt", "sums.txt", "{digest}"), "sums.txt")

    @classmethod
    def prepare(cls, opt, on_progress=None):
        return provide(cls.SOURCE, opt, on_progress)

    def datafile(self):
        return self.prepare(self.opt)

    def setup_data(self, datafile):
        for line in datafile.read_text().splitlines():
            question, answer = line.split("=")
            yield {{"text": question, "labels": [answer]}}, True
"""


class _Sums(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(DATA)))
        self.end_headers()
        self.wfile.write(DATA)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Sums) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


ARGUMENTS = ("eval", "-t", "own_tasks:Fetched", "-m", "repeat_label", "--datapath", "elsewhere")


def test_data_is_fetched_once_and_said_to_be(tasks: TaskLab, port: int) -> None:
    own = FETCHED.format(port=port, digest=hashlib.sha256(DATA).hexdigest())
    (tasks.folder / "own_tasks.py").write_text(own)
    first, second = tasks.run(*ARGUMENTS), tasks.run(*ARGUMENTS)
    assert (first.code, second.code) == (0, 0)
    assert first.err.startswith("fetching sums.txt\n3 examples in ")
    assert second.err.startswith("3 examples in ")
    assert first.out == second.out
    assert (tasks.folder / "elsewhere" / "sums" / "sums.txt").read_bytes() == DATA


def test_data_that_was_put_there_by_hand_needs_no_network(tasks: TaskLab) -> None:
    (tasks.folder / "own_tasks.py").write_text(FETCHED.format(port=9, digest="0" * 64))
    there = tasks.folder / "elsewhere" / "sums"
    there.mkdir(parents=True)
    (there / "sums.txt").write_bytes(DATA)
    ran = tasks.run(*ARGUMENTS)
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[-1].split() == ["own_tasks:Fetched", "3", "1.0000", "1.0000"]


def test_data_with_a_wrong_checksum_is_refused_in_one_line(tasks: TaskLab, port: int) -> None:
    (tasks.folder / "own_tasks.py").write_text(FETCHED.format(port=port, digest="0" * 64))
    ran = tasks.run(*ARGUMENTS)
    assert (ran.code, ran.out) == (2, "")
    announced, complaint = ran.err.splitlines()
    assert announced == "fetching sums.txt"
    assert complaint.startswith(f"parleyrun: expected a file with the SHA-256 {'0' * 64}")
    assert not (tasks.folder / "elsewhere" / "sums" / "sums.txt").exists()


def test_a_bar_needs_no_thread_so_that_processes_can_be_forked_right_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    before = threading.active_count()
    with fetching() as show:
        for done_bytes in (10, 20):
            show(Progress("sums.txt", done_bytes, 20))
            assert threading.active_count() == before
    assert "fetching sums.txt" in terminal.getvalue()
    assert "20/20 bytes" in terminal.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True
