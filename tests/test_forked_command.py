"""Commands that are forked are processes like those that are started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from forked_command import COMMAND, ForkedCommand, can_be_forked, run

pytestmark = pytest.mark.process

SAID = [*COMMAND, "validate", "none.yml"]


def test_a_forked_command_says_and_ends_as_one_that_is_started(tmp_path: Path) -> None:
    started = subprocess.run(SAID, cwd=tmp_path, capture_output=True, text=True)
    forked = run(SAID, cwd=tmp_path, timeout=60)
    assert (forked.returncode, forked.stdout, forked.stderr) == (
        started.returncode,
        started.stdout,
        started.stderr,
    )
    assert forked.returncode
    assert "none.yml" in forked.stdout + forked.stderr


def test_a_forked_command_is_killed_by_its_pid(tmp_path: Path) -> None:
    pipe = subprocess.PIPE
    with ForkedCommand([*COMMAND, "local", "--bypass-server"], cwd=tmp_path, stdin=pipe, stdout=pipe) as process:
        assert process.poll() is None
        assert (os.getsid(process.pid), os.getpgid(process.pid)) == (os.getsid(0), os.getpgid(0))
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait(60) == -signal.SIGKILL
        assert process.poll() == -signal.SIGKILL


@pytest.mark.parametrize("apart", [{"process_group": 0}, {"start_new_session": True}])
def test_a_forked_command_is_in_a_group_of_its_own_from_its_beginning(
    tmp_path: Path, apart: dict[str, Any]
) -> None:
    with ForkedCommand([*COMMAND, "local"], cwd=tmp_path, stdin=subprocess.PIPE, stdout=-1, **apart) as process:
        os.killpg(process.pid, signal.SIGKILL)
        assert process.wait(60) == -signal.SIGKILL


def test_a_forked_command_is_the_start_of_a_process_to_whoever_looks_out_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(SAID, cwd=tmp_path, timeout=60)  # after which the process that all are forked from is there
    seen: list[object] = []
    monkeypatch.setattr(sys, "audit", lambda *event: seen.append(event))
    run(SAID, cwd=tmp_path, timeout=60)
    assert ("subprocess.Popen", SAID[0], SAID, tmp_path, None) in seen


def test_what_an_interpreter_would_start_otherwise_with_is_not_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("COVERAGE")]:  # as `make coverage` has them
        monkeypatch.delenv(name)
    assert can_be_forked(SAID, dict(os.environ))
    assert can_be_forked(SAID, {**os.environ, "TERM": "dumb"})
    assert not can_be_forked(SAID, {**os.environ, "PYTHONPATH": "/elsewhere"})
    assert not can_be_forked(SAID, {**os.environ, "COVERAGE_PROCESS_CONFIG": "x"})
    assert not can_be_forked([sys.executable, "-c", "pass"], dict(os.environ))
