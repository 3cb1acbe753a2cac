"""Snapshots of worlds with models in them: what a model's seats share is named, and not pickled."""

from __future__ import annotations

import logging
import pickle
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from parleyrun import Agent, BotAgent, World, create_agent_from_shared
from parleyrun.app.planning import plan_of
from parleyrun.core.bot_seats.shared_values import SharedValues
from parleyrun.core.opt import Opt
from parleyrun.errors import NotRestored
from parleyrun.store.snapshot import dump, load
from parleyrun.testing import Rehearsal, rehearse

MEGABYTES = 20


class Heavy(Agent):
    """A local model: weights, a lock and a socket that all seats share, and words that belong to one seat."""

    def __init__(self, opt: Any, shared: Any = None) -> None:
        super().__init__(opt, shared)
        if shared is None:
            shared = {
                "weights": bytes(MEGABYTES << 20),
                "tools": {"lock": threading.Lock(), "pair": [socket.socket()]},
                "vocabulary": {"hello": 1},
                "no words": (),
            }
        self.shared_parts = shared
        self.weights = shared["weights"]
        self.lock = shared["tools"]["lock"]
        self.socket = shared["tools"]["pair"][0]
        self.nothing = shared["no words"]
        self.heard: list[str] = []

    def observe(self, act: Any) -> Any:
        self.heard.append(str(act.get("text")))
        return act

    def act(self) -> Any:
        with self.lock:
            return {"id": "heavy", "text": f"{len(self.heard)} heard, {len(self.weights) >> 20} MB"}

    def share(self) -> Any:
        names = ("weights", "tools", "vocabulary", "no words")
        return {**super().share(), **{name: self.shared_parts[name] for name in names}}

    def shutdown(self) -> None:
        self.socket.close()

    def __getstate__(self) -> Any:
        return {name: value for name, value in self.__dict__.items() if name != "shared_parts"}


class Hall(World):
    def parley(self) -> str | None:
        return None if self.agents[0].act() is None else "talk"


class Talk(World):
    """A person, and a model that the world has taken from opt as ParlAI's authors do."""

    name = "heavy"

    def __init__(self, opt: Any, agents: Any) -> None:
        super().__init__(opt, agents)
        self.tables = opt["shared_bot_params"]
        self.model = create_agent_from_shared(self.tables[self.name])
        self.bot = BotAgent(create_agent_from_shared(self.tables[self.name]), role="Bot")
        self.done = False

    def parley(self) -> None:
        act = self.agents[0].act()
        if act is None:
            return
        self.done = act["text"] == "bye"
        for agent in (self.model, self.bot):
            agent.observe(act)
        self.agents[0].observe({"id": "model", "text": self.model.act()["text"]})

    def episode_done(self) -> bool:
        return self.done


MODELS = {"heavy": {"model": f"{__name__}:Heavy"}}
CONFIG = {
    "overworld": f"{__name__}:Hall",
    "tasks": {"talk": {"task_world": f"{__name__}:Talk"}},
    "models": MODELS,
}


def begin(rehearsal: Rehearsal) -> None:
    rehearsal.person("ann").arrives(opens=True)
    rehearsal.person("ann").says("talk")


def heard_by(rehearsal: Rehearsal, words: str) -> str:
    ann = rehearsal.person("ann")
    ann.says(words)
    return str(ann.heard[-1])


def bytes_after(path: Path, turns: int) -> int:
    """Return how large a store is once its service is closed, after that many turns of one conversation."""
    with rehearse(CONFIG, store=path) as rehearsal:
        begin(rehearsal)
        for number in range(turns):
            heard_by(rehearsal, f"word {number}")
    return path.stat().st_size


def test_a_store_grows_by_what_is_said_and_not_by_the_model(tmp_path: Path) -> None:
    few, many = bytes_after(tmp_path / "few.db", 10), bytes_after(tmp_path / "many.db", 110)

    assert few < 400_000
    assert (many - few) / 100 <= 2_000


def test_a_conversation_goes_on_after_a_crash_with_the_model_of_the_new_process(tmp_path: Path) -> None:
    with rehearse(CONFIG, store=tmp_path / "record.db") as rehearsal:
        begin(rehearsal)
        assert heard_by(rehearsal, "one") == "1 heard, 20 MB"

        rehearsal.crash()

        assert heard_by(rehearsal, "two") == "2 heard, 20 MB"


def test_a_model_that_is_gone_from_the_config_holds_its_conversations(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with rehearse(CONFIG, store=tmp_path / "record.db") as rehearsal:
        begin(rehearsal)
        heard_by(rehearsal, "one")

        with caplog.at_level(logging.WARNING):
            rehearsal.crash(plan_of({**CONFIG, "task_name": "rehearsal", "models": {"light": MODELS["heavy"]}}))

        held = rehearsal.service.counts().held
        assert len(held) == 1
        assert "the model 'heavy' is not under models: any more (there are: light)" in held[0].reason

        rehearsal.crash(plan_of({**CONFIG, "task_name": "rehearsal"}))
        assert heard_by(rehearsal, "back") == "2 heard, 20 MB"


def shared_by(table: Any, name: str = "heavy") -> SharedValues:
    shared = SharedValues()
    shared.add(name, table)
    return shared


def test_a_pickle_of_a_seat_is_small_and_comes_back_with_the_model_of_the_new_process() -> None:
    old, new = Heavy({"size": 1}), Heavy({"size": 2})
    seat = create_agent_from_shared(old.share())
    seat.observe({"text": "hello"})
    old_table, new_table = old.share(), new.share()
    seat = create_agent_from_shared(old_table)
    seat.observe({"text": "hello"})

    pickled = dump({"seat": seat, "opt": seat.opt}, [], Opt(), shared_by(old_table))
    back = load(pickled, [], Opt(), shared_by(new_table))

    assert len(pickled) < 500
    assert back["seat"].weights is new.weights
    assert back["seat"].lock is new.lock
    assert back["seat"].socket is new.socket
    assert back["seat"].heard == ["hello"]
    assert back["opt"] is new_table["opt"]
    for model in (old, new):
        model.shutdown()


def test_what_everybody_has_in_common_is_no_models_own() -> None:
    table = {"class": Heavy, "opt": {"a": 1}, "none": None, "one": 1, "empty": (), "word": "hi", "call": print}
    shared = shared_by(table)
    held = {"none": None, "one": 1, "empty": (), "word": "hi", "call": print, "class": Heavy}

    assert dump(held, [], Opt(), shared) == dump(held, [], Opt())


def test_a_value_that_the_model_shares_no_more_is_missed_by_its_name() -> None:
    table = {"class": Heavy, "opt": {}, "parts": {"large": [1, 2]}}
    pickled = dump([table["parts"]["large"]], [], Opt(), shared_by(table))

    assert load(pickled, [], Opt(), shared_by(table)) == [[1, 2]]
    with pytest.raises(NotRestored, match=r"the model 'heavy' has no 'parts\.large' any more") as raised:
        load(pickled, [], Opt(), shared_by({"class": Heavy, "opt": {}}))
    assert raised.value.may_fit_again


def test_without_models_a_snapshot_is_an_ordinary_pickle_behind_its_mark() -> None:
    world = {"a": [1, (2, 3)], "b": "text"}

    assert dump(world, [], Opt())[3:] == pickle.dumps(world, pickle.HIGHEST_PROTOCOL)
