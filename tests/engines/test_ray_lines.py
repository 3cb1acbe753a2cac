"""What Ray says of itself goes to the log at `debug`, and a service on a cluster prints what any service does."""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ray_lab import CONFIG, WORLDS, is_there, needs_ray, wait_until

from parleyrun.engines.ray.ray_lines import send_to_log


def test_what_ray_says_is_in_our_log_for_who_looks_for_it(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    ray: Any = SimpleNamespace(_private=SimpleNamespace(worker=SimpleNamespace(print_to_stdstream=print)))
    own = logging.getLogger("ray")
    before = own.handlers, own.propagate
    try:
        with caplog.at_level(logging.DEBUG, logger="parleyrun"):
            for _ in range(2):
                send_to_log(ray)
            said = {"lines": ["A worker died\n", "and another"], "pid": "raylet", "is_err": False}
            ray._private.worker.print_to_stdstream(said, ignore_prefix=False)
            logging.getLogger("ray._private.worker").error("listen_error_messages: %s", "gone")
    finally:
        own.handlers, own.propagate = before
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("DEBUG", "(raylet) A worker died"),
        ("DEBUG", "(raylet) and another"),
        ("DEBUG", "ray._private.worker: ERROR: listen_error_messages: gone"),
    ]
    assert capsys.readouterr() == ("", "")
    send_to_log(SimpleNamespace(_private=SimpleNamespace(worker=None)))  # a Ray that has no such function
    own.handlers, own.propagate = before


@needs_ray
@pytest.mark.timeout(240)
def test_a_service_whose_host_is_killed_prints_nothing_but_its_own_lines(tmp_path: Path) -> None:
    (tmp_path / "rayed_worlds.py").write_text(WORLDS)
    (tmp_path / "study.yml").write_text(CONFIG)
    command = [sys.executable, "-m", "parleyrun", "serve", "study.yml", "--port", "0", "--store", ":memory:"]
    errors = tmp_path / "errors.txt"
    with errors.open("w") as written:
        serving = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=written, text=True)
    try:
        wait_until(lambda: "ready: http" in errors.read_text(), 120)
        host = next(pid for pid in hosts_below(serving.pid) if is_there(pid))
        os.kill(host, signal.SIGKILL)
        wait_until(lambda: "was started again" in errors.read_text(), 120)
    finally:
        serving.send_signal(signal.SIGINT)
        out, _ = serving.communicate(timeout=60)
    assert serving.returncode == 0
    assert out == ""
    own = re.compile(r"ready: http|\d{4}-\d\d-\d\d \S+ [A-Z]+ parleyrun\.|closed|closing|waiting|Ctrl-C|$")
    assert [line for line in errors.read_text().splitlines() if not own.match(line)] == []


def hosts_below(pid: int) -> list[int]:
    """The processes of hosts that a process, or what it has started, has started."""
    found, parents = [], {pid}
    for folder in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            name = (folder / "cmdline").read_text()
        except OSError:
            continue
        if parent in parents:
            parents.add(int(folder.name))
            if name.startswith("ray::RayHost"):
                found.append(int(folder.name))
    return found
