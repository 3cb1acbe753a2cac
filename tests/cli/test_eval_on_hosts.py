"""`parleyrun eval --engine ray`, with hosts in this process."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from task_lab import TaskLab

from parleyrun.cli.evaluations import evaluation_command
from parleyrun.config.engine.engine_settings import RayConfig
from parleyrun.engines.host_link import HostOffer
from parleyrun.engines.local_link import LocalSource
from parleyrun.evaluate.log.evaluation_log import read_log
from parleyrun.evaluate.on_hosts.agent_setup import AgentSetup

MODELS = """
models:
  echo: {model: repeat_query}
"""
RAY = ("--engine", "ray")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[RayConfig]:
    """What hosts are asked for; they are in this process."""
    seen: list[RayConfig] = []

    def source_of(config: RayConfig, make: Callable[[], AgentSetup]) -> LocalSource:
        seen.append(config)
        setup: AgentSetup = pickle.loads(pickle.dumps(make()))
        assert {name for name, _ in setup.files} >= {"own_tasks.py"}
        offers = [HostOffer(name=f"host-{number + 1}") for number in range(config.hosts)]
        return LocalSource(offers, lambda: setup.work(Path.cwd()))

    monkeypatch.setattr(evaluation_command, "source_of", source_of)
    return seen


def test_figures_files_and_logs_are_those_of_this_process(tasks: TaskLab, asked: list[RayConfig]) -> None:
    (tasks.folder / "models.yml").write_text(MODELS)
    own = ("eval", "-t", "own_tasks:Sums", "-m", "own_tasks:Doubler")
    every = ("--metrics", "all", "--intervals")

    def found(name: str, *more: str) -> tuple[str, str, str]:
        report, dialogues = tasks.folder / f"{name}.json", tasks.folder / f"{name}.jsonl"
        ran = tasks.run(*own, *every, "--report", str(report), "--save-dialogues", str(dialogues), *more)
        assert ran.code == 0, ran.err
        return ran.out, report.read_text(), dialogues.read_text().replace(name, "NAME")

    here = found("here")
    assert found("there", *RAY) == here
    assert found("several", *RAY, "--hosts", "3", "--concurrency", "2") == here
    assert asked == [RayConfig(), RayConfig(hosts=3)]
    by_name = tasks.run("eval", "-t", "own_tasks:Sums", "-m", "echo", "--models", "models.yml", *RAY)
    assert by_name.code == 0, by_name.err
    assert "2 hosts are there: host-1, host-2\n" in by_name.err
    assert "0.0952" in by_name.out


def test_what_was_begun_over_hosts_goes_on_anywhere(tasks: TaskLab, asked: list[RayConfig]) -> None:
    logs = tasks.folder / "logs"
    begin = ("eval", "-t", "own_tasks:Sums", "-m", "own_tasks:Doubler", "--log", str(logs), *RAY)
    whole = tasks.run(*begin)
    assert whole.code == 0, whole.err
    (log,) = logs.iterdir()
    records = read_log(log).records
    lines = log.read_text().splitlines(keepends=True)
    for resume in (("eval", "--resume", str(logs), *RAY), ("eval", "--resume", str(logs))):
        log.write_text("".join(lines[:4]))
        again = tasks.run(*resume)
        assert again.code == 0, again.err
        assert again.out == whole.out
        assert read_log(log).records == records


def test_judges_judge_here_what_was_answered_on_hosts(tasks: TaskLab, asked: list[RayConfig]) -> None:
    judging = """
import json
from parleyrun import Agent

class Judge(Agent):
    last_answer = None
    def act(self):
        return {"id": self.id, "text": json.dumps({"reason": "so", "verdict": 4})}
"""
    (tasks.folder / "own_judges.py").write_text(judging)
    (tasks.folder / "rubric.yml").write_text("question: How well?\nscale: [1, 5]\n")
    own = ("eval", "-t", "own_tasks:Sums", "-m", "own_tasks:Doubler")
    judge = ("--judge", "own_judges:Judge", "--rubric", "rubric.yml", "--report", "a.json")
    reports = []
    for more in ((), RAY):
        ran = tasks.run(*own, *judge, *more)
        assert ran.code == 0, ran.err
        reports.append((ran.out, Path("a.json").read_text()))
    assert reports[0] == reports[1]
    assert "judge" in reports[0][1]
    sys.modules.pop("own_judges", None)


def test_options_that_do_not_go_together_with_hosts_are_refused(tasks: TaskLab, asked: list[RayConfig]) -> None:
    own = ("eval", "-t", "own_tasks:Sums", "-m", "own_tasks:Doubler")
    for more, said in (
        (("--hosts", "2"), "--hosts goes with --engine ray"),
        (("--host-files", "x"), "--host-files goes with --engine ray"),
        ((*RAY, "--processes", "2"), "--processes: each host is one; expected --hosts with --engine ray"),
        (
            (*RAY, "--batchsize", "2", "--timeout", "1"),
            "in a batch no single answer can be given up; expected --b",
        ),
        ((*RAY, "--batchsize", "2", "--concurrency", "2"), "expected --concurrency or --batchsize, got both"),
        ((*RAY, "--ray-address", "here"), "--ray-address: expected 'local', 'auto' or an address"),
        ((*RAY, "--host-resources", "GPU"), "expected NAME=AMOUNT, such as GPU=1, got 'GPU'"),
        ((*RAY, "--host-resources", "GPU=-1"), "--host-resources: expected"),
        ((*RAY, "--host-files", "none.txt"), "expected a file below the current folder"),
        ((*RAY, "--limit-cost", "1"), "--limit-cost: expected a model that tells what it takes"),
        ((*RAY, "-m", "own_tasks:Doubbler"), "Doubler"),
    ):
        command = (*own[:3], *more) if "-m" in more else (*own, *more)
        ran = tasks.run(*command)
        assert ran.code == 2, ran
        assert said in ran.err
    assert not any(path.suffix == ".jsonl" for path in tasks.folder.iterdir())


def test_without_ray_one_line_says_what_to_install(tasks: TaskLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    ran = tasks.run("eval", "-t", "own_tasks:Sums", "-m", "own_tasks:Doubler", *RAY, "--log", "logs")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "parleyrun: engine: ray needs the 'ray' extra: pip install '.[ray]' in parleyrun's folder\n"
    assert not Path("logs").exists()
