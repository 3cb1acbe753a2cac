"""What an operator sees of `parleyrun serve`: the log, and on a terminal the live view."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from serve_lab import Visitor
from serve_process import ServeProcess

pytestmark = pytest.mark.process


def test_json_logs_are_one_object_a_line(lab: Path) -> None:
    with ServeProcess("lab.yml", "--port", "0", "--log-format", "json", folder=lab) as process:
        with Visitor(process.ready()) as ann:
            ann.goes_to("broken")
            ann.sees("something went wrong")
        process.interrupt()
        assert process.exit_code() == 0
        lines = process.lines
    (ready,) = [line for line in lines if line.startswith("ready: ")]
    records = [json.loads(line) for line in lines if line is not ready]
    assert all({"time", "level", "logger", "message"} <= record.keys() for record in records)
    (failed,) = [record for record in records if record["level"] == "ERROR"]
    assert failed["run"]["id"] == "broken/t_1"
    assert failed["run"]["world"] == "Broken"
    assert "ValueError: the world is broken" in failed["exception"]
    assert any(record["logger"] == "py.warnings" for record in records)


@pytest.mark.parametrize(("level", "told"), [("info", True), ("warning", False)])
def test_the_log_begins_with_the_level_that_is_asked_for(lab: Path, level: str, told: bool) -> None:
    with ServeProcess("lab.yml", "--port", "0", "--log-level", level, folder=lab) as process:
        process.ready()
        process.interrupt()
        assert process.exit_code() == 0
        assert ("closing: conversations have" in process.stderr) is told


def test_text_logs_show_the_traceback_of_a_failed_run(served: ServeProcess) -> None:
    with Visitor(served.ready()) as ann:
        ann.goes_to("broken")
        ann.sees("something went wrong")
    served.wait_for(r"ERROR parleyrun.runner.run: run broken/t_1 \(Broken\) failed")
    served.wait_for("^  ValueError: the world is broken$")


def test_neither_words_nor_secrets_are_logged(lab: Path) -> None:
    with (lab / "lab.yml").open("a") as config:
        config.write("password: sesame\n")
    with ServeProcess("lab.yml", "--port", "0", "--grace", "0", folder=lab) as process:
        with Visitor(process.ready()) as ann:
            ann.says("hi")
            ann.sees("password")
            ann.says("opensaysme")
            ann.sees("not the password")
            ann.says("sesame")
            ann.sees("where to?")
            ann.says("echo")
            ann.sees("talk!")
            ann.says("confidential")
            ann.sees("confidential")
        process.interrupt()
        assert process.exit_code() == 0
        for said in ("sesame", "opensaysme", "confidential"):
            assert said not in process.stderr


# -- the machine ------------------------------------------------------------------------------------------

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the limits of a process are read from /proc")


@linux_only
def test_as_many_connections_as_the_system_allows_are_allowed(lab: Path) -> None:
    def few_but_raisable() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 5000))

    with ServeProcess("lab.yml", "--port", "0", folder=lab, before_start=few_but_raisable) as process:
        url = process.ready()
        limits = Path(f"/proc/{process.pid}/limits").read_text()
        assert "Max open files            5000" in limits
        assert process.lines[-1] == f"ready: {url}"
        assert "open files" not in process.stderr


@linux_only
def test_a_system_that_allows_few_connections_is_warned_of(lab: Path) -> None:
    def few() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 512))

    with ServeProcess("lab.yml", "--port", "0", folder=lab, before_start=few) as process:
        process.ready()
        assert "this system allows 512 open files" in process.stderr


# -- the live view ----------------------------------------------------------------------------------------


def test_a_terminal_shows_people_by_place(lab: Path) -> None:
    with ServeProcess("lab.yml", "--port", "0", "--grace", "0", folder=lab, terminal=True) as process:
        url = process.ready()
        with Visitor(url) as ann, Visitor(url) as bob, Visitor(url) as cem:
            ann.goes_to("echo")
            ann.sees("talk!")
            bob.goes_to("talk")
            cem.says("hi")
            cem.sees("where to?")
            process.wait_for("overworld 1 .*waiting 1 .*in conversation 1 ")
            process.wait_for(r"http://127\.0\.0\.1:\d+  lab")
            process.wait_for("conversations now 1   finished 0   failed 0 ")
            process.wait_for(r"task +waiting +in conversation")
            process.wait_for(r"talk +1 +0 ")
            process.wait_for(r"people 3 ")
            cem.says("broken")
            cem.sees("something went wrong")
            process.wait_for("warnings 2 ")
            process.wait_for("failed 1 ")
        assert "ValueError: the world is broken" in process.stderr, "tracebacks scroll above the view"
        process.interrupt()
        assert process.exit_code() == 0
        assert process.raw_stderr.rindex("\x1b[?25h") > process.raw_stderr.rindex("\x1b[?25l"), "cursor is back"


def test_a_hard_end_gives_the_terminal_its_cursor_back(lab: Path) -> None:
    terminal = ServeProcess("lab.yml", "--port", "0", folder=lab, terminal=True)
    with terminal as process, Visitor(process.ready()) as ann:
        ann.goes_to("stubborn")
        process.wait_for("thinking begins")
        process.interrupt()
        process.wait_for("closing: conversations have")
        process.interrupt()
        process.wait_for("asked a second time")
        process.interrupt()
        assert process.exit_code() == 130
    assert process.raw_stderr.rindex("\x1b[?25h") > process.raw_stderr.rindex("\x1b[?25l")


def test_a_terminal_that_can_do_nothing_gets_plain_lines(lab: Path) -> None:
    with ServeProcess("lab.yml", "--port", "0", folder=lab, terminal=True, env={"TERM": "dumb"}) as process:
        process.ready()
        process.interrupt()
        assert process.exit_code() == 0
        assert "\x1b" not in process.raw_stderr
