"""`parleyrun selfchat` with models behind a server."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from task_lab import TaskLab

from parleyrun.testing import FakeModel
from parleyrun.testing.fake_model.fake_model import ModelRequest
from parleyrun.testing.fake_model.fake_replies import FakeReply, wrong_key


@pytest.fixture
def model() -> Iterator[FakeModel]:
    """Says how many lines it was shown."""
    with FakeModel(lambda request: f"line {len(request.messages)}") as model:
        yield model


def write_models(tasks: TaskLab, model: FakeModel) -> str:
    entry = {"model": "chat_completions", "base_url": model.base_url, "name": "fake", "check": False}
    entries = {"adder": entry, "other": {**entry, "temperature": 0.5, "price": {"prompt": 1, "completion": 1e6}}}
    (tasks.folder / "models.yml").write_text(json.dumps({"models": entries}))
    return "models.yml"


def test_two_models_of_a_file_talk_and_what_each_took_is_told_at_the_end(tasks: TaskLab, model: FakeModel) -> None:
    file = write_models(tasks, model)
    ran = tasks.run(
        *("selfchat", "-m", "adder", "--partner", "other", "--models", file, "--turns", "2", "--opening", "Hello")
    )
    assert ran.code == 0, ran.err
    assert ran.out == "other: Hello\nadder: line 1\nother: line 1\nadder: line 3\nother: line 3\n"
    told = [line.split() for line in ran.err.splitlines()]
    assert ["1", "conversation"] in told
    # Each was asked twice, and said two words each time.
    assert told[-2][:2] + told[-2][3:] == ["adder", "2", "4", "0.0000"]
    assert told[-1][:2] + told[-1][3:] == ["other", "2", "4", "4.0000"]


@pytest.mark.parametrize("concurrency", ["2", "64"])
def test_many_conversations_at_once_are_shown_one_after_the_other(
    tasks: TaskLab, model: FakeModel, concurrency: str
) -> None:
    arguments = ("selfchat", "-m", f"chat_completions:{model.base_url}#fake", "--episodes", "7", "--turns", "3")
    alone = tasks.run(*arguments, "--save-dialogues", "alone.jsonl")
    beside = tasks.run(*arguments, "--save-dialogues", "beside.jsonl", "--concurrency", concurrency)
    assert beside.code == 0, beside.err
    assert beside.out == alone.out
    assert beside.err == alone.err
    files = [(tasks.folder / f"{name}.jsonl").read_text() for name in ("alone", "beside")]
    assert files[1] == files[0].replace("alone", "beside")
    assert files[0].count("\n") == 7


def test_as_many_are_held_at_the_same_time_as_was_said(tasks: TaskLab) -> None:
    def reply(_request: ModelRequest) -> FakeReply:
        if model.most_at_once == 5:
            model.release()
        return FakeReply(text="hello", hangs=model.most_at_once < 5)

    with FakeModel(reply) as model:
        ran = tasks.run(
            *("selfchat", "-m", f"chat_completions:{model.base_url}#fake", "--episodes", "5", "--turns", "1"),
            *("--concurrency", "5"),
        )
        assert ran.code == 0, ran.err
        assert model.most_at_once == 5


@pytest.mark.parametrize("concurrency", ["1", "3"])
def test_a_model_that_does_not_answer_ends_it_with_one_line(tasks: TaskLab, concurrency: str) -> None:
    with FakeModel(wrong_key()) as model:
        ran = tasks.run(
            *("selfchat", "-m", f"chat_completions:{model.base_url}", "--opening", "Hello?", "--episodes", "3"),
            *("--concurrency", concurrency, "--save-dialogues", "said.jsonl"),
        )
    assert ran.code == 2
    assert ran.err.startswith("parleyrun: chat_completions did not answer 'Hello?': 127.0.0.1:")
    assert ran.err.count("\n") == 1
    assert tasks.made() == set()


def test_a_partner_may_have_settings_of_its_own(tasks: TaskLab, model: FakeModel) -> None:
    file = write_models(tasks, model)
    ran = tasks.run(
        *("selfchat", "-m", "other", "--models", file, "--turns", "1"),
        *("-o", "max_tokens=7", "-p", "temperature=0.75"),
    )
    assert ran.code == 0, ran.err
    settings = [(request.body["temperature"], request.body["max_tokens"]) for request in model.requests]
    assert settings == [(0.5, 7), (0.75, 7)]
