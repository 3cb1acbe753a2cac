from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from serve_lab import Visitor
from serve_process import DEADLINE_SECONDS, ServeProcess

pytestmark = pytest.mark.process


def refused(lab: Path, *arguments: str, env: dict[str, str] | None = None) -> str:
    """Return what `serve` says when it cannot open, besides which record it is; it must exit with 2."""
    with ServeProcess(*arguments, folder=lab, env=env) as process:
        assert process.exit_code() == 2, process.stderr
        assert "ready:" not in process.stderr
        assert process.stdout() == ""
        lines = process.stderr.splitlines(keepends=True)
        return "".join(line for line in lines if "the record is" not in line)


def test_people_can_come_once_the_ready_line_is_there(served: ServeProcess) -> None:
    with Visitor(served.ready()) as ann:
        ann.goes_to("echo")
        ann.sees("talk!")
        ann.says("hello")
        ann.sees("hello")


def test_the_ready_line_stands_below_which_record_is_opened_and_is_on_standard_error(served: ServeProcess) -> None:
    url = served.ready()
    with urllib.request.urlopen(f"{url}/healthz") as answer:
        assert answer.status == 200
    record, ready = served.lines
    assert record.endswith("the record is lab.db, which is new")
    assert ready == f"ready: {url}"
    served.interrupt()
    assert served.exit_code() == 0
    assert served.stdout() == ""


def test_port_0_takes_a_free_port_and_names_it(served: ServeProcess) -> None:
    port = int(served.ready().rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_SECONDS):
        assert port > 0


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


def test_a_busy_port_is_one_clear_line(lab: Path, busy_port: int) -> None:
    (line,) = refused(lab, "lab.yml", "--port", str(busy_port)).splitlines()
    assert f"port {busy_port} on 127.0.0.1 is taken" in line
    assert "--port" in line


def test_the_command_line_goes_before_the_config(lab: Path, busy_port: int) -> None:
    with (lab / "lab.yml").open("a") as config:
        config.write(f"channels: {{browser: {{port: {busy_port}, host: 127.0.0.1}}}}\n")
    assert f"port {busy_port} " in refused(lab, "lab.yml")
    with ServeProcess("lab.yml", "--port", "0", "--host", "127.0.0.2", folder=lab) as process:
        assert process.ready().startswith("http://127.0.0.2:")


def test_an_empty_host_is_refused_as_it_would_mean_every_address(lab: Path) -> None:
    assert "expected an address" in refused(lab, "lab.yml", "--host", "")


def test_a_broken_config_is_refused_with_what_validate_says(lab: Path) -> None:
    with (lab / "lab.yml").open("a") as config:
        config.write("max_wrokers: 3\n")
    validate = subprocess.run(
        [sys.executable, "-m", "parleyrun", "validate", "lab.yml"], cwd=lab, capture_output=True, text=True
    )
    assert validate.returncode == 1
    assert refused(lab, "lab.yml") == validate.stdout


def test_a_config_that_is_not_there_is_one_line(lab: Path) -> None:
    (line,) = refused(lab, "labb.yml").splitlines()
    assert "labb.yml" in line


def test_the_record_is_in_a_file_unless_it_is_told_to_stay_in_memory(lab: Path) -> None:
    with ServeProcess("lab.yml", "--port", "0", "--store", ":memory:", folder=lab) as process:
        process.ready()
    assert not list(lab.glob("*.db"))
    with ServeProcess("lab.yml", "--port", "0", "--store", "mine.db", folder=lab) as process:
        process.ready()
    assert [path.name for path in lab.glob("*.db")] == ["mine.db"]


def test_a_second_process_on_the_same_record_is_refused_naming_the_first(lab: Path) -> None:
    with ServeProcess("lab.yml", "--port", "0", "--store", "mine.db", folder=lab) as process:
        process.ready()
        (line,) = refused(lab, "lab.yml", "--port", "0", "--store", "mine.db").splitlines()
        assert str(process.pid) in line


def test_a_missing_extra_is_one_line(lab: Path) -> None:
    (lab / "uvicorn.py").write_text("raise ImportError('no uvicorn here')\n")
    (line,) = refused(lab, "lab.yml", env={"PYTHONPATH": f"{lab}{os.pathsep}{os.getcwd()}"}).splitlines()
    assert "pip install '.[serve]'" in line


def test_a_module_initialize_that_fails_says_whose_mistake_it_is_and_where(lab: Path) -> None:
    with (lab / "lab_worlds.py").open("a") as worlds:
        worlds.write("\ndef module_initialize(opt, service):\n    load()\n\ndef load():\n    {}['model']\n")
    first, *frames = refused(lab, "lab.yml", "--port", "0").splitlines()
    assert first == "parleyrun: lab_worlds.module_initialize(opt, service) raised KeyError: 'model'"
    assert [("lab_worlds.py" in frame, frame.rpartition(": ")[2]) for frame in frames] == [
        (True, "load()"),
        (True, "{}['model']"),
    ]


def test_ctrl_c_ends_what_is_still_starting(lab: Path) -> None:
    with (lab / "lab_worlds.py").open("a") as worlds:
        worlds.write(
            "\nimport sys\n"
            "def module_initialize(opt, service):\n"
            "    print('loading', file=sys.stderr)\n"
            "    threading.Event().wait()\n"
        )
    with ServeProcess("lab.yml", "--port", "0", folder=lab) as process:
        process.wait_for("^loading$")
        process.interrupt()
        assert process.exit_code() == 130
        _record, *lines = [line for line in process.lines if line]
        assert lines == ["loading"]
