"""Answer batches: conversations that wait at the same time are answered in one call of the model."""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from typing import Any

import pytest

from parleyrun import Agent, create_agent_from_shared
from parleyrun.bots.answer_batches import BatchedAgent
from parleyrun.bots.model_shelf import ModelShelf
from parleyrun.config.plan import config_from_mapping, make_plan
from parleyrun.core.opt import Opt
from parleyrun.errors import AgentError, ConfigError
from parleyrun.store.snapshot import dump, load
from parleyrun.testing import VirtualTimers

CALL_SECONDS = 0.02


class Batcher(Agent):
    """Answers many at once, each with its own words, and takes as long for all as for one."""

    def __init__(self, opt: Any, shared: Any = None) -> None:
        super().__init__(opt, shared)
        self.calls: list[int] = [] if shared is None else shared["calls"]
        self.lock = threading.Lock() if shared is None else shared["lock"]
        self.said: list[str] = []

    def share(self) -> Any:
        return {**super().share(), "calls": self.calls, "lock": self.lock}

    def observe(self, act: Any) -> Any:
        return {"text": f"{act['text']} after {len(self.said)}"}

    def self_observe(self, act: Any) -> None:
        self.said.append(act["text"])

    def act(self) -> Any:
        raise AssertionError("it is asked together with others")

    def batch_act(self, observations: Sequence[Any]) -> list[Any]:
        assert self.lock.acquire(blocking=False), "a local model is asked one call at a time"
        try:
            self.calls.append(len(observations))
            time.sleep(CALL_SECONDS)
            if any(observation.get("text", "").startswith("poison") for observation in observations):
                raise ValueError("poisoned")
            return [{"id": "b", "text": f"re: {observation.get('text', '')}"} for observation in observations]
        finally:
            self.lock.release()


class Forkable(Batcher):
    def fork(self) -> Any:
        fork = copy(self)
        fork.said = list(self.said)
        return fork


class Short(Batcher):
    def batch_act(self, observations: Sequence[Any]) -> list[Any]:
        return []


def shelf_of(kind: type[Agent] = Batcher, **more: Any) -> ModelShelf:
    entry = {"model": f"{__name__}:{kind.__name__}", "check": False, "max_batch": 64, "max_wait_ms": 20, **more}
    values = {"tasks": {"talk": {"task_world": "parleyrun.ready:Chat"}}, "models": {"m": entry}}
    shelf = ModelShelf(make_plan(config_from_mapping(values)).models, VirtualTimers())
    shelf.start()
    return shelf


def ask_together(shelf: ModelShelf, words: Sequence[str]) -> list[Any]:
    """Ask one seat each, all at the same moment; return what they said, or raised."""
    ready = threading.Barrier(len(words))

    def ask(text: str) -> Any:
        seat = shelf.seat("m")
        seat.observe({"id": "", "text": text})
        ready.wait(10)
        try:
            return seat.act()["text"]
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(words)) as pool:
        return list(pool.map(ask, words))


def test_those_who_wait_at_the_same_time_are_answered_in_one_call_each_with_their_own() -> None:
    shelf = shelf_of()

    said = ask_together(shelf, [f"word {number}" for number in range(64)])

    assert said == [f"re: word {number} after 0" for number in range(64)]
    calls = shelf.seat("m").calls
    assert sum(calls) == 64
    assert len(calls) <= 4


def test_no_call_is_larger_than_asked_for() -> None:
    shelf = shelf_of(max_batch=5)

    ask_together(shelf, ["a"] * 12)

    calls = shelf.seat("m").calls
    assert sum(calls) == 12
    assert max(calls) <= 5


def test_who_is_alone_waits_no_longer_than_asked_for() -> None:
    shelf = shelf_of(max_wait_ms=0)

    assert ask_together(shelf, ["alone"]) == ["re: alone after 0"]


def test_a_seat_remembers_what_was_said_in_its_name_and_is_shown_nothing_twice() -> None:
    seat = shelf_of().seat("m")
    seat.observe({"id": "", "text": "one"})
    assert seat.act()["text"] == "re: one after 0"
    seat.observe({"id": "", "text": "two"})
    assert seat.act()["text"] == "re: two after 1"

    assert seat.act()["text"] == "re: "


def test_what_one_conversation_says_costs_no_other_its_answer() -> None:
    said = ask_together(shelf_of(), ["fine", "poison", "fine too"])

    assert (said[0], said[2]) == ("re: fine after 0", "re: fine too after 0")
    assert isinstance(said[1], ValueError)


def test_a_model_that_answers_too_few_is_told_of() -> None:
    said = ask_together(shelf_of(Short), ["a"])

    assert isinstance(said[0], AgentError)
    assert "expected 1 acts of Short.batch_act(), got 0" in str(said[0])


def test_a_world_that_takes_a_seat_from_opt_is_answered_together_with_the_others() -> None:
    shelf = shelf_of()
    seat = create_agent_from_shared(shelf.tables["m"])

    assert isinstance(seat, BatchedAgent)
    seat.observe({"id": "", "text": "hello"})
    assert seat.act()["text"] == "re: hello after 0"
    assert seat.said == ["re: hello after 0"]


def test_in_a_snapshot_a_batched_seat_is_small_and_comes_back_with_the_batches_of_the_new_process() -> None:
    old, new = shelf_of(), shelf_of()
    seat = old.seat("m")
    seat.observe({"id": "", "text": "one"})
    seat.act()

    pickled = dump(seat, [], Opt(), old.shared)
    back = load(pickled, [], Opt(), new.shared)
    back.observe({"id": "", "text": "two"})

    assert len(pickled) < 1_000
    assert back.act()["text"] == "re: two after 1"
    assert new.seat("m").calls == [1]
    with pytest.raises(TypeError):
        pickle.dumps(seat)


def test_a_fork_of_a_batched_seat_waits_for_a_batch_too_and_remembers_for_itself() -> None:
    seat = shelf_of(Forkable).seat("m")
    seat.observe({"id": "", "text": "one"})
    fork = seat.fork()

    assert fork.act()["text"] == "re: one after 0"
    assert (fork.said, seat.said) == (["re: one after 0"], [])
    assert seat.calls == [1]
    assert not hasattr(shelf_of().seat("m"), "fork")


def test_a_kind_that_cannot_answer_many_at_once_is_told_of() -> None:
    entry = {"model": "chat_completions", "base_url": "http://localhost:1/v1", "max_batch": 4}
    values = {"tasks": {"talk": {"task_world": "parleyrun.ready:Chat"}}, "models": {"m": entry}}

    with pytest.raises(ConfigError) as raised:
        make_plan(config_from_mapping(values))
    assert [(found.code, found.path) for found in raised.value.findings] == [("bad-setting", "models.m.max_batch")]
