"""What docs/worlds.md shows works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from task_lab import TaskLab

from parleyrun.core.create import AGENTS

GUIDE = (Path(__file__).parents[2] / "docs" / "worlds.md").read_text(encoding="utf-8")
LOOP, _REWARD, OWN_TASK = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
COMMANDS = re.findall(r"^parleyrun (.*?)(?: +#.*)?$", GUIDE, re.MULTILINE)


def test_the_loop_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec(LOOP, {})
    assert "'babi:Sample:1/accuracy': 0.72" in capsys.readouterr().out


@pytest.mark.process
def test_the_task_takes_at_most_20_lines_and_is_done_without_a_mistake(tasks: TaskLab) -> None:
    assert len(OWN_TASK.splitlines()) <= 20
    (tasks.folder / "sums.py").write_text(OWN_TASK)
    for more in (["--processes", "2"], ["--batchsize", "8"]):
        ran = tasks.run("eval", "-t", "sums:Sums", "-m", "sums:Calculator", *more)
        assert ran.out.splitlines()[-1].split() == ["sums:Sums", "200", "1.0000", "1.0000"]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_runs(tasks: TaskLab, command: str) -> None:
    ran = tasks.run(*command.split())
    assert ran.code == 0, ran.err
    assert ran.out


def test_four_commands_are_shown_and_every_agent_is_named() -> None:
    assert [command.split()[0] for command in COMMANDS] == ["tasks", "display", "eval", "selfchat"]
    assert all(f"`{name}`" in GUIDE for name in AGENTS.names())
