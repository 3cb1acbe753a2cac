"""`parleyrun compare`, `score` and `eval --intervals`."""

from __future__ import annotations

import json

import pytest
from task_lab import OWN, TaskLab

from parleyrun import TaskError
from parleyrun.evaluate.log.evaluation_log import read_log

MORE = """

class Worse(Doubler):
    def act(self):
        answer = super().act()
        return answer if self.observation["text"][0] in "0123" else {**answer, "text": "\\x1b[31mno"}
"""

SUMS = ("-t", "own_tasks:Sums")


@pytest.fixture
def logged(tasks: TaskLab) -> TaskLab:
    (tasks.folder / "own_tasks.py").write_text(OWN + MORE)
    for name, folder in (("Doubler", "a"), ("Worse", "b")):
        assert tasks.run("eval", *SUMS, "-m", f"own_tasks:{name}", "--log", folder).code == 0
    return tasks


def test_two_evaluations_are_compared_figure_by_figure_and_example_by_example(logged: TaskLab) -> None:
    ran = logged.run("compare", "a", "b", "-n", "1", "--report", "both.json")
    assert ran.code == 0, ran.err
    rows = [line.split() for line in ran.out.splitlines()]
    assert rows[2][:5] == ["own_tasks:Sums", "accuracy", "0.8571", "0.4286", "-0.4286"]
    assert rows[2][-1] == "4"
    assert "own_tasks:Sums, episode 3, example 1 (accuracy 1 to 0)\n  asked:  4 + 4?\n  first:  8\n" in ran.out
    assert "\x1b" not in ran.out
    assert ran.out.endswith("7 examples are in both; by accuracy 3 changed: 0 higher, 3 lower in the second\n")
    other = logged.run("compare", "a", "b", "--by", "acuracy")
    assert other.code == 2
    assert "expected a figure of examples, got 'acuracy': did you mean 'accuracy'?" in other.err
    written = json.loads((logged.folder / "both.json").read_text())
    assert written["examples"] == 7
    assert [each["asked"] for each in written["changed"]] == ["4 + 4?", "5 + 5?", "6 + 6?"]
    assert written["figures"][0]["difference"] == pytest.approx(-3 / 7)


def test_answers_are_scored_again_without_asking(logged: TaskLab) -> None:
    ran = logged.run("score", "b", "--metrics", "accuracy,chrf", "--report", "again.json")
    assert ran.code == 0, ran.err
    rows = [line.split() for line in ran.out.splitlines()[2:]]
    assert [row[1:3] for row in rows] == [["accuracy", "0.4286"], ["chrf", rows[1][2]]]
    written = json.loads((logged.folder / "again.json").read_text())["uncertainty"]["own_tasks:Sums"]
    assert written["accuracy"]["value"] == pytest.approx(3 / 7)
    assert written["accuracy"]["error"] > 0


def test_eval_says_what_its_figures_are_worth(tasks: TaskLab) -> None:
    ran = tasks.run("eval", *SUMS, "-m", "own_tasks:Doubler", "--intervals", "--report", "figures.json")
    assert ran.code == 0, ran.err
    told = ran.out.split("\n\n")[1].splitlines()
    assert told[0].split()[-4:] == ["95", "%", "interval", "episodes"]
    assert told[2].split()[:3] == ["own_tasks:Sums", "accuracy", "0.8571"]
    written = json.loads((tasks.folder / "figures.json").read_text())["uncertainty"]["own_tasks:Sums"]["accuracy"]
    assert written["episodes"] == 4
    assert written["low"] < written["value"] <= written["high"]


@pytest.mark.parametrize("command", [("compare", "a"), ("score",)])
def test_what_is_no_log_is_refused(logged: TaskLab, command: tuple[str, ...]) -> None:
    ran = logged.run(*command, "own_tasks.py")
    assert ran.code == 2
    assert "expected the log of an evaluation at own_tasks.py, got another file" in ran.err


def test_a_log_that_somebody_has_edited_is_read_whole_or_refused_in_a_sentence(logged: TaskLab) -> None:
    [path] = (logged.folder / "a").iterdir()
    head, first, *_ = path.read_text().splitlines()
    taken = {"model": "m", "cost": "lots"}
    verdict = {"judge": 3, "rubric": "r", "criterion": "", "value": 1}
    odd = logged.folder / "odd.jsonl"
    for changed in (
        {"episode": "zero"},
        {"entry": -1},
        {"task": ["t"]},
        {"asked": 5},
        {"answer": "yes"},
        {"metrics": {"f1": 7}},
        {"metrics": {"f1": {"kind": "average", "numer": [1], "denom": 1}}},
        {"metrics": {"f1": {"kind": "os.system", "total": 1}}},
        {"took": taken},
        {"took": {**taken, "cost": float("nan")}},
        {"took": {**taken, "cost": 1, "tries": "many"}},
        {"error": {"kind": "E", "message": None}},
        {"verdicts": [verdict], "took_judging": []},
        {"verdicts": [], "took_judging": [taken]},
    ):
        odd.write_text(f"{head}\n{json.dumps({**json.loads(first), **changed})}\n")
        with pytest.raises(
            TaskError, match=r"expected the log of an evaluation at .*odd\.jsonl, got another file \(line 2: "
        ):
            read_log(odd)
    for text in (f"{head}\n{'[' * 100_000}\n", f"{head}\n7\n", json.dumps({**json.loads(head), "opt": 5}) + "\n"):
        odd.write_text(text)
        with pytest.raises(TaskError, match=r"got another file \(line [12]: "):
            read_log(odd)
