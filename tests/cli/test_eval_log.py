"""`parleyrun eval --log` and `--resume`: what was answered outlasts whatever ends an evaluation."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from task_lab import OWN, TaskLab

from parleyrun.testing import FakeModel
from parleyrun.testing.fake_model.fake_model import ModelRequest
from parleyrun.testing.fake_model.fake_replies import FakeReply, wrong_key

SUMS = ("-t", "own_tasks:Sums")

MORE = """

import os, signal

class Killed(Doubler):
    "Ends its process where 4 + 4 is asked, as long as there is no file that says otherwise."
    def act(self):
        with open("asked", "a") as file:
            print(self.observation["text"], file=file)
        if self.observation["text"].startswith("4") and not os.path.exists("spare"):
            os.kill(os.getpid(), getattr(signal, self.opt.get("signal", "SIGKILL")))
        return super().act()

class Picky(Doubler):
    def act(self):
        if self.observation["text"].startswith("5") and not os.path.exists("spare"):
            raise RuntimeError("not five\\nagain")
        return super().act()
"""


def started(tasks: TaskLab, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `parleyrun ARGUMENTS` in a process of its own, that may be killed."""
    return subprocess.run(
        [sys.executable, "-m", "parleyrun", *arguments],
        cwd=tasks.folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def log_in(tasks: TaskLab, folder: str = "logs") -> Path:
    (path,) = (tasks.folder / folder).iterdir()
    return path


@pytest.fixture
def own(tasks: TaskLab) -> TaskLab:
    (tasks.folder / "own_tasks.py").write_text(OWN + MORE)
    return tasks


def files(tasks: TaskLab) -> tuple[bytes, bytes]:
    return tuple((tasks.folder / name).read_bytes() for name in ("figures.json", "said.jsonl"))  # type: ignore[return-value]


OUT = ("--report", "figures.json", "--save-dialogues", "said.jsonl")


@pytest.mark.process
@pytest.mark.parametrize("name", ["SIGKILL", "SIGINT"])
def test_killed_in_the_middle_it_goes_on_and_writes_the_same_files(own: TaskLab, name: str) -> None:
    agent = ("-m", "own_tasks:Killed", "-o", f"signal={name}")
    killed = started(own, "eval", *SUMS, *agent, "--log", "logs", *OUT)
    log = log_in(own)
    if name == "SIGKILL":
        assert killed.returncode == -signal.SIGKILL
    else:
        assert (killed.returncode, killed.stdout) == (130, "")
        assert killed.stderr == (
            f"what was answered is kept: parleyrun eval --resume logs/{log.name}\n"
            "parleyrun: interrupted before it was done\n"
        )
    assert log.stat().st_mode & 0o777 == 0o600
    answered = [json.loads(line)["asked"]["text"] for line in log.read_text().splitlines()[1:]]
    assert answered == ["0 + 0?", "1 + 1?", "2 + 2?", "3 + 3?"]

    (own.folder / "spare").touch()
    resumed = started(own, "eval", "--resume", "logs", *OUT)
    assert resumed.returncode == 0, resumed.stderr
    asked = (own.folder / "asked").read_text().split("\n")
    assert asked == [*(f"{n} + {n}?" for n in (0, 1, 2, 3, 4, 4, 5, 6)), ""]
    whole = files(own)
    assert started(own, "eval", *SUMS, *agent, *OUT).returncode == 0
    assert files(own) == whole
    assert json.loads(log.read_text().splitlines()[-1])["metrics"] == json.loads(whole[0])["metrics"]


def test_what_went_wrong_is_named_and_asked_again_by_resume(own: TaskLab) -> None:
    ran = own.run("eval", *SUMS, "-m", "own_tasks:Picky", "--log", "logs", "--on-error", "retry:2", *OUT)
    assert ran.code == 0
    assert ran.out.splitlines()[-1].split() == ["own_tasks:Sums", "6", "0.8333", "0.8333"]
    assert (
        "1 example went wrong, and is in no figure (RuntimeError 1):\n"
        "  own_tasks:Sums, episode 3, example 2: RuntimeError: not five again (asked 3 times)\n"
    ) in ran.err
    figures = json.loads((own.folder / "figures.json").read_text())
    assert figures["errors"] == [
        {
            "task": "own_tasks:Sums",
            "episode": 3,
            "example": 2,
            "error": "RuntimeError",
            "message": "not five\nagain",
            "tries": 3,
        }
    ]
    (own.folder / "spare").touch()
    resumed = own.run("eval", "--resume", str(log_in(own)), *OUT)
    assert resumed.code == 0
    assert resumed.out.splitlines()[-1].split() == ["own_tasks:Sums", "7", "0.8571", "0.8571"]
    assert "went wrong" not in resumed.err
    assert "errors" not in json.loads((own.folder / "figures.json").read_text())


def test_many_errors_are_told_by_their_kinds(own: TaskLab) -> None:
    (own.folder / "own_tasks.py").write_text(
        OWN + "\n\nclass Even(Doubler):\n    def act(self):\n        text = self.observation['text']\n"
        "        return super().act() if text[0] in '0' else {}['gone']\n"
    )
    ran = own.run("eval", *SUMS, "-m", "own_tasks:Even")
    assert ran.code == 0
    assert "6 examples went wrong, and are in no figure (KeyError 6):\n" in ran.err
    assert ran.err.count("KeyError: 'gone'\n") == 5
    assert "  and 1 more, which --report lists\n" in ran.err


def test_no_more_is_asked_than_may_be_spent_and_it_goes_on_with_more(tasks: TaskLab) -> None:
    with FakeModel("0") as model:
        entry = {"model": "chat_completions", "base_url": model.base_url, "price": {"completion": 1_000_000}}
        (tasks.folder / "models.yml").write_text(json.dumps({"adder": {**entry, "check": False}}))
        arguments = ("-m", "adder", "--models", "models.yml")
        ran = tasks.run("eval", *SUMS, *arguments, "--log", "logs", "--limit-cost", "3", "--report", "a.json")
        assert ran.code == 0, ran.err
        assert "not all examples were asked: 3.0000 of 3 are spent\n" in ran.err
        enough = tasks.run("eval", *SUMS, *arguments, "--limit-cost", "7")
        assert "not all" not in enough.err  # that is what all of them cost
        assert json.loads((tasks.folder / "a.json").read_text())["metrics"]["exs"] == 3
        assert len(model.requests) == 3 + 7
        again = tasks.run("eval", "--resume", "logs", "--limit-cost", "100", "--report", "a.json")
        assert again.code == 0, again.err
        assert json.loads((tasks.folder / "a.json").read_text())["metrics"]["exs"] == 7
        # The second half of an episode that was cut off is no conversation without the first one.
        assert len(model.requests) == 7 + 8


def test_a_wrong_key_for_everything_ends_it_after_ten_examples_at_most(tasks: TaskLab) -> None:
    with FakeModel(wrong_key()) as model:
        ran = tasks.run("eval", "-t", "babi:Sample:1", "-m", f"chat_completions:{model.base_url}")
        assert ran.code == 2
        assert "Incorrect API key" in ran.err.splitlines()[-1]
        assert len(model.requests) <= 10


def test_an_answer_that_takes_too_long_costs_one_example(tasks: TaskLab) -> None:
    def reply(request: ModelRequest) -> FakeReply | str:
        return FakeReply(hangs=True) if request.last_text.startswith("6 +") else "6"

    with FakeModel(reply) as model:
        options = ("-m", f"chat_completions:{model.base_url}", "--timeout", "0.5")
        ran = tasks.run("eval", *SUMS, *options, "--concurrency", "4")
    assert ran.code == 0, ran.err
    assert "  own_tasks:Sums, episode 4, example 1: Timeout: no answer came in 0.5 s\n" in ran.err
    assert ran.out.splitlines()[2].split()[:2] == ["own_tasks:Sums", "6"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "expected --task, or --resume with a log"),
        (("-t", "own_tasks:Sums"), "expected --model, or --resume with a log"),
        (
            ("--resume", "logs", "-t", "own_tasks:Sums"),
            "--task is of what was begun, and --resume goes on with that",
        ),
        (("--resume", "logs", "--log", "logs"), "--log is of what was begun, and --resume goes on with that"),
        (
            ("--resume", "logs", "-o", "signal=SIGINT"),
            "-o signal: --resume goes on with what was begun; only keys",
        ),
        (("--resume", "data"), "expected the log of an evaluation, or a folder of such, at data, got none"),
        (
            (*SUMS, "-m", "own_tasks:Doubler", "--limit-cost", "3"),
            "expected a model that tells what it takes, got own",
        ),
        (("--resume", "own_tasks.py"), "expected the log of an evaluation at own_tasks.py, got another file"),
        (
            ("-t", "own_tasks:Sums", "-m", "fixed", "--on-error", "retry"),
            "expected skip, stop, or retry with a number",
        ),
        (
            ("-t", "own_tasks:Sums", "-m", "fixed", "--timeout", "1", "--batchsize", "2"),
            "--timeout: in a batch no single answer can be given up; expected --processes",
        ),
        (
            ("-t", "own_tasks:Sums", "-m", "fixed", "--log", "logs", "-o", "dynamic_batching=full"),
            "expected a number of words at 'truncate' of opt",
        ),
        (
            ("-t", "own_tasks:Sums", "-m", "own_tasks:Doubler", "-o", "dynamic_batching=batchsort"),
            "expected an agent with batch_act for dynamic_batching, got Doubler",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(own: TaskLab, arguments: tuple[str, ...], expected: str) -> None:
    assert own.run("eval", *SUMS, "-m", "own_tasks:Doubler", "--log", "logs").code == 0
    ran = own.run("eval", *arguments)
    assert ran.code == 2
    assert expected in re.sub(r"\s+", " ", ran.err)


def test_a_file_of_models_that_has_changed_is_not_gone_on_with(tasks: TaskLab) -> None:
    with FakeModel("0") as model:
        file = tasks.folder / "models.yml"
        file.write_text(json.dumps({"adder": {"model": "chat_completions", "base_url": model.base_url}}))
        assert tasks.run("eval", *SUMS, "-m", "adder", "--models", "models.yml", "--log", "logs").code == 0
        asked = len(model.requests)
        done = tasks.run("eval", "--resume", "logs")
        assert done.code == 0, done.err
        assert len(model.requests) == asked + 1  # it is looked whether it is there
        file.write_text(file.read_text() + "\n# warmer\n")
        ran = tasks.run("eval", "--resume", "logs")
    assert ran.code == 2
    assert "is not what it was when" in ran.err


def test_keys_are_in_no_log(tasks: TaskLab) -> None:
    with FakeModel("0") as model:
        options = ("-m", f"chat_completions:{model.base_url}", "-o", "api_key=sk-secret")
        assert tasks.run("eval", *SUMS, *options, "--log", "logs").code == 0
        assert "sk-secret" not in log_in(tasks).read_text()
        assert tasks.run("eval", "--resume", "logs", "-o", "api_key=sk-secret").code == 0


def test_answers_are_kept_by_prompt_and_cost_nothing_again(tasks: TaskLab) -> None:
    with FakeModel("0") as model:
        arguments = (
            *SUMS,
            "-m",
            f"chat_completions:{model.base_url}",
            "--cache",
            "kept",
            "-o",
            'price={"prompt": 1e6}',
        )
        first = tasks.run("eval", *arguments)
        assert first.code == 0, first.err
        again = tasks.run("eval", *arguments)
        assert again.out.splitlines()[2] == first.out.splitlines()[2]
        assert len(model.requests) == 7
        assert again.out.splitlines()[-1].split()[1:3] == ["7", "0"]
    refused = tasks.run("eval", *SUMS, "-m", "own_tasks:Doubler", "--cache", "kept")
    assert refused.code == 2
    assert "--cache: expected a model that is asked by requests, got own_tasks:Doubler" in refused.err


def test_repeats_are_asked_anew_each_with_its_own_seed_and_kept_apart(tasks: TaskLab) -> None:
    said = iter(range(100))
    with FakeModel(lambda request: str(next(said) % 2 * 4)) as model:
        agent = ("-m", f"chat_completions:{model.base_url}", "--num-examples", "2", "--repeats", "3")
        arguments = ("-t", "babi:Sample:1", *agent, "--cache", "kept", "--seed", "5", "--log", "logs")
        ran = tasks.run("eval", *arguments, "--report", "figures.json")
        assert ran.code == 0, ran.err
        seeds = sorted((request.body["seed"], request.last_text) for request in model.requests)
        assert [seed for seed, _ in seeds] == [5, 5, 6, 6, 7, 7]
        assert len(set(seeds)) == 6
        assert tasks.run("eval", *arguments).code == 0
        unseeded = tuple("" if each in ("--seed", "5") else each for each in arguments)
        unseeded = tuple(each for each in unseeded if each)
        assert tasks.run("eval", *unseeded).code == 0
        assert len(model.requests) == 12
        assert all("seed" not in request.body for request in list(model.requests)[6:])
    figures = json.loads((tasks.folder / "figures.json").read_text())
    assert figures["metrics"]["exs"] == 6
    assert figures["opt"]["repeats"] == 3
    assert "accuracy pass^3" in figures["uncertainty"]["babi:Sample:1"]
    assert "accuracy pass^3" in ran.out
    assert tasks.run("eval", "--resume", "logs", "--repeats", "2").code == 2
    assert "accuracy pass^3" in tasks.run("eval", "--resume", "logs").out
    assert "accuracy pass@2" in tasks.run("score", "logs", "--metrics", "accuracy").out


def test_what_a_bundled_agent_does_by_chance_is_another_thing_in_each_repeat(own: TaskLab) -> None:
    (own.folder / "own_tasks.py").write_text(
        OWN + "\n\nclass Drawing(Agent):\n    def act(self):\n"
        "        return {'text': f\"{self.opt['seed']} {self.opt.get('repeat', 0)}\"}\n"
    )
    options = ("-m", "own_tasks:Drawing", "--seed", "4", "--repeats", "2", "--num-examples", "1")
    assert own.run("eval", *SUMS, *options, "--save-dialogues", "said.jsonl").code == 0
    said = [json.loads(line)["dialog"] for line in (own.folder / "said.jsonl").read_text().splitlines()]
    assert [[each[1]["text"] for each in dialog] for dialog in said] == [["4 0"], ["5 1"]]
