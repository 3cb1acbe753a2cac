"""`parleyrun eval` with models behind a server."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from task_lab import OWN, TaskLab
from terminal_process import TerminalProcess

from parleyrun.testing import FakeModel
from parleyrun.testing.fake_model.fake_model import ModelRequest
from parleyrun.testing.fake_model.fake_replies import FakeReply, wrong_key

SUMS = ("-t", "own_tasks:Sums")

BATCHING = """

class Few(DialogTeacher):
    def setup_data(self, datafile):
        return (({"text": f"{n}?", "labels": ["yes"]}, True) for n in range(8))

class Together(Agent):
    def act(self):
        raise RuntimeError("asked alone")
    def batch_act(self, observations):
        with open("calls", "a") as file:
            print(len(observations), file=file)
        return [{"id": self.id, "text": "yes"} for _ in observations]
"""


def doubled(request: ModelRequest) -> FakeReply | str:
    found = re.match(r"(\d+) \+", request.last_text)
    return str(2 * int(found[1])) if found else "Hello."


@pytest.fixture
def model() -> Iterator[FakeModel]:
    with FakeModel(doubled) as model:
        yield model


def write_models(tasks: TaskLab, model: FakeModel, form: str = "models", **more: Any) -> str:
    """Write a file with one model, `adder`, in one of the forms that such a file may have."""
    entry = {"model": "chat_completions", "base_url": model.base_url, "name": "fake", **more}
    documents = {
        "models": {"models": {"adder": entry}},
        "top": {"adder": entry},
        "config": {
            "tasks": {"sum": {"task_world": "parleyrun.ready:Chat", "bots": {"Bot": "adder"}}},
            "models": {"adder": entry},
        },
    }
    (tasks.folder / "models.yml").write_text(json.dumps(documents[form]))
    return "models.yml"


def asked_of(model: FakeModel) -> list[list[tuple[str, str]]]:
    """Return what each request was, that of the check left out."""
    prompts = [[(line["role"], line["content"]) for line in request.messages] for request in model.requests]
    return [prompt for prompt in prompts if prompt[-1][1] != "Say hello."]


@pytest.mark.parametrize("form", ["models", "top", "config"])
def test_a_model_of_a_file_does_the_task_and_what_it_took_stands_below_the_scores(
    tasks: TaskLab, model: FakeModel, form: str
) -> None:
    file = write_models(tasks, model, form, price={"prompt": 1000, "completion": 2000})
    ran = tasks.run("eval", *SUMS, "-m", "adder", "--models", file, "--report", "figures.json")
    assert ran.code == 0, ran.err
    first, second = ran.out.split("\n\n")
    assert first.splitlines()[-1].split() == ["own_tasks:Sums", "7", "1.0000", "1.0000"]
    # A message counts its words and four more. Four times somebody is asked "n + n?", and three times once more,
    # after that question and its answer.
    assert second.splitlines()[0].split("  ")[0] == "model"
    assert second.splitlines()[-1].split() == ["adder", "7", "85", "7", "0.0990"]
    assert re.search(r"^model adder: ready in .* s \(fake at http://127", ran.err)
    assert re.search(r"^adder: \d+\.\d{3} s an answer$", ran.err, re.MULTILINE)
    written = json.loads((tasks.folder / "figures.json").read_text())
    assert written["models"] == {
        "adder": {
            "answers": 7,
            "failures": {},
            "prompt_tokens": 85,
            "completion_tokens": 7,
            "cost": pytest.approx(0.099),
        }
    }
    assert written["opt"]["model"] == "adder"
    assert written["opt"]["models"] == "models.yml"


def test_every_episode_is_a_conversation_of_its_own(tasks: TaskLab, model: FakeModel) -> None:
    file = write_models(tasks, model, system="Add up.")
    ran = tasks.run("eval", *SUMS, "-m", "adder", "--models", file)
    assert ran.code == 0, ran.err
    system = ("system", "Add up.")
    assert asked_of(model)[:3] == [
        [system, ("user", "0 + 0?")],
        [system, ("user", "0 + 0?"), ("assistant", "0"), ("user", "1 + 1?")],
        [system, ("user", "2 + 2?")],
    ]


def test_files_are_the_same_to_the_byte_however_many_are_asked_at_once(tasks: TaskLab, model: FakeModel) -> None:
    file = write_models(tasks, model)
    written = set()
    for options in ((), ("--concurrency", "2"), ("--concurrency", "64"), ("--batchsize", "3")):
        names = ("figures.json", "said.jsonl")
        ran = tasks.run(
            *("eval", "-t", "own_tasks:Sums,squad:Sample", "-m", "adder", "--models", file, *options),
            *("--report", names[0], "--save-dialogues", names[1]),
        )
        assert ran.code == 0, ran.err
        written.add(tuple((tasks.folder / name).read_bytes() for name in names))
    assert len(written) == 1


def test_a_model_may_be_named_by_its_address_alone(tasks: TaskLab, model: FakeModel) -> None:
    ran = tasks.run(
        *("eval", *SUMS, "-m", f"chat_completions:{model.base_url}#fake", "-o", "temperature=0.5"),
        *("--concurrency", "4", "-o", "api_key=sk-secret", "--report", "figures.json"),
    )
    assert ran.code == 0, ran.err
    bodies = [request.body for request in model.requests]
    assert {(body["model"], body["temperature"]) for body in bodies} == {("fake", 0.5)}
    assert len(bodies) == 7
    assert {request.headers["authorization"] for request in model.requests} == {"Bearer sk-secret"}
    assert "sk-secret" not in (tasks.folder / "figures.json").read_text()


def test_a_server_is_given_a_seed_only_if_somebody_said_one(tasks: TaskLab, model: FakeModel) -> None:
    file = write_models(tasks, model, temperature=0.9)
    for said in ((), ("--seed", "7", "-o", "temperature=0")):
        assert tasks.run("eval", *SUMS, "-m", "adder", "--models", file, *said).code == 0
    settings = [(request.body.get("seed"), request.body["temperature"]) for request in model.requests]
    assert settings == [(None, 0.9)] * 8 + [(7, 0)] * 8


@pytest.mark.parametrize("concurrency", ["1", "3"])
def test_a_model_that_does_not_answer_ends_it_with_one_line_that_names_the_example(
    tasks: TaskLab, concurrency: str
) -> None:
    def reply(request: ModelRequest) -> FakeReply | str:
        return wrong_key() if request.last_text.startswith("3 +") else doubled(request)

    with FakeModel(reply) as model:
        file = write_models(tasks, model, check=False)
        ran = tasks.run(
            *("eval", *SUMS, "-m", "adder", "--models", file, "--concurrency", concurrency),
            *("--on-error", "stop"),
            *("--report", "figures.json", "--save-dialogues", "said.jsonl"),
        )
    assert ran.code == 2
    assert ran.out == ""
    told = ran.err.splitlines()[-1]
    where = "adder did not answer '3 + 3?' (own_tasks:Sums, episode 2, example 2): "
    assert told.startswith(f"parleyrun: {where}")
    assert "Incorrect API key" in told
    assert "Traceback" not in ran.err
    assert tasks.made() == {"models.yml"}


def test_when_one_fails_nobody_waits_for_those_that_hang(tasks: TaskLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parleyrun.evaluate.thread_crew.END_SECONDS", 0.01)

    def reply(request: ModelRequest) -> FakeReply | str:
        return wrong_key() if request.last_text.startswith("6 +") else FakeReply(hangs=True)

    with FakeModel(reply) as model:
        ran = tasks.run(
            "eval", *SUMS, "-m", f"chat_completions:{model.base_url}", "--concurrency", "4", "--on-error", "stop"
        )
    assert ran.code == 2
    assert ran.err.startswith("parleyrun: chat_completions did not answer '6 + 6?' (own_tasks:Sums, episode 4, ")


def test_what_is_wrong_with_the_file_is_shown_as_validate_shows_it(tasks: TaskLab) -> None:
    (tasks.folder / "models.yml").write_text("models:\n  adder: {model: chat_completions, bas_url: x}\n")
    ran = tasks.run("eval", *SUMS, "-m", "adder", "--models", "models.yml")
    assert ran.code == 2
    assert "models.yml:2:36: error[unknown-key]" in ran.err
    assert "mend: did you mean 'base_url'?" in ran.err
    missing = tasks.run("eval", *SUMS, "-m", "adder", "--models", "gone.yml")
    assert (missing.code, missing.err) == (2, "parleyrun: there is no file gone.yml\n")


def test_a_name_that_nobody_has_is_answered_with_the_nearest_one(tasks: TaskLab, model: FakeModel) -> None:
    file = write_models(tasks, model)
    ran = tasks.run("eval", *SUMS, "-m", "addre", "--models", file)
    assert ran.code == 2
    assert ran.err.endswith("expected the name of a model or of an agent, got 'addre': did you mean 'adder'?\n")
    assert tasks.run("eval", *SUMS, "-m", "repeat_label", "--models", file).code == 0


def test_a_server_that_is_not_there_is_told_of_before_any_example_is_asked(tasks: TaskLab) -> None:
    with FakeModel() as gone:
        file = write_models(tasks, gone, tries=1)
    ran = tasks.run("eval", *SUMS, "-m", "adder", "--models", file)
    assert ran.code == 2
    assert ran.err.startswith("parleyrun: model 'adder': 127.0.0.1:")
    assert "cannot be reached" in ran.err


@pytest.mark.parametrize("other", ["--batchsize", "--processes"])
def test_threads_are_for_those_that_wait_and_go_with_nothing_else(
    tasks: TaskLab, model: FakeModel, other: str
) -> None:
    both = tasks.run("eval", *SUMS, "-m", "repeat_label", "--concurrency", "2", other, "2")
    assert both.code == 2
    assert f"expected --concurrency or {other}, got both: threads are for agents that wait" in both.err
    forked = tasks.run("eval", *SUMS, "-m", f"chat_completions:{model.base_url}", "--processes", "2")
    assert forked.code == 2
    assert "--processes: expected --concurrency for chat_completions:http://127" in forked.err
    assert model.requests == []


def test_an_own_class_of_a_file_is_given_the_options_of_the_command_too(tasks: TaskLab) -> None:
    own = tasks.folder / "own_tasks.py"
    own.write_text(
        own.read_text() + "\n\nclass Told(Agent):\n    def act(self):\n"
        "        words = [str(self.opt[key]) for key in ('word', 'datatype', 'seed')]\n"
        "        return {'id': 'told', 'text': ' '.join(words)}\n"
    )
    (tasks.folder / "models.yml").write_text("told: {model: 'own_tasks:Told', word: hello}\n")
    ran = tasks.run("eval", *SUMS, "-m", "told", "--models", "models.yml", "--save-dialogues", "said.jsonl")
    assert ran.code == 0, ran.err
    assert "hello valid 0" in (tasks.folder / "said.jsonl").read_text()


@pytest.mark.process
def test_ctrl_c_does_not_wait_for_answers_that_hang(tmp_path: Path) -> None:
    with FakeModel(FakeReply(hangs=True)) as model:
        arguments = ("-t", "babi:Sample:1", "-m", f"chat_completions:{model.base_url}", "--concurrency", "4")
        with TerminalProcess(*arguments, folder=tmp_path, name="eval") as terminal:
            model.wait_for_requests(4, timeout_seconds=60)
            terminal.send(signal.SIGINT)
            terminal.wait_for("parleyrun: interrupted before it was done")
            assert terminal.exit_code() == 130
            assert "Traceback" not in terminal.rest()


def test_local_models_answer_those_who_are_asked_at_the_same_time_in_one_call(tasks: TaskLab) -> None:
    (tasks.folder / "own_tasks.py").write_text(OWN + BATCHING)
    (tasks.folder / "models.yml").write_text(
        "together: {model: 'own_tasks:Together', max_batch: 4, max_wait_ms: 60000, check: false}\n"
    )
    ran = tasks.run(
        "eval", "-t", "own_tasks:Few", "-m", "together", "--models", "models.yml", "--concurrency", "4"
    )
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[-1].split() == ["own_tasks:Few", "8", "1.0000", "1.0000"]
    assert (tasks.folder / "calls").read_text().split() == ["4", "4"]
