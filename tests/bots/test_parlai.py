"""Agents of ParlAI, of which a small stand-in is on the path."""

from __future__ import annotations

import pickle
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from parleyrun import ModelError, ModelFailure, create_agent, create_agent_from_shared
from parleyrun.bots.model_shelf import ModelShelf
from parleyrun.bots.parlai.parlai_agent import ParlaiAgent, faults_of_settings
from parleyrun.config.models.model_kinds import SettingsPlace
from parleyrun.config.plan import config_from_mapping, make_plan
from parleyrun.core.opt import Opt
from parleyrun.errors import AgentError
from parleyrun.runner.timers import ThreadTimers
from parleyrun.store.snapshot import dump, load

AGENTS = '''
"""As strict as ParlAI's own: an observation is a Message, and nobody replies without one."""

import threading

from parlai.core.message import Message

made = []

class Generator:
    """Says what it was told, and how often it has spoken."""

    def __init__(self, opt, shared=None):
        self.opt, self.id = opt, "Generator"
        self.weights = threading.Lock() if shared is None else shared["weights"]
        self.calls = [] if shared is None else shared["calls"]
        self.observation, self.history = None, []
        made.append(self)

    def observe(self, observation):
        assert isinstance(observation, Message)
        self.observation = Message(text=observation.get("text"), turns=len(self.history))
        self.history.append(observation.get("text"))
        return self.observation

    def self_observe(self, said):
        assert self.observation is not None
        self.history.append(said["text"])

    def act(self):
        [said] = self.batch_act([self.observation])
        self.self_observe(said)
        return said

    def batch_act(self, observations):
        self.calls.append(len(observations))
        return [self.answer(each) for each in observations]

    def answer(self, observation):
        if observation.is_padding():
            return Message(batch_padding=True)
        text = "" if observation["text"] == "hush" else f"{observation['text']} after {observation['turns']}"
        return Message(id=self.id, text=text, beam_texts=[(text, object())], text_candidates=[text])

    def share(self):
        return {"class": type(self), "opt": self.opt, "weights": self.weights, "calls": self.calls}

class Simple(Generator):
    batch_act = property()

    def act(self):
        return Message(text=self.opt["fixed_response"])

def create_agent(opt):
    if opt.get("model") == "exits":
        raise SystemExit("no such option")
    return {"transformer/generator": Generator, "fixed_response": Simple}[opt["model"]](opt)

def create_agent_from_shared(shared):
    return shared["class"](shared["opt"], shared)
'''

MESSAGE = """
class Message(dict):
    def is_padding(self):
        return bool(self.get("batch_padding"))
"""


@pytest.fixture
def parlai(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    core = tmp_path / "parlai" / "core"
    core.mkdir(parents=True)
    for path, text in (
        ("__init__", ""),
        ("core/__init__", ""),
        ("core/agents", AGENTS),
        ("core/message", MESSAGE),
    ):
        (tmp_path / "parlai" / f"{path}.py").write_text(dedent(text))
    (core / "opt.py").write_text("class Opt(dict):\n    pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import parlai.core.agents  # type: ignore[import-not-found,unused-ignore]

    yield parlai.core.agents
    for name in [name for name in sys.modules if name.partition(".")[0] == "parlai"]:
        del sys.modules[name]


def agent_of(**opt: Any) -> ParlaiAgent:
    return ParlaiAgent({"agent": "transformer/generator", "model_name": "seller", **opt})


def told(agent: Any, text: str) -> Any:
    return agent.observe({"id": "Ann", "text": text, "payload": {"type": "image"}, "episode_done": False})


def test_it_is_shown_messages_of_parlai_and_of_its_answer_only_what_an_act_has_is_taken(parlai: Any) -> None:
    agent = agent_of()
    told(agent, "one")

    assert agent.act() == {
        "id": "seller",
        "text": "one after 0",
        "episode_done": False,
        "text_candidates": ["one after 0"],
    }
    told(agent, "two")
    assert agent.act()["text"] == "two after 2"
    assert agent.described() == "transformer/generator (ParlAI)"


def test_a_file_is_named_beside_the_config_and_options_go_before_those_that_were_saved(
    parlai: Any, tmp_path: Path
) -> None:
    (tmp_path / "model").touch()
    agent_of(model_file="model", folder=str(tmp_path), options={"beam_size": 3})
    agent_of(model_file="zoo:some/model", folder=str(tmp_path))

    expected = {"model": "transformer/generator", "model_file": str(tmp_path / "model"), "beam_size": 3}
    assert parlai.made[0].opt == {**expected, "override": expected}
    assert parlai.made[1].opt["model_file"] == "zoo:some/model"


def test_copies_share_what_the_agent_shares_and_a_fork_knows_what_is_past(parlai: Any) -> None:
    agent = agent_of()
    told(agent, "one")
    agent.act()
    copy, fork = create_agent_from_shared(agent.share()), agent.fork()
    told(copy, "two")
    told(fork, "three")

    assert (copy.act()["text"], fork.act()["text"]) == ("two after 0", "three after 2")  # type: ignore[index]
    assert len({id(each.weights) for each in parlai.made}) == 1
    told(agent, "four")
    assert agent.act()["text"] == "four after 2"


def test_who_speaks_first_has_heard_silence(parlai: Any) -> None:
    assert agent_of().act()["text"] == "__SILENCE__ after 0"


def test_what_is_on_record_it_has_said_is_told_to_it(parlai: Any) -> None:
    agent = agent_of()
    agent.self_observe({"id": "Seller", "text": "Welcome!"})
    told(agent, "thanks")

    assert agent.act()["text"] == "thanks after 2"


def test_an_answer_without_words_is_a_failure(parlai: Any) -> None:
    agent = agent_of()
    told(agent, "hush")

    with pytest.raises(ModelError, match="it answered without words") as raised:
        agent.act()
    assert raised.value.cause is ModelFailure.EMPTY


def test_after_reset_it_knows_of_nothing(parlai: Any) -> None:
    agent = agent_of()
    told(agent, "one")
    agent.act()
    agent.reset()
    told(agent, "two")

    assert agent.act()["text"] == "two after 0"


def test_many_are_answered_by_one_call_and_who_is_left_out_is_padding(parlai: Any) -> None:
    agent = agent_of()
    copies = [create_agent_from_shared(agent.share()) for _ in range(2)]
    asked = [told(copy, text) for copy, text in zip(copies, ("one", "hush"), strict=True)]

    acts = agent.batch_act([asked[0], None, asked[1]])

    assert [act["text"] for act in acts] == ["one after 0", "", ""]
    assert agent._model._agent.calls == [3]


def test_an_agent_that_answers_one_at_a_time_says_so(parlai: Any) -> None:
    agent = agent_of(agent="fixed_response", options={"fixed_response": "Hi!"})
    told(agent, "one")

    assert agent.act()["text"] == "Hi!"
    with pytest.raises(AgentError, match="fixed_response answers one at a time: take max_batch out"):
        agent.batch_act([{}])


def shelf_of(timers: ThreadTimers, **entry: Any) -> ModelShelf:
    values = {
        "tasks": {"talk": {"task_world": "parleyrun.ready:Chat", "bots": {"Bot": "m"}}},
        "models": {"m": {"model": "parlai", "agent": "transformer/generator", "check": False, **entry}},
    }
    shelf = ModelShelf(make_plan(config_from_mapping(values)).models, timers)
    shelf.start()
    return shelf


@pytest.fixture
def timers() -> Iterator[ThreadTimers]:
    timers = ThreadTimers()
    timers.start()
    yield timers
    timers.close()


def test_conversations_are_answered_together(parlai: Any, timers: ThreadTimers) -> None:
    shelf = shelf_of(timers, max_batch=3, max_wait_ms=10_000)
    together = threading.Barrier(3)

    def ask(text: str) -> Any:
        seat = shelf.seat("m")
        if text:
            told(seat, text)
        together.wait(10)
        try:
            return seat.act()["text"]
        except ModelError as error:
            return error.cause

    with ThreadPoolExecutor(3) as pool:
        said = list(pool.map(ask, ["one", "hush", ""]))

    assert said == ["one after 0", ModelFailure.EMPTY, "__SILENCE__ after 0"]
    assert parlai.made[0].calls == [3]


@pytest.mark.filterwarnings("ignore:Pickle, copy:DeprecationWarning")  # what cannot be pickled is tried
def test_in_a_snapshot_there_is_what_was_said_and_nothing_of_parlai(parlai: Any, timers: ThreadTimers) -> None:
    old, new = shelf_of(timers), shelf_of(timers)
    seat = old.seat("m")
    told(seat, "one")
    seat.act()

    pickled = dump(seat, [], Opt(), old.shared)
    back = load(pickled, [], Opt(), new.shared)
    told(back, "two")

    assert b"parlai.core" not in pickled
    assert back.act()["text"] == "two after 2"
    with pytest.raises(TypeError):
        pickle.dumps(seat)


def test_without_parlai_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "parlai", None)

    with pytest.raises(AgentError, match=r"needs ParlAI, which cannot be imported \(.*\): pip install parlai"):
        agent_of()


def test_an_agent_that_parlai_cannot_make_is_told_of(parlai: Any) -> None:
    with pytest.raises(AgentError, match="ParlAI cannot make nobody: KeyError: 'nobody'"):
        agent_of(agent="nobody")
    with pytest.raises(AgentError, match="ParlAI cannot make exits: SystemExit: no such option"):
        agent_of(agent="exits")
    with pytest.raises(AgentError, match="expected agent: or model_file: of a model of ParlAI, got none"):
        create_agent({"model": "parlai"})


def test_validate_asks_for_an_agent_or_a_file() -> None:
    place = SettingsPlace(folder=Path())

    assert [fault.path for fault in faults_of_settings({}, place)] == [()]
    assert list(faults_of_settings({"model_file": "m"}, place)) == []
