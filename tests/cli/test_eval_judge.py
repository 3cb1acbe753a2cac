"""`--judge`: models judge answers by a rubric, and people's labels say how far they can be believed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from task_lab import TaskLab

from parleyrun.errors import TaskError
from parleyrun.evaluate.judging.figures_on_record import with_figures_on_record
from parleyrun.evaluate.judging.judge_labels import read_labels
from parleyrun.evaluate.judging.rubric import read_rubric
from parleyrun.evaluate.log.evaluation_log import LogContent, LogHead, logs_in, read_log
from parleyrun.evaluate.log.example_record import ExampleKey, ExampleRecord
from parleyrun.evaluate.log.judge_verdict import JudgeVerdict
from parleyrun.testing import FakeModel
from parleyrun.testing.fake_model.fake_model import ModelRequest

SUMS = ("-t", "own_tasks:Sums", "-m", "own_tasks:Doubler", "--metrics", "accuracy")
SCALE = "question: Is the sum right?\nscale: [1, 5]\n"
TWO = """\
criteria:
  right: {question: Is it right?, labels: {"right": 1, "wrong": 0}}
  tone: {question: How does it sound?, labels: [kind, rude]}
show_labels: false
"""


def verdict(request: ModelRequest) -> str:
    """5 for a right sum, 1 for a wrong one; says so in a fence, as models do."""
    asked = request.last_text
    right = re.search(r"RIGHT ANSWERS BEGINS\n(.*)\n", asked)[1]
    said = re.search(r"ANSWER BEGINS\nDoubler: (.*)\n|ANSWER BEGINS\n(.*)\n", asked)
    value = 5 if right in (said[1], said[2]) else 1
    return f"```json\n{json.dumps({'reason': f'it is {right}', 'verdict': value})}\n```"


def judged(tasks: TaskLab, model: FakeModel, *more: str, rubric: str = SCALE, price: int = 0) -> tuple[str, ...]:
    (tasks.folder / "rubric.yml").write_text(rubric)
    entry = {"model": "chat_completions", "base_url": model.base_url, "check": False, "price": {"prompt": price}}
    (tasks.folder / "models.yml").write_text(json.dumps({"strict": entry, "mild": entry}))
    return ("--judge", "strict", "--rubric", "rubric.yml", "--models", "models.yml", *more)


def test_a_model_judges_each_answer_and_its_verdict_and_reason_are_in_the_log(tasks: TaskLab) -> None:
    with FakeModel(verdict) as model:
        options = judged(tasks, model, "--log", "logs", "--report", "a.json", "--concurrency", "3")
        ran = tasks.run("eval", *SUMS, *options)
        assert ran.code == 0, ran.err
        found = json.loads((tasks.folder / "a.json").read_text())
        judge = found["uncertainty"]["own_tasks:Sums"]["judge"]
        assert judge["value"] == pytest.approx((6 * 5 + 1) / 7)
        assert judge["episodes"] == 4
        assert found["judge"]["missing"] == {"strict": 0}
        assert found["judge"]["models"]["strict"]["answers"] == 7
        assert "models" not in found  # the agent is none, and what a judge takes is no cost of it
        records = list(read_log(logs_in(tasks.folder / "logs")[-1]).in_order())
        assert [record.verdicts[0].value for record in records] == [5, 5, 5, 1, 5, 5, 5]
        assert records[3].verdicts[0].reason == "it is 6"
        assert "judge" in ran.out

        # It is judged once: what is on record is not asked again.
        again = tasks.run("score", "logs", "--metrics", "f1", *judged(tasks, model, "--report", "b.json"))
        assert again.code == 0, again.err
        assert len(model.requests) == 7
        scored = json.loads((tasks.folder / "b.json").read_text())["uncertainty"]["own_tasks:Sums"]
        assert scored["judge"] == judge
        assert set(scored) == {"f1", "judge"}
        prompt = model.requests[3].last_text
    compared = tasks.run("compare", "logs", "logs", "--by", "judge", "--report", "c.json")
    assert "by judge 0 changed" in compared.out
    assert "judge" in [each["name"] for each in json.loads((tasks.folder / "c.json").read_text())["figures"]]
    assert tasks.run("view", "logs").code == 0
    assert '"scores":{"accuracy":0.0,"judge":1.0' in (tasks.folder / "view.html").read_text("utf-8")
    assert "Is the sum right?" in prompt
    mark = re.search(r"([0-9a-f]{16}) ANSWER BEGINS", prompt)[1]
    assert prompt.count(mark) == 7


def test_what_no_rubric_allows_is_asked_again_once_and_then_missing(tasks: TaskLab) -> None:
    asked: list[str] = []

    def stubborn(request: ModelRequest) -> str:
        asked.append(request.last_text)
        if "0 + 0" in str(request.messages) and "1 + 1" not in str(request.messages):
            return "Ignore the rubric: 5!"
        wrong = len(request.messages) == 1 and "1 + 1" in request.last_text
        return json.dumps({"reason": "", "verdict": 10 if wrong else 4})

    with FakeModel(stubborn) as model:
        ran = tasks.run("eval", *SUMS, *judged(tasks, model, "--log", "logs", "--report", "a.json"))
    assert ran.code == 0, ran.err
    found = json.loads((tasks.folder / "a.json").read_text())
    assert found["judge"]["missing"] == {"strict": 1}
    assert found["judge"]["models"]["strict"]["answers"] == 9
    assert "strict: 1 verdict is missing" in ran.err
    assert any("expected as the verdict a whole number from 1 to 5" in text for text in asked)
    first = next(read_log(logs_in(tasks.folder / "logs")[-1]).in_order()).verdicts[0]
    assert (first.value, first.problem) == (None, "expected a JSON object")


def test_several_judges_by_several_criteria_come_to_a_majority_and_are_held_against_people(tasks: TaskLab) -> None:
    said = {"strict": "wrong", "mild": "right"}

    def both(request: ModelRequest) -> str:
        right = "right" if "3 + 3" not in request.last_text else said[request.body["model"]]
        one = {"right": {"reason": "", "verdict": right}, "tone": {"reason": "", "verdict": "Kind"}}
        return json.dumps(one)

    with FakeModel(both) as model:
        options = judged(tasks, model, "--judge", "mild", "--report", "a.json", rubric=TWO)
        models = json.loads((tasks.folder / "models.yml").read_text())
        for name, entry in models.items():
            entry["name"] = name
        (tasks.folder / "models.yml").write_text(json.dumps(models))
        rows = [(1, 1, "right"), (2, 1, "right"), (2, 2, "wrong"), (3, 1, "right"), (3, 2, "right")]
        lines = [f"{episode},{example},right,{label}" for episode, example, label in rows]
        (tasks.folder / "people.csv").write_text("\n".join(["episode,example,criterion,label", *lines]))
        ran = tasks.run("eval", *SUMS, *options, "--judge-labels", "people.csv")
        assert ran.code == 0, ran.err
        assert not any("RIGHT ANSWERS" in request.last_text for request in model.requests)
    found = json.loads((tasks.folder / "a.json").read_text())
    figures = found["uncertainty"]["own_tasks:Sums"]
    assert figures["judge-right"]["value"] == 1.0  # where they disagree there is no majority, and no figure
    assert (figures["judge-tone=kind"]["value"], figures["judge-tone=rude"]["value"]) == (1.0, 0.0)
    told = {(each["criterion"], each["between"]): each for each in found["judge"]["agreement"]}
    strict, mild = told["right", "strict, people"], told["right", "mild, people"]
    assert (strict["agreement"]["value"], strict["kappa"]["value"], strict["agreement"]["answers"]) == (
        1.0,
        1.0,
        5,
    )
    assert (mild["agreement"]["value"], mild["kappa"]["value"]) == (0.8, 0.0)
    assert told["right", "all judges, people"]["agreement"]["answers"] == 4
    assert told["right", "all judges"]["alpha"]["value"] == pytest.approx(0.0, abs=0.2)
    assert ("tone", "strict, people") not in told


def logged(*verdicts: JudgeVerdict) -> LogContent:
    record = ExampleRecord(key=ExampleKey("t", 0, 0), last=True, asked={}, verdicts=verdicts)
    head = LogHead(tasks=("t",), opt={}, about={}, began="now")
    return LogContent(Path("log"), head, {record.key: record}, None, 0.0)


def test_what_is_quoted_in_labels_may_have_ends_of_lines(tmp_path: Path) -> None:
    (tmp_path / "r.yml").write_text(SCALE)
    (tmp_path / "l.csv").write_text('episode,rater,label\n1,"Ann\u2028or\nBo",4\n')
    (tmp_path / "l.jsonl").write_text('{"episode": 1, "rater": "Ann\u2028or Bo", "label": 4}\n')
    for name in ("l.csv", "l.jsonl"):
        labels = read_labels(tmp_path / name, logged(), read_rubric(tmp_path / "r.yml"))
        assert labels == {(ExampleKey("t", 0, 0), ""): (4,)}


def test_without_a_rubric_figures_are_of_the_judges_and_the_rubric_that_all_logs_have() -> None:
    def log(*verdicts: tuple[str, str, int | str]) -> LogContent:
        return logged(
            *(JudgeVerdict(judge=who, rubric=r, criterion="", value=value) for who, r, value in verdicts)
        )

    def figures(*logs: LogContent) -> list[dict[str, float]]:
        records = [next(each.in_order()) for each in with_figures_on_record(logs)]
        return [{name: each["numer"] for name, each in record.measured.items()} for record in records]

    one = log(("strict", "old", 2), ("strict", "new", 3), ("mild", "new", 5))
    assert figures(one) == [{"judge": 4}]
    assert figures(one, log(("strict", "new", 1), ("strict", "newer", 9))) == [{"judge": 3}, {"judge": 1}]
    assert figures(one, log(("mild", "old", 1))) == [{}, {}]
    good, bad = log(("strict", "words", "good")), log(("strict", "words", "bad"))
    assert figures(good, bad) == [{"judge=good": 1, "judge=bad": 0}, {"judge=good": 0, "judge=bad": 1}]


def test_judges_spend_no_more_than_may_be_spent_and_go_on_later(tasks: TaskLab) -> None:
    with FakeModel(verdict) as model:
        options = judged(tasks, model, "--log", "logs", "--limit-cost", "0.0001", price=1)
        ran = tasks.run("eval", *SUMS, *options)
        assert ran.code == 0, ran.err
        assert "not all answers were judged: 0.0" in ran.err
        before = len(model.requests)
        assert 0 < before < 7
        resumed = tasks.run("eval", "--resume", "logs", "--judge", "strict", "--rubric", "rubric.yml")
        assert resumed.code == 0, resumed.err
        assert len(model.requests) == 7

        # Of a judge without a price nobody could say when that is.
        entry = {"model": "chat_completions", "base_url": model.base_url, "check": False}
        (tasks.folder / "free.yml").write_text(json.dumps({"free": entry}))
        options = ("--judge", "free", "--rubric", "rubric.yml", "--models", "free.yml", "--limit-cost", "9")
        again = tasks.run("score", "logs", *options)
        assert "not all answers were judged: nobody knows what an answer of free costs" in again.err
        assert len(model.requests) == 8


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("r.yml", "question: Is it?\n", "expected either scale or labels at"),
        ("r.yml", "question: Is it?\nscale: [5, 1]\n", r"expected \[LOWEST, HIGHEST\]"),
        ("r.yml", "question: Is it?\nlabels: [yes, no]\n", 'write it as "True"'),
        ("r.yml", "question: Is it?\nlabels: {good: .inf, bad: 0}\n", "expected a number for the label 'good'"),
        ("r.yml", "scale: [1, 5]\n", "expected a question, with scale or labels"),
        ("r.yml", "question: Is it?\nscale: [1, 5]\nweight: 2\n", "expected one of question, scale, labels"),
        ("r.md", "# Help\nDoes it help?\n", "expected a line such as 'Scale: 1 to 5'"),
    ],
)
def test_what_is_no_rubric_is_refused(tmp_path: Path, name: str, text: str, expected: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(TaskError, match=expected):
        read_rubric(tmp_path / name)


def test_a_rubric_may_be_markdown(tmp_path: Path) -> None:
    (tmp_path / "r.md").write_text(
        "Of an assistant.\n## help\nDoes it help?\nScale: 1 to 7\n## tone\nLabels: kind, rude\nHow?\n"
    )
    one, other = read_rubric(tmp_path / "r.md").criteria
    assert (one.name, one.question, one.scale) == ("help", "Of an assistant.\nDoes it help?", (1, 7))
    assert (other.figure, list(other.labels)) == ("judge-tone", ["kind", "rude"])


def test_judges_without_a_rubric_and_rubrics_without_a_judge_are_refused(tasks: TaskLab) -> None:
    (tasks.folder / "rubric.yml").write_text(SCALE)
    assert "--judge: expected --rubric" in tasks.run("eval", *SUMS, "--judge", "fixed").err
    twice = ("--judge", "fixed", "--judge", "fixed", "--rubric", "rubric.yml")
    assert "--judge: expected each model once" in tasks.run("eval", *SUMS, *twice).err
    assert "--rubric is for --judge" in tasks.run("eval", *SUMS, "--rubric", "rubric.yml").err
