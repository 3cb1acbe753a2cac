"""A task with a world and agents of its own is put on record, and gone on with, as any other."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from parleyrun import Agent, DialogTeacher, MultiAgentDialogWorld, SumMetric, WorldError
from parleyrun.cli import commands
from parleyrun.core.metrics.metrics import values_of
from parleyrun.evaluate.lanes.error_policy import ErrorPolicy, parse_policy
from parleyrun.evaluate.log.evaluation_log import EvaluationLog, LogHead, read_log
from parleyrun.evaluate.logged_evaluation import EvaluationSettings, evaluate_logged, why_not_logged

TASK = f"{__name__}:Questions"
OPT = {"task": TASK, "datatype": "valid"}
EPISODES = 5


class Questions(DialogTeacher):
    def setup_data(self, datafile):
        for episode in range(EPISODES):
            yield {"text": f"{episode}.0", "labels": [f"{episode} again"]}, True
            yield {"text": f"{episode}.1", "labels": ["no"]}, False


class Judge(Agent):
    def act(self):
        return {"id": self.id, "text": f"Well, {self.observation['text']}"}


def create_agents(opt):
    return [Questions(opt), Judge(opt)]


class DefaultWorld(MultiAgentDialogWorld):
    """Asks its third agent twice about each example, and scores the second answer. Its last parley is empty."""

    said = 0

    def parley(self):
        teacher, judge, student = self.agents
        if self.said == 2:
            self.said = 0
            return
        question = teacher.act()
        student.observe(question)
        judge.observe(student.act())
        student.observe(judge.act())
        teacher.observe(student.act())
        self.said += 1

    def episode_done(self):
        return self.said == 0

    def epoch_done(self):
        return self.said == 0 and self.agents[0].epoch_done()


class Student(Agent):
    """Says what it was told first in its episode, and how often it was asked; raises where `opt` says so."""

    asked: Counter[str] = Counter()

    def __init__(self, opt, shared=None):
        super().__init__(opt, shared)
        self.heard = []
        self.letters = 0

    def observe(self, act):
        if act["text"].endswith(".0") and not act["text"].startswith("Well"):
            self.heard = []
        self.heard.append(act["text"])
        return super().observe(act)

    def act(self):
        text = self.observation["text"]
        self.asked[text] += 1
        if text in self.opt.get("raises", ()) and self.asked[text] <= self.opt.get("times", 9):
            raise RuntimeError(f"no answer to {text}")
        said = f"{self.heard[0][0]} again" if len(self.heard) == 2 else "no"
        self.letters += len(said)
        return {"id": self.id, "text": said}

    def report(self):
        return {"letters": SumMetric(self.letters)}

    def reset_metrics(self):
        self.letters = 0


def evaluated(log=None, how=None, **more):
    Student.asked = Counter()
    opt = {**OPT, **more}
    return evaluate_logged(opt, Student(opt), [TASK], how or EvaluationSettings(), log)


def begun(folder: Path) -> EvaluationLog:
    return EvaluationLog.begin(folder, "some", LogHead(tasks=(TASK,), opt={}, about={}, began="now"))


def test_killed_at_any_line_it_goes_on_and_gives_the_same_report_to_the_digit(tmp_path):
    log = begun(tmp_path)
    whole = evaluated(log)
    log.close()
    values = values_of(whole.report)
    assert (values["exs"], values["accuracy"], values["letters"]) == (10, 1.0, 65)
    assert whole.examples == sum(Student.asked.values()) == 4 * EPISODES
    lines = log.path.read_bytes().splitlines(keepends=True)
    assert len(lines) == 1 + 4 * EPISODES
    for kept in range(2, len(lines) + 1, 3):
        log.path.write_bytes(b"".join(lines[:kept])[: None if kept == len(lines) else -3])
        log_again = EvaluationLog.resume(log.path)
        known = read_log(log.path).whole_episodes()
        resumed = evaluated(log_again, EvaluationSettings(known=known))
        log_again.close()
        assert values_of(resumed.report) == values_of(whole.report)
        assert sum(Student.asked.values()) == 4 * EPISODES - len(known)
        assert log.path.read_bytes().count(b"\n") >= len(lines)
        assert read_log(log.path).whole_episodes().keys() == read_log(log.path).records.keys()


def test_an_error_costs_one_example_and_what_its_parley_measured():
    found = evaluated(raises=["1.1"])
    assert [(record.key.episode, record.key.entry, record.failure.kind) for record in found.failures] == [
        (1, 2, "RuntimeError")
    ]
    assert (values_of(found.report)["exs"], found.examples) == (9, 20)
    again = evaluated(raises=["1.1"], times=2, how=EvaluationSettings(policy=parse_policy("retry:2")))
    assert (again.failures, values_of(again.report)["exs"]) == ((), 10)
    with pytest.raises(RuntimeError, match=r"no answer to 1\.1"):
        evaluated(raises=["1.1"], how=EvaluationSettings(policy=ErrorPolicy(stops=True)))


def test_several_at_the_same_time_are_refused_with_the_reason():
    assert why_not_logged(OPT, [TASK]) == ""
    reason = "brings a world or agents of its own, which step through one example at a time"
    for more, how in (
        ({"batchsize": 2}, {}),
        ({"numthreads": 2}, {}),
        ({}, {"concurrency": 2}),
        ({}, {"timeout": 1.0}),
    ):
        assert reason in why_not_logged({**OPT, **more}, [TASK], EvaluationSettings(**how))
        with pytest.raises(WorldError, match=reason):
            evaluated(how=EvaluationSettings(**how), **more)


@pytest.mark.parametrize("saves", [False, True])
def test_of_several_at_the_same_time_the_command_tells_the_figures_and_refuses_what_needs_examples(
    saves, tmp_path
):
    asked = ["eval", "-t", TASK, "-m", f"{__name__}:Student", "--batchsize", "2"]
    report, lines = tmp_path / "report.json", tmp_path / "lines.jsonl"
    saved = ["--save-dialogues", str(lines)] if saves else []
    ran = CliRunner().invoke(commands, [*asked, "--report", str(report), *saved])
    assert ran.exit_code == 0, ran.output
    assert json.loads(report.read_text())["metrics"]["exs"] == 2 * EPISODES
    assert lines.exists() is saves
    for more in (["--log", str(tmp_path / "log")], ["--intervals"], ["--on-error", "skip", "--limit-cost", "1"]):
        refused = CliRunner().invoke(commands, [*asked, *more])
        assert refused.exit_code == 2
    assert "brings a world or agents of its own" in CliRunner().invoke(commands, [*asked, "--intervals"]).output
