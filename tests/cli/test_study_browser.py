"""Keys of the live view lead into conversations, and pause matching."""

import os
import signal
import sys
import threading
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console, Group

sys.path.insert(0, str(Path(__file__).parents[1] / "service"))

from operator_lab import ask, go, study
from terminal_process import TerminalProcess

from parleyrun.cli.live.key_reader import KeyReader, keys_in
from parleyrun.cli.live.study_browser import StudyBrowser


def drawn(browser, columns=80, rows=10):
    """Return the rows that are drawn on a terminal of that width."""
    console = Console(file=StringIO(), width=columns, force_terminal=False)
    console.print(Group(*browser.blocks(rows)))
    return [row.rstrip() for row in console.file.getvalue().splitlines()]


@pytest.fixture
def lab():
    with study() as rehearsal:
        go(rehearsal, "talk", "ann", "bob", "cat", "dan")
        yield rehearsal


@pytest.fixture
def browser(lab):
    return StudyBrowser(lab.service.operators, "ada", lambda: lab.service._context.wall_time())


@pytest.mark.parametrize("columns", [80, 200])
def test_conversations_are_chosen_opened_read_along_and_left(lab, browser, columns):
    rows = drawn(browser, columns)
    assert rows[0] == "drop-outs 0   errors 0"
    assert rows[1].startswith("▸ talk/t_1  0:00  ")
    browser.press("down")
    assert drawn(browser, columns)[2].startswith("▸ talk/t_2")
    browser.press("down")  # there is none below
    browser.press("enter")
    lab.person("cat").says("hello \x1b[2J dan " + "x" * 300)
    rows = drawn(browser, columns)
    assert rows[2].startswith("as ")
    assert "(memory:cat)" in rows[2]
    assert "hello" in rows[-2]
    assert "\x1b" not in "".join(rows)
    assert all(len(row) <= columns for row in rows)
    browser.press("right")
    assert "(memory:dan)" in drawn(browser, columns)[2]
    browser.press("q")
    ask(lab, "end", conversation="talk/t_2")
    assert [row for row in drawn(browser, columns) if "t_2" in row] == []


def test_a_conversation_that_ends_while_it_is_read_leads_back(lab, browser):
    drawn(browser)
    browser.press("enter")
    assert browser.is_inside
    ask(lab, "end", conversation="talk/t_1")
    assert "that conversation is over" in drawn(browser)
    assert not browser.is_inside
    assert any("talk/t_2" in row for row in drawn(browser))


def test_what_an_operator_has_to_know_stands_in_the_first_row(lab, browser):
    go(lab, "talk", "eve")
    lab.person("ann").says("[hold] please")
    ask(lab, "door", state="closed")
    lab.advance(7)
    assert drawn(browser)[0].split("   ") == [
        "drop-outs 0", "longest wait 7 s", "errors 0", "held lines 1", "doors closed",
    ]  # fmt: skip
    assert "  and 1 more" in drawn(browser, rows=1)


def test_another_conversation_is_read_with_a_key_while_one_is_read(lab, browser):
    drawn(browser)
    browser.press("enter")
    assert any("(memory:ann)" in row or "(memory:bob)" in row for row in drawn(browser))
    browser.press("down")
    assert any("(memory:cat)" in row or "(memory:dan)" in row for row in drawn(browser))


def test_matching_is_paused_and_resumed_on_record_and_the_log_hidden(lab, browser):
    browser.press("p")
    lab.settle()
    assert "paused all" in drawn(browser)[0]
    browser.press("p")
    assert [(act.by, act.verb) for act in ask(lab, "acts").acts] == [("ada", "resume"), ("ada", "pause")]
    browser.press("l")
    assert not browser.shows_log
    browser.press("?")
    browser.press("enter")


def test_keys_are_known_by_what_terminals_send():
    assert list(keys_in("j\x1b[A\x1bOBq\r\x1b")) == ["j", "up", "down", "q", "enter", "escape"]


def test_the_terminal_is_given_back_as_it_was():
    import termios

    ours, theirs = os.openpty()
    before, pressed, heard = termios.tcgetattr(theirs), [], threading.Event()

    def on_key(key):
        pressed.append(key)
        heard.set()

    with KeyReader(theirs, on_key):
        os.write(ours, b"\x1b[B")
        assert heard.wait(20)
        assert not termios.tcgetattr(theirs)[3] & termios.ICANON
    assert pressed == ["down"]
    assert termios.tcgetattr(theirs) == before
    os.close(ours)
    os.close(theirs)


CONFIG = """
task_name: study
tasks: {talk: {task_world: "parleyrun.ready:Chat", agents_required: 2}}
"""


@pytest.mark.process
def test_serve_takes_keys_at_a_terminal_and_closes_in_good_order(tmp_path):
    (tmp_path / "study.yml").write_text(CONFIG)
    arguments = (tmp_path / "study.yml", "--port", "0")
    with TerminalProcess(*arguments, folder=tmp_path, name="serve") as served:
        served.wait_for("enter read")
        served.type("p")
        served.wait_for("paused all")
        served.send(signal.SIGINT)
        served.wait_for("closed: ")
        assert served.exit_code() == 0
        assert served.is_sane()
