"""Answer batches: conversations that wait at the same time are answered in one call of the model."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from typing import Any

import pytest

from parleyrun import Agent, create_agent_from_shared
from parleyrun.bots.answer_batches import AnswerBatches
from parleyrun.bots.batched_model import BatchedAgent
from parleyrun.bots.model_shelf import ModelShelf
from parleyrun.config.plan import config_from_mapping, make_plan
from parleyrun.core.opt import Opt
from parleyrun.core.thinking import UNDISTURBED, CallLater, think
from parleyrun.errors import ConfigError, ModelError, ModelFailure
from parleyrun.runner.bots.thoughts import Thought, Thoughts
from parleyrun.runner.thread_workers import ThreadWorkers
from parleyrun.runner.timers import ThreadTimers
from parleyrun.store.snapshot import dump, load
from parleyrun.testing import VirtualTimers


class Batcher(Agent):
    """Answers many at once, each with its own words."""

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


ShelfOf = Callable[..., ModelShelf]


@pytest.fixture
def shelf_of() -> Iterator[ShelfOf]:
    timers = ThreadTimers()
    timers.start()

    def shelf_of(kind: type[Agent] = Batcher, **more: Any) -> ModelShelf:
        entry = {
            "model": f"{__name__}:{kind.__name__}",
            "check": False,
            "max_batch": 64,
            "max_wait_ms": 20,
            **more,
        }
        values = {"tasks": {"talk": {"task_world": "parleyrun.ready:Chat"}}, "models": {"m": entry}}
        shelf = ModelShelf(make_plan(config_from_mapping(values)).models, timers)
        shelf.start()
        return shelf

    yield shelf_of
    timers.close()


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


def test_those_who_wait_at_the_same_time_are_answered_in_one_call_each_with_their_own(shelf_of: ShelfOf) -> None:
    shelf = shelf_of()

    said = ask_together(shelf, [f"word {number}" for number in range(64)])

    assert said == [f"re: word {number} after 0" for number in range(64)]
    calls = shelf.seat("m").calls
    assert sum(calls) == 64
    assert len(calls) <= 4


def test_no_call_is_larger_than_asked_for(shelf_of: ShelfOf) -> None:
    shelf = shelf_of(max_batch=5)

    ask_together(shelf, ["a"] * 12)

    calls = shelf.seat("m").calls
    assert sum(calls) == 12
    assert max(calls) <= 5


def test_who_is_alone_waits_no_longer_than_asked_for(shelf_of: ShelfOf) -> None:
    shelf = shelf_of(max_wait_ms=0)

    assert ask_together(shelf, ["alone"]) == ["re: alone after 0"]


def test_a_seat_remembers_what_was_said_in_its_name_and_is_shown_nothing_twice(shelf_of: ShelfOf) -> None:
    seat = shelf_of().seat("m")
    seat.observe({"id": "", "text": "one"})
    assert seat.act()["text"] == "re: one after 0"
    seat.observe({"id": "", "text": "two"})
    assert seat.act()["text"] == "re: two after 1"

    assert seat.act()["text"] == "re: "


def test_what_one_conversation_says_costs_no_other_its_answer(shelf_of: ShelfOf) -> None:
    said = ask_together(shelf_of(), ["fine", "poison", "fine too"])

    assert (said[0], said[2]) == ("re: fine after 0", "re: fine too after 0")
    assert isinstance(said[1], ModelError)
    assert (said[1].cause, str(said[1])) == (ModelFailure.CODE, "ValueError: poisoned")


def test_a_model_that_answers_too_few_is_told_of(shelf_of: ShelfOf) -> None:
    said = ask_together(shelf_of(Short), ["a"])

    assert isinstance(said[0], ModelError)
    assert "expected 1 acts of Short.batch_act(), got 0" in str(said[0])


def test_a_world_that_takes_a_seat_from_opt_is_answered_together_with_the_others(shelf_of: ShelfOf) -> None:
    shelf = shelf_of()
    seat = create_agent_from_shared(shelf.tables["m"])

    assert isinstance(seat.model.agent, BatchedAgent)
    seat.observe({"id": "", "text": "hello"})
    assert seat.act()["text"] == "re: hello after 0"
    assert seat.said == ["re: hello after 0"]


@pytest.mark.filterwarnings("ignore:Pickle, copy:DeprecationWarning")  # what cannot be pickled is tried
def test_in_a_snapshot_a_batched_seat_is_small_and_comes_back_with_new_batches(
    shelf_of: ShelfOf,
) -> None:
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


def test_a_fork_of_a_batched_seat_waits_for_a_batch_too_and_remembers_for_itself(shelf_of: ShelfOf) -> None:
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


def test_closing_a_model_closes_its_batches(shelf_of: ShelfOf) -> None:
    shelf = shelf_of()
    seat = shelf.seat("m")
    shelf.close()

    with pytest.raises(ModelError, match="the model was closed"):
        seat.act()


PATIENCE_SECONDS = 20


class Recording:
    """Notes what it was asked in each call."""

    def __init__(self) -> None:
        self.calls: list[list[Any]] = []

    def batch_act(self, observations: Sequence[Any]) -> list[Any]:
        self.calls.append(list(observations))
        return [f"re: {each}" for each in observations]


class Hall:
    """Where seats of one model think, and the clock stands still."""

    def __init__(self, agent: Any, max_batch: int = 64) -> None:
        self.timers = VirtualTimers()
        self.batches = AnswerBatches(agent, max_batch, 0.01, self.timers)
        self._rests = threading.Event()
        self._thoughts = Thoughts(ThreadWorkers(100, "batches"), self._rests.set)

    def ask(self, *observations: Any) -> list[Thought]:
        """Ask about each, and wait until nobody moves."""
        thoughts = [
            self._thoughts.begin(lambda thinking, each=each: self.batches.ask(each, thinking), lambda _: None)
            for each in observations
        ]
        self.settle()
        return thoughts

    def settle(self) -> None:
        while self._thoughts.busy:
            assert self._rests.wait(PATIENCE_SECONDS)
            self._rests.clear()

    def advance(self, seconds: float) -> None:
        self.timers.advance(seconds, self.settle)


def failure_of(thought: Thought) -> ModelError:
    with pytest.raises(ModelError) as raised:
        thought.result()
    return raised.value


def test_sixty_four_conversations_take_sixty_four_times_fewer_calls() -> None:
    agent = Recording()
    hall = Hall(agent)

    for number in range(3):
        few = hall.ask(*range(63))
        hall.advance(0.01)
        many = hall.ask(*range(64))  # a full batch waits for no time to pass

        assert [thought.result() for thought in (*few, *many)] == [
            f"re: {each}" for each in (*range(63), *range(64))
        ]
        assert len(agent.calls) == 2 * (number + 1)


def test_one_waits_for_others_as_long_as_is_asked_for_and_no_longer() -> None:
    agent = Recording()
    hall = Hall(agent)
    [first] = hall.ask("first")
    hall.advance(0.006)
    [second] = hall.ask("second")
    assert not agent.calls

    hall.advance(0.004)

    assert agent.calls == [["first", "second"]]
    assert (first.is_done, second.is_done) == (True, True)


class Waiting:
    """Tells when somebody waits."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)

    def is_over(self) -> bool:
        return False

    def wait(self, seconds: float, call_later: CallLater) -> None:
        self.begun.release()
        UNDISTURBED.wait(seconds, call_later)


def test_who_came_first_is_answered_first_and_nobody_waits_twice() -> None:
    began, go_on = threading.Event(), threading.Event()

    class Held(Recording):
        def batch_act(self, observations: Sequence[Any]) -> list[Any]:
            if not self.calls:
                began.set()
                assert go_on.wait(PATIENCE_SECONDS)
                timers.advance(0.02)
            return super().batch_act(observations)

    agent, timers = Held(), VirtualTimers()
    batches, waiting = AnswerBatches(agent, 3, 0.01, timers), Waiting()
    threads = [threading.Thread(target=batches.ask, args=(each, waiting)) for each in range(8)]
    threads[0].start()
    assert waiting.begun.acquire(timeout=PATIENCE_SECONDS)
    timers.advance(0.01)
    assert began.wait(PATIENCE_SECONDS)
    for thread in threads[1:]:
        thread.start()
        assert waiting.begun.acquire(timeout=PATIENCE_SECONDS)
    go_on.set()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)

    assert agent.calls == [[0], [1, 2, 3], [4, 5, 6], [7]]


def test_who_waits_no_longer_leaves_the_batch_to_the_others() -> None:
    agent = Recording()
    hall = Hall(agent)
    leading, following, other = (thought for each in ("a", "b", "c") for thought in hall.ask(each))

    leading.abandon()
    following.abandon()
    hall.settle()
    hall.advance(0.01)

    assert agent.calls == [["c"]]
    assert other.result() == "re: c"
    assert failure_of(leading).cause is failure_of(following).cause is ModelFailure.CUT


def test_who_is_abandoned_while_the_call_is_made_ends_it_for_nobody() -> None:
    over: list[bool] = []

    class Abandoned(Recording):
        def batch_act(self, observations: Sequence[Any]) -> list[Any]:
            leading.abandon()
            following.abandon()
            over.append(think(lambda thinking: thinking.is_over()))
            return super().batch_act(observations)

    hall = Hall(Abandoned())
    leading, following, other = (thought for each in ("a", "b", "c") for thought in hall.ask(each))
    hall.advance(0.01)

    assert over == [False]
    assert other.result() == "re: c"


def test_closing_lets_everybody_go_with_an_error_and_takes_nobody_in() -> None:
    agent = Recording()
    hall = Hall(agent)
    waiting = hall.ask("one", "two")

    hall.batches.close()
    hall.settle()

    for thought in (*waiting, *hall.ask("late")):
        assert str(failure_of(thought)) == "the model was closed before there was an answer"
    assert agent.calls == []


def test_an_error_that_the_model_tells_of_reaches_those_of_its_batch_and_nobody_else() -> None:
    class Tired(Recording):
        def batch_act(self, observations: Sequence[Any]) -> list[Any]:
            said = super().batch_act(observations)
            if len(self.calls) == 1:
                raise ModelError("no memory left", ModelFailure.SERVER, may_pass=True)
            return said

    agent = Tired()
    hall = Hall(agent)
    first = hall.ask("one", "two")
    hall.advance(0.01)
    [third] = hall.ask("three")
    hall.advance(0.01)

    errors = [failure_of(thought) for thought in first]
    told = [(str(error), error.cause, error.may_pass) for error in errors]
    assert told == [("no memory left", ModelFailure.SERVER, True)] * 2
    assert errors[0] is not errors[1]
    assert third.result() == "re: three"
    assert len(agent.calls) == 2


def test_a_model_that_is_broken_is_not_asked_once_for_each_conversation() -> None:
    class Broken(Recording):
        def batch_act(self, observations: Sequence[Any]) -> list[Any]:
            super().batch_act(observations)
            raise OSError("no device")

    agent = Broken()
    hall = Hall(agent)
    thoughts = hall.ask(*range(40))
    hall.advance(0.01)

    assert [len(call) for call in agent.calls] == [40, 1, 1]
    assert {str(failure_of(thought)) for thought in thoughts} == {"OSError: no device"}


def test_what_ends_a_call_ends_the_waiting_of_all() -> None:
    class Interrupted(Recording):
        def batch_act(self, observations: Sequence[Any]) -> list[Any]:
            raise SystemExit

    hall = Hall(Interrupted())
    leading, *others = (thought for each in ("a", "b", "c") for thought in hall.ask(each))
    hall.advance(0.01)

    with pytest.raises(SystemExit):
        leading.result()
    assert [failure_of(thought).cause for thought in others] == [ModelFailure.CUT] * 2
