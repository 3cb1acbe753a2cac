"""The shop: an assistant that people talk with, and that is measured by users with goals."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from parleyrun.cli import main
from parleyrun.evaluate.log.evaluation_log import logs_in, read_log
from parleyrun.evaluate.log.example_record import ExampleKey
from parleyrun.evaluate.simulations.goals_file import UserGoal, read_goals
from parleyrun.evaluate.simulations.simulated_conversation import SimulatedConversation
from parleyrun.testing import FakeModel, rehearse
from parleyrun.testing.fake_model.fake_model import ModelRequest
from parleyrun.testing.fake_model.fake_replies import FakeReply

CONFIGS = Path(__file__).parents[2] / "configs"
SHOP = CONFIGS / "shop.yml"
GOALS = ("--goals", str(CONFIGS / "shop_goals.jsonl"))
PLAYED = ("eval", str(SHOP), "--user-model", "customer", *GOALS)


def said(request: ModelRequest) -> FakeReply | str:
    """The customer says what they want; the assistant does it but for orders that were sent; both are short."""
    system = request.messages[0]["content"]
    words = request.last_text
    if "You play a user" in system:
        if "Welcome" in words:
            return next(number for number in ("1003", "1001", "1002") if number in system)
        return "###STOP###"
    if "Computer" in words or "Order" in words:
        return "That is how it is now."
    return "ADDRESS 1002 Mill Lane 7, Bath" if "1002" in words else f"CANCEL {words[-4:]}"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    return int(stopped.value.code or 0)


@pytest.fixture
def model(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with FakeModel(said) as fake:
        monkeypatch.setenv("MODEL_URL", fake.base_url)
        yield fake


def test_a_person_has_an_order_cancelled(model):
    with rehearse(SHOP, store=":memory:") as rehearsal:
        ada = rehearsal.person("Ada")
        ada.says("hi")
        ada.sees("Welcome to the shop!")
        ada.says("cancel 1001")
        ada.sees("That is how it is now.")
        ada.says("bye")
        assert ada.quick_replies == ("shop", "EXIT")


def test_users_with_goals_are_played_and_the_world_says_how_it_went(model, tmp_path, capsys):
    assert run(*PLAYED, "--repeats", "2", "--concurrency", "4", "--log", "logs", "--report", "a.json") == 0
    shown = capsys.readouterr()
    found = json.loads(Path("a.json").read_text())
    assert found["metrics"] == {"exs": 6, "reward": 1.0, "turns": 4.0}
    assert found["uncertainty"]["shop"]["reward pass^2"]["value"] == 1.0
    assert set(found["models"]) == {"assistant", "customer"}
    assert "reward pass^2" in shown.out
    records = list(read_log(logs_in(Path("logs"))[-1]).in_order())
    assert [(record.key.episode, record.key.repeat) for record in records] == [
        (episode, repeat) for episode in range(3) for repeat in range(2)
    ]
    first = records[0]
    assert first.asked["goal_id"] == "cancel"
    assert first.answer["reason"] == "the user said that it is over"
    assert [(line["id"], line["text"]) for line in first.answer["dialog"]] == [
        ("", "Welcome to the shop! How can we help? Write BYE to leave."),
        ("Customer", "1001"),
        ("Assistant", "CANCEL 1001"),
        ("Computer", "Order 1001: customer Ada Byron, item lamp, address High Street 1, York, state cancelled"),
        ("Assistant", "That is how it is now."),
        ("Customer", "###STOP###"),
    ]
    goals = [
        request.messages[0]["content"] for request in model.requests if "You play" in str(request.messages[0])
    ]
    assert any("Mill Lane 7" in goal and "###STOP###" in goal for goal in goals)
    assistants = [
        request.messages[0]["content"] for request in model.requests if "SHOW" in str(request.messages[0])
    ]
    assert assistants
    assert not any("Mill Lane" in system for system in assistants)

    capsys.readouterr()
    assert run("compare", "logs", "logs") == 0
    assert "6 examples are in both; by reward 0 changed" in capsys.readouterr().out

    # What was cut off goes on, and comes to the same figures.
    asked = len(model.requests)
    log = logs_in(Path("logs"))[-1]
    lines = log.read_text().splitlines(keepends=True)
    log.write_text("".join(lines[:4]) + lines[4][:100])
    assert run("eval", "--resume", "logs", "--report", "b.json") == 0
    again = json.loads(Path("b.json").read_text())
    assert (again["metrics"], again["uncertainty"]) == (found["metrics"], found["uncertainty"])
    assert len(model.requests) - asked == (asked - 2) // 2 + 2  # each model is looked for once


def test_a_world_that_fails_costs_one_conversation_and_one_that_scores_nothing_is_refused(model, tmp_path, capsys):
    worlds = (CONFIGS.parent / "worlds" / "shop.py").read_text()
    failing = (
        'if "Turner" in self.opt["goal"]:\n            raise ValueError("no such shelf")\n        return {"reward"'
    )
    Path("own_shop.py").write_text(worlds.replace('return {"reward"', failing))
    text = SHOP.read_text().replace("worlds.shop", "own_shop.py")
    Path("own.yml").write_text(text)
    options = ("--user-model", "customer", *GOALS, "--on-error", "retry:1")
    assert run("eval", "own.yml", *options, "--report", "a.json") == 0
    found = json.loads(Path("a.json").read_text())
    assert found["metrics"]["exs"] == 2
    # What was said in the first try has cost as much as what was said in the second.
    assert sum(each["answers"] for each in found["models"].values()) == len(model.requests) - 2
    assert [(each["episode"], each["error"], each["message"], each["tries"]) for each in found["errors"]] == [
        (2, "ValueError", "no such shelf", 2)
    ]
    capsys.readouterr()
    Path("other_shop.py").write_text(worlds.replace("def reward", "def other"))
    Path("other.yml").write_text(text.replace("own_shop.py", "other_shop.py"))
    assert run("eval", "other.yml", *options) == 2
    assert "expected a method reward() in ShopWorld" in capsys.readouterr().err
    assert run("eval", "own.yml", *GOALS) == 2
    assert "expected --user-model with a CONFIG" in capsys.readouterr().err
    assert run("eval", "own.yml", *options, "--batchsize", "3") == 2
    assert "--batchsize is not for the tasks of a CONFIG" in capsys.readouterr().err


def test_a_limit_that_nobody_can_keep_ends_it_at_the_first_conversation_and_says_what_is_missing(model, capsys):
    assert run(*PLAYED, "--limit-cost", "3", "--repeats", "4", "--report", "a.json") == 0
    found = json.loads(Path("a.json").read_text())
    assert found["metrics"]["exs"] == 1
    expected = "nobody knows what an answer of (customer|assistant) costs, so that 3 cannot be kept: expected its"
    assert re.match(expected, found["stopped"])
    assert capsys.readouterr().err.count("cannot be kept") == 1


def test_a_conversation_whose_time_is_over_before_it_has_begun_is_stopped_as_it_begins():
    stopped = []
    conversation = SimulatedConversation(UserGoal(id="1"), ExampleKey("shop", 0, 0), "Customer", 9, {}, print)
    conversation.give_up(2.0)
    conversation.begun(stopped.append)
    assert stopped == ["it took too long"]


def test_a_conversation_that_does_not_end_is_ended_by_its_turns_and_scored(model, capsys):
    talks: Counter[str] = Counter()

    def endless(request: ModelRequest) -> str:
        talks[str(request.body["messages"][0])[:40]] += 1
        return "and then?"

    with FakeModel(endless) as other:
        agent = f"chat_completions:{other.base_url}#fake"
        arguments = ("eval", str(SHOP), "--user-model", agent, "-m", f"Assistant={agent}", *GOALS, "--turns", "2")
        assert run(*arguments, "--report", "a.json") == 0
    found = json.loads(Path("a.json").read_text())
    assert found["metrics"] == {"exs": 3, "reward": pytest.approx(1 / 3), "turns": 4.0}


def test_a_goal_has_all_of_its_text_whatever_ends_lines_elsewhere(tmp_path):
    (tmp_path / "goals.jsonl").write_text('{"goal": "one\u2028two\x85three"}\n{"goal": "four"}\n', "utf-8")
    assert [each.goal for each in read_goals(tmp_path / "goals.jsonl")] == ["one\u2028two\x85three", "four"]
