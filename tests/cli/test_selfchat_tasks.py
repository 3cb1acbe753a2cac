"""`parleyrun selfchat CONFIG`: models play a task of a config."""

from __future__ import annotations

import json
import re
import signal
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from task_lab import Ran, TaskLab
from terminal_process import TerminalProcess

from parleyrun.archive.archive import Archive
from parleyrun.archive.selection import Selection
from parleyrun.testing import FakeModel, rehearse
from parleyrun.testing.fake_model.fake_model import ModelRequest
from parleyrun.testing.fake_model.fake_replies import FakeReply, rate_limited, wrong_key

WORLDS = """\
import random
from parleyrun import Agent, MultiAgentDialogWorld, World

STARTED = []

def module_initialize(opt, service):
    STARTED.append(opt.get("seed"))
    print("starting")

class Market(World):
    @staticmethod
    def assign_roles(agents):
        for agent, role in zip(agents, ("Buyer", "Witness")):
            agent.disp_id = role

    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        self.said = 0
        for agent in agents:
            agent.observe({"id": "", "text": f"The bike is worth {opt['worth']}."})
        agents[0].observe({"id": "Clerk", "text": "You begin."})

    def parley(self):
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                self.said += 1
                for other in self.agents:
                    if other is not agent:
                        other.observe(act)

    def episode_done(self):
        return self.said >= 4

class Rounds(MultiAgentDialogWorld):
    def episode_done(self):
        return self.get_total_parleys() == 2

class Broken(World):
    def parley(self):
        raise ValueError("no market today")

class Counting(Agent):
    '''Says how many lines it was shown.'''
    def __init__(self, opt, shared=None):
        super().__init__(opt, shared)
        self.shown = 0
    def observe(self, act):
        self.shown += bool(act.get("id"))
    def fork(self):
        copy = Counting(self.opt, {})
        copy.shown = self.shown
        return copy
    def act(self):
        return {"text": f"{self.opt.get('word', 'line')} {self.shown}"}
"""

MODELS = {
    "buyer": {"model": "market_worlds:Counting", "word": "I offer", "check": False},
    "seller": {"model": "market_worlds:Counting", "word": "I want", "check": False},
}

Play = Callable[..., Ran]


@pytest.fixture
def play(tasks: TaskLab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Play]:
    """Write a config with one task of these keys, and run `selfchat CONFIG …`."""
    (tasks.folder / "market_worlds.py").write_text(WORLDS)

    def run(*arguments: str, task: dict[str, Any] | None = None, **config: Any) -> Ran:
        haggle = {"task_world": "parleyrun.ready:Chat", "bots": {"Seller": "seller"}, **(task or {})}
        values = {
            "task_name": "market",
            "world_module": "market_worlds",
            "tasks": {"haggle": haggle},
            "models": MODELS,
            "opt": {"worth": 200, "chat": {"max_turns": 4}},
            **config,
        }
        (tasks.folder / "market.yml").write_text(json.dumps(values))
        sys.modules.pop("market_worlds", None)
        return tasks.run("selfchat", "market.yml", *arguments)

    yield run
    sys.modules.pop("market_worlds", None)


def test_a_model_sits_in_the_place_of_a_person_and_begins(play: Play) -> None:
    ran = play("-m", "buyer")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines() == [
        "Person 1: I offer 0",
        "Seller: I want 1",
        "Person 1: I offer 1",
        "Seller: I want 2",
    ]
    assert "starting\n" in ran.err
    assert "1 conversation: 1 finished\n" in ran.err
    rows = [line.split() for line in ran.err.splitlines()[-2:]]
    assert [row[:2] for row in rows] == [["buyer", "2"], ["seller", "2"]]


def test_each_role_may_have_a_model_of_its_own_and_what_a_world_says_is_shown(play: Play) -> None:
    market = {"task_world": "Market", "agents_required": 2, "bots": {}}
    ran = play("-m", "Buyer=buyer", "-m", "Witness=fixed_response", "--turns", "2", task=market)
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[:3] == [
        "to Buyer, Witness: The bike is worth 200.",
        "Clerk to Buyer: You begin.",
        "Buyer: I offer 1",
    ]
    assert sorted({line.partition(":")[0] for line in lines[2:]}) == ["Buyer", "Witness"]
    assert len(lines) == 6


def test_worlds_of_rounds_are_played_as_they_are_served(play: Play) -> None:
    ran = play("-m", "buyer", task={"task_world": "Rounds"})
    assert ran.code == 0, ran.err
    assert ran.out.splitlines() == [
        "Person 1: I offer 0",
        "Seller: I want 1",
        "Person 1: I offer 1",
        "Seller: I want 2",
    ]


def test_what_people_would_wait_for_takes_no_time_and_is_on_record_as_it_would_be(
    play: Play, tasks: TaskLab
) -> None:
    pace = {"typing_words_per_minute": 6, "jitter": 0, "longest_seconds": 30}
    hidden = {"Seller": {"model": "seller", "disclose": False, "pace": pace}}
    ran = play("-m", "buyer", "--store", "talk.db", task={"bots": hidden})
    assert ran.code == 0, ran.err
    with Archive(tasks.folder / "talk.db") as archive:
        (conversation,) = archive.conversations(Selection())
        messages = list(archive.messages(conversation))
    assert [message.speaker for message in messages] == ["Person 1", "Seller", "Person 1", "Seller"]
    # At most half of the longest time is for typing.
    answered, went_on, again = (later.at - earlier.at for earlier, later in pairwise(messages))
    assert 15 < answered < 20
    assert went_on < 5
    assert 15 < again < 20
    assert conversation.outcome == "finished"


def test_many_at_once_are_shown_one_after_the_other_and_are_what_they_are_alone(
    play: Play, tasks: TaskLab
) -> None:
    arguments = ("-m", "buyer", "--episodes", "6", "--save-dialogues", "said.jsonl")
    alone = play(*arguments)
    dialogues = (tasks.folder / "said.jsonl").read_text()
    beside = play(*arguments, "--concurrency", "4")
    assert beside.code == 0, beside.err
    assert beside.out == alone.out
    assert (tasks.folder / "said.jsonl").read_text() == dialogues
    assert "6 conversations: 6 finished\n" in beside.err
    last = json.loads(dialogues.splitlines()[5])["dialog"]
    assert [[line["text"] for line in exchange] for exchange in last] == [
        ["I offer 0", "I want 1"],
        ["I offer 1", "I want 2"],
    ]
    metadata = json.loads((tasks.folder / "said.metadata").read_text())
    assert metadata["speakers"] == ["Person 1", "Seller"]


def test_so_many_conversations_wait_for_a_server_at_the_same_time(play: Play) -> None:
    def reply(request: ModelRequest) -> FakeReply | str:
        if request.last_text == "Say hello.":
            return "Hello."
        if model.most_at_once == 5:
            model.release()
        return FakeReply(text="hello", hangs=model.most_at_once < 5)

    with FakeModel(reply) as model:
        ran = play("-m", f"chat_completions:{model.base_url}#fake", "--episodes", "5", "--concurrency", "5")
        assert ran.code == 0, ran.err
        assert model.most_at_once == 5
    # It is called by the last part of its name, and was asked once before.
    assert re.search(r"^model fake: ready in ", ran.err, re.MULTILINE)
    assert ["fake", "10"] in [line.split()[:2] for line in ran.err.splitlines()]


def test_there_are_no_more_rounds_than_was_said(play: Play) -> None:
    ran = play("-m", "buyer", "--turns", "3", opt={})
    assert ran.code == 0, ran.err
    assert len(ran.out.splitlines()) == 6
    assert "1 conversation: 1 stopped\n" in ran.err


def test_a_conversation_in_which_nobody_says_anything_comes_to_an_end(play: Play) -> None:
    nobody = {"Seller": {"model": "seller", "reply": {"after_messages": 9}}}
    ran = play("-m", "buyer", task={"bots": nobody}, opt={})
    assert ran.code == 0, ran.err
    assert ran.out == "Person 1: I offer 0\n"
    assert "1 conversation: 1 stopped\n" in ran.err


@pytest.mark.parametrize("trouble", ["hangs", "rate limit"])
def test_nobody_loses_patience_with_a_model_that_takes_its_time(play: Play, trouble: str) -> None:
    impatient = {
        "Seller": {"model": "seller"},
        "Judge": {"model": "judge", "reply": {"after_messages": 9, "after_silence": 20}},
    }
    with FakeModel("four hundred") as model:
        if trouble == "hangs":
            model.then(FakeReply(text="five hundred", first_token_seconds=0.3))
        else:
            model.then(rate_limited(0.3), "five hundred")
        seller = {"model": "chat_completions", "base_url": model.base_url, "check": False}
        models = {**MODELS, "seller": seller, "judge": {"model": "fixed_response", "fixed_response": "Go on!"}}
        ran = play("-m", "buyer", "--turns", "1", task={"bots": impatient}, models=models, opt={})
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[:2] == ["Person 1: I offer 0", "Seller: five hundred"]


def test_a_model_that_fails_ends_its_conversation_with_a_line_and_not_the_others(play: Play) -> None:
    def reply(request: ModelRequest) -> FakeReply | str:
        return wrong_key() if len(model.requests) == 1 else "hello"

    with FakeModel(reply) as model:
        seller = {"model": "chat_completions", "base_url": model.base_url, "check": False}
        ran = play("-m", "buyer", "--episodes", "2", models={**MODELS, "seller": seller})
    assert ran.code == 2
    assert ran.out.splitlines()[:3] == ["Person 1: I offer 0", "", "Person 1: I offer 0"]
    assert "2 conversations: 1 failed, 1 finished\n" in ran.err
    assert re.search(r"haggle/t_1 \(Chat\) failed: .*Incorrect API key", ran.err)
    assert "Traceback" not in ran.err
    assert re.search(r"^model +answers +key refused +prompt tokens", ran.err, re.MULTILINE)


def test_a_world_that_fails_shows_where(play: Play) -> None:
    ran = play("-m", "buyer", task={"task_world": "Broken"})
    assert ran.code == 2
    assert 'raise ValueError("no market today")' in ran.err
    assert "1 conversation: 1 failed\n" in ran.err


def test_a_seed_reaches_worlds_only_where_somebody_gave_one(play: Play) -> None:
    for arguments, seed in ((), None), (("--seed", "7"), 7):
        assert play("-m", "buyer", *arguments).code == 0
        started = sys.modules["market_worlds"].STARTED
        assert started == [seed]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "expected a model for Person 1 in 'haggle', got none"),
        (("-m", "Sellr=buyer", "-m", "buyer"), "expected a role of 'haggle', got 'Sellr': did you mean 'Seller'?"),
        (("-m", "buyr"), "did you mean 'buyer'?"),
        (("-m", "buyer", "--task", "hagle"), "got 'hagle': did you mean 'haggle'?"),
        (("-m", "buyer", "--partner", "seller"), "--partner is not for the tasks of a CONFIG"),
        (("-m", "buyer", "-o", "x=1"), "--option is not for the tasks of a CONFIG"),
    ],
)
def test_what_cannot_be_played_is_told_in_a_line(play: Play, arguments: tuple[str, ...], told: str) -> None:
    ran = play(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
    assert "Traceback" not in ran.err


def test_options_of_a_task_need_a_config(tasks: TaskLab) -> None:
    ran = tasks.run("selfchat", "-m", "repeat_query", "--store", "x.db")
    assert (ran.code, "--store is for the tasks of a CONFIG only" in ran.err) == (2, True)
    ran = tasks.run("selfchat")
    assert (ran.code, "expected one -m AGENT, or a CONFIG whose task is played" in ran.err) == (2, True)


def test_a_bot_of_the_task_may_be_another_model_for_once(play: Play) -> None:
    ran = play("-m", "buyer", "-m", "Seller=fixed_response")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[1] == "Seller: I don't know."


CONDITIONS = {
    "conditions": {"partner": {"values": ["human", "model"]}, "tone": {"values": [1, 2], "per": "group"}},
    "task": {
        "agents_required": {"when": {"partner": "human"}, "then": 2, "else": 1},
        "bots": {"Seller": {"model": "seller", "when": {"partner": "model"}}},
    },
}


def test_each_combination_of_conditions_has_its_turn(play: Play, tasks: TaskLab) -> None:
    ran = play("-m", "buyer", "--episodes", "5", "--turns", "1", "--save-dialogues", "said.jsonl", **CONDITIONS)
    assert ran.code == 0, ran.err
    human = ["Person 1: I offer 0", "Person 2: I offer 1"]
    model = ["Person 1: I offer 0", "Seller: I want 1"]
    assert [talk.splitlines() for talk in ran.out.split("\n\n")] == [
        ["(partner: human, tone: 1)", *human],
        ["(partner: human, tone: 2)", *human],
        ["(partner: model, tone: 1)", *model],
        ["(partner: model, tone: 2)", *model],
        ["(partner: human, tone: 1)", *human],
    ]
    said = [json.loads(line) for line in (tasks.folder / "said.jsonl").read_text().splitlines()]
    assert said[2]["condition"] == {"partner": "model", "tone": 1}


def test_a_condition_can_be_chosen_and_models_know_of_it(play: Play) -> None:
    with FakeModel("hello") as model:
        seller = {
            "model": "chat_completions",
            "base_url": model.base_url,
            "check": False,
            "system": "With {condition.partner}, {condition.tone}.",
        }
        ran = play(
            *("-m", "buyer", "--condition", "partner=Model", "--condition", "tone=2", "--episodes", "2"),
            models={**MODELS, "seller": seller},
            **CONDITIONS,
        )
    assert ran.code == 0, ran.err
    assert ran.out.count("(partner: model, tone: 2)") == 2
    assert {request.messages[0]["content"] for request in model.requests} == {"With model, 2."}
    for wrong, told in (
        ("partnr=model", "expected a condition of the config, got 'partnr': did you mean 'partner'?"),
        ("tone=3", "expected a value of the condition 'tone' (1, 2), got '3'"),
        ("tone", "expected NAME=VALUE, got 'tone'"),
    ):
        ran = play("-m", "buyer", "--condition", wrong, **CONDITIONS)
        assert (ran.code, told in ran.err) == (2, True)


def test_models_that_sit_elsewhere_need_not_be_there(play: Play) -> None:
    with FakeModel() as gone:
        away = {"model": "chat_completions", "base_url": gone.base_url, "tries": 1}
    elsewhere = {"task_world": "parleyrun.ready:Chat", "bots": {"Bot": "away"}}
    haggle = {"task_world": "parleyrun.ready:Chat", "bots": {"Seller": "away"}}
    ran = play(
        *("--task", "haggle", "-m", "Seller=seller", "-m", "buyer"),
        models={**MODELS, "away": away},
        tasks={"haggle": haggle, "other": elsewhere},
    )
    assert ran.code == 0, ran.err
    assert "Seller: I want 1\n" in ran.out


def test_conversations_do_not_get_into_the_record_of_people(play: Play, tasks: TaskLab) -> None:
    assert play("-m", "buyer").code == 0
    with rehearse(tasks.folder / "market.yml", store=tasks.folder / "study.db") as rehearsal:
        rehearsal.person("ann").says("hello")
    ran = play("-m", "buyer", "--store", "study.db")
    assert ran.code == 2
    assert "--store: study.db is a record with people: expected one of its own, or a new file" in ran.err


@pytest.mark.process
def test_ctrl_c_ends_it_and_the_record_says_so(play: Play, tasks: TaskLab) -> None:
    with FakeModel(FakeReply(hangs=True)) as model:
        seller = {"model": "chat_completions", "base_url": model.base_url, "check": False}
        assert play("-m", "nobody", models={**MODELS, "seller": seller}).code == 2
        arguments = ("market.yml", "-m", "buyer", "--store", "talk.db")
        with TerminalProcess(*arguments, folder=tasks.folder, name="selfchat") as terminal:
            model.wait_for_requests(1, timeout_seconds=60)
            terminal.wait_for("I offer 0")
            terminal.send(signal.SIGINT)
            terminal.wait_for("parleyrun: interrupted before it was done")
            assert terminal.exit_code() == 130
            assert "Traceback" not in terminal.rest()
    with Archive(tasks.folder / "talk.db") as archive:
        (conversation,) = archive.conversations(Selection())
        assert (conversation.outcome, conversation.reason) == ("stopped", "it was interrupted")
