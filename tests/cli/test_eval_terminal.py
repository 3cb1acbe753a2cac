"""`parleyrun eval` on a terminal: how far it is, and Ctrl-C in the middle of it."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest
from terminal_process import TerminalProcess

pytestmark = pytest.mark.process

SLOW = """\
from threading import Event
from parleyrun import Agent, DialogTeacher

class Many(DialogTeacher):
    def setup_data(self, datafile):
        return (({"text": "?", "labels": ["yes"]}, True) for _ in range(100_000))

class Slow(Agent):
    def act(self):
        Event().wait(0.01)
        return {"id": self.id, "text": "yes"}
"""

FORKING = """\
import os
import threading
from pathlib import Path
from parleyrun import Agent, DialogTeacher

def count_threads():
    with Path("threads").open("a") as file:
        print(threading.active_count(), file=file)

os.register_at_fork(before=count_threads)

class Few(DialogTeacher):
    def setup_data(self, datafile):
        return (({"text": "?", "labels": ["yes"]}, True) for _ in range(10))

class Sure(Agent):
    def act(self):
        return {"id": self.id, "text": "yes"}
"""


def test_processes_are_forked_while_there_is_no_bar_whose_threads_could_hold_a_lock(tmp_path: Path) -> None:
    (tmp_path / "forking_tasks.py").write_text(FORKING)
    arguments = ("-t", "forking_tasks:Few", "-m", "forking_tasks:Sure", "-o", "start_method=fork")
    with TerminalProcess(*arguments, "--processes", "2", folder=tmp_path, name="eval") as terminal:
        terminal.wait_for("10 examples in ")
        assert terminal.exit_code() == 0
    assert (tmp_path / "threads").read_text().split() == ["1", "1"]


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_bar_says_how_far_it_is_and_ctrl_c_ends_it_with_one_line(tmp_path: Path, processes: str) -> None:
    module = f"slow_{processes}"  # by which no other test's process is found
    (tmp_path / f"{module}.py").write_text(SLOW)
    arguments = ("-t", f"{module}:Many", "-m", f"{module}:Slow", "--processes", processes)
    files = ("--save-dialogues", "said.jsonl", "--report", "figures.json")
    with TerminalProcess(*arguments, *files, folder=tmp_path, name="eval") as terminal:
        terminal.wait_for("/100000 examples ")
        terminal.wait_for("/s ")
        terminal.send(signal.SIGINT)
        terminal.wait_for("parleyrun: interrupted before it was done")
        assert terminal.exit_code() == 130
        assert "Traceback" not in terminal.rest()
        assert terminal.is_sane()
    assert {path.name for path in tmp_path.iterdir()} - {"__pycache__"} == {f"{module}.py"}
    left = subprocess.run(["pgrep", "-f", f"{module}:Many"], capture_output=True, text=True, timeout=60)
    assert left.stdout == ""


def test_on_a_terminal_the_table_fits_and_has_colours_unless_they_are_not_wanted(tmp_path: Path) -> None:
    arguments = ("-t", "babi:Sample:1,babi:Sample:2", "-m", "ir_baseline")
    for no_color in (False, True):
        with TerminalProcess(*arguments, folder=tmp_path, name="eval", no_color=no_color) as terminal:
            table = terminal.wait_for("30 examples in ")
            assert terminal.exit_code() == 0
        assert "babi:Sample:1" in table
        assert ("\x1b[1m" in table) is not no_color
