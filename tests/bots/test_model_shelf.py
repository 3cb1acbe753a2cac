"""The shelf of models: each is built once, asked once, and shared by all seats."""

from __future__ import annotations

import logging
import threading
from typing import Any

import pytest

from parleyrun import Agent, create_agent_from_shared
from parleyrun.bots import model_shelf
from parleyrun.bots.chat_completions.chat_completions_agent import ChatCompletionsAgent
from parleyrun.bots.model_shelf import ModelShelf
from parleyrun.config.models.model_kinds import ModelPlan
from parleyrun.config.plan import config_from_mapping, make_plan
from parleyrun.core.bot_seats.model_source import ModelFigures
from parleyrun.core.model_answer import ModelAnswer
from parleyrun.errors import AgentError, MissingExtra, ModelError, ModelFailure
from parleyrun.testing import FakeModel
from parleyrun.testing.fake_model.fake_replies import rate_limited, wrong_key
from parleyrun.testing.virtual_timers import VirtualTimers


class Weights:
    """Stands for something large."""


class Parrot(Agent):
    """Says what it hears, and counts how many were built and closed."""

    built: list[Parrot] = []
    closed: list[Parrot] = []

    def __init__(self, opt: Any, shared: Any = None) -> None:
        super().__init__(opt, shared)
        self.weights = Weights() if shared is None else shared["weights"]
        if shared is None:
            Parrot.built.append(self)

    def act(self) -> Any:
        return {"id": self.id, "text": (self.observation or {}).get("text", "")}

    def share(self) -> Any:
        return {**super().share(), "weights": self.weights}

    def shutdown(self) -> None:
        Parrot.closed.append(self)


class Broken(Parrot):
    def __init__(self, opt: Any, shared: Any = None) -> None:
        super().__init__(opt, shared)
        raise OSError(f"no file {opt['file']}")


class Mute(Parrot):
    def act(self) -> Any:
        raise ModelError("the cage is empty", ModelFailure.EMPTY)


class Needy(Parrot):
    def __init__(self, opt: Any, shared: Any = None) -> None:
        super().__init__(opt, shared)
        raise MissingExtra("a parrot", "birds")


class Forgetful(Parrot):
    def share(self) -> Any:
        return {"weights": self.weights}


class Troubled(Parrot):
    def trouble(self) -> str:
        return "it moults"


@pytest.fixture(autouse=True)
def nobody_was_built() -> None:
    Parrot.built, Parrot.closed = [], []


def plans_of(**models: Any) -> dict[str, ModelPlan]:
    values = {
        "overworld": "parleyrun.ready:Menu",
        "tasks": {"talk": {"task_world": "parleyrun.ready:Chat"}},
        "models": models,
    }
    return dict(make_plan(config_from_mapping(values)).models)


def shelf_of(**models: Any) -> ModelShelf:
    return ModelShelf(plans_of(**models), VirtualTimers())


def own(kind: type[Agent], **settings: Any) -> dict[str, Any]:
    return {"model": f"{__name__}:{kind.__name__}", **settings}


def test_constructing_builds_nothing_and_starting_builds_each_model_once() -> None:
    shelf = shelf_of(a=own(Parrot), b=own(Parrot))
    assert Parrot.built == []

    shelf.start()

    assert len(Parrot.built) == 2
    assert len(shelf.tables) == 2


def test_seats_of_a_model_share_what_is_large_and_nothing_else() -> None:
    shelf = shelf_of(parrot=own(Parrot))
    shelf.start()

    ann, bob = shelf.seat("parrot"), shelf.seat("parrot")
    ann.observe({"id": "", "text": "to ann"})

    assert ann.weights is bob.weights is Parrot.built[0].weights
    assert (ann.act()["text"], bob.act()["text"]) == ("to ann", "")


def test_worlds_find_share_tables_by_name_once_the_models_are_there() -> None:
    shelf = shelf_of(parrot=own(Parrot))
    assert "parrot" not in shelf.tables

    shelf.start()

    assert list(shelf.tables) == ["parrot"]
    assert create_agent_from_shared(shelf.tables["parrot"]).weights is Parrot.built[0].weights
    with pytest.raises(AgentError, match="did you mean 'parrot'"):
        shelf.tables["parot"]
    assert shelf.tables.get("parot") is None


def test_one_model_for_all_is_at_hand_without_a_name_too() -> None:
    shelf = ModelShelf(plans_of(model=own(Parrot)), VirtualTimers(), one_for_all="model")
    shelf.start()

    for table in (shelf.tables, shelf.tables["model"]):
        assert create_agent_from_shared(table).weights is Parrot.built[0].weights


def test_a_model_is_told_its_settings_its_name_and_where_its_files_are() -> None:
    shelf = shelf_of(parrot=own(Parrot, words=["a", {"b": [1]}]))
    shelf.start()

    opt = Parrot.built[0].opt
    assert opt["words"] == ["a", {"b": [1]}]
    assert (opt["model_name"], opt["folder"], opt["functions"]) == ("parrot", ".", ())


def test_each_model_has_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with FakeModel("Hello!") as server, caplog.at_level(logging.INFO):
        shelf = shelf_of(
            seller={"model": "chat_completions", "base_url": server.base_url, "name": "fake"}, parrot=own(Parrot)
        )
        shelf.start()
        shelf.close()

    assert len(server.requests) == 1
    lines = sorted(record.getMessage() for record in caplog.records if record.name == model_shelf.__name__)
    assert lines[0].startswith("model parrot: ready in 0.")
    assert lines[0].endswith(f"({__name__}:Parrot)")
    assert lines[1].endswith(f"s (fake at {server.base_url})")


def test_a_model_that_is_not_to_be_checked_is_not_asked() -> None:
    with FakeModel("Hello!") as server:
        shelf = shelf_of(seller={"model": "chat_completions", "base_url": server.base_url, "check": False})
        shelf.start()
        shelf.close()

    assert server.requests == []
    shelf_of(mute=own(Mute, check=False)).start()


def test_a_server_that_refuses_keeps_the_doors_shut_with_its_cause() -> None:
    with FakeModel(wrong_key()) as server, pytest.raises(ModelError) as raised:
        shelf_of(seller={"model": "chat_completions", "base_url": server.base_url}).start()

    assert raised.value.cause is ModelFailure.KEY
    assert str(raised.value).startswith("model 'seller': ")
    assert len(server.requests) == 1


def test_a_check_waits_in_real_time_although_the_clock_stands_still() -> None:
    with FakeModel("Hello!") as server:
        server.then(rate_limited(0.02))
        shelf = shelf_of(seller={"model": "chat_completions", "base_url": server.base_url})
        shelf.start()
        shelf.close()

    assert len(server.requests) == 2


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_left_open() -> None:
    shelf = shelf_of(fine=own(Parrot), broken=own(Broken, file="w.bin"), mute=own(Mute), none=own(Forgetful))

    with pytest.raises(AgentError) as raised:
        shelf.start()

    told = str(raised.value)
    assert "model 'broken' cannot be built: OSError: no file w.bin" in told
    assert "test_model_shelf.py" in told
    assert "model 'mute': the cage is empty" in told
    assert "expected Forgetful.share() to return a table with class and opt" in told
    assert {type(agent) for agent in Parrot.closed} == {Parrot, Mute, Forgetful}


def test_a_model_that_does_not_answer_says_why() -> None:
    with pytest.raises(ModelError, match="model 'mute': the cage is empty") as raised:
        shelf_of(mute=own(Mute)).start()
    assert raised.value.cause is ModelFailure.EMPTY


def test_a_model_that_needs_a_package_says_in_one_line_what_to_install() -> None:
    with pytest.raises(AgentError, match=r"^model 'needy': a parrot needs the 'birds' extra: pip install [^\n]*$"):
        shelf_of(needy=own(Needy)).start()


def test_models_are_opened_side_by_side() -> None:
    together = threading.Barrier(3)

    class Meeting(Parrot):
        def __init__(self, opt: Any, shared: Any = None) -> None:
            super().__init__(opt, shared)
            if shared is None:
                together.wait(10)

    plan = plans_of(x=own(Parrot))["x"]
    plans = {
        name: ModelPlan(name=name, kind=Meeting, config=plan.config, folder=plan.folder)
        for name in ("a", "b", "c")
    }
    shelf = ModelShelf(plans, VirtualTimers())

    shelf.start()

    assert list(shelf.tables) == ["a", "b", "c"]


def test_who_gives_up_waiting_waits_for_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    hold = threading.Event()
    closed = threading.Event()

    class Slow(Parrot):
        def __init__(self, opt: Any, shared: Any = None) -> None:
            super().__init__(opt, shared)
            hold.wait(20)

        def shutdown(self) -> None:
            closed.set()

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    plan = plans_of(x=own(Parrot))["x"]
    slow = ModelPlan(name="slow", kind=Slow, config=plan.config, folder=plan.folder)
    monkeypatch.setattr(model_shelf, "TELL_AFTER_SECONDS", 0.01)

    with pytest.raises(KeyboardInterrupt):
        ModelShelf({"slow": slow}, VirtualTimers()).start(interrupt)

    # What was built all the same is closed by whoever has built it.
    hold.set()
    assert closed.wait(10)


def test_closing_closes_what_was_built_once_and_no_copies() -> None:
    shelf = shelf_of(parrot=own(Parrot))
    shelf.start()
    shelf.seat("parrot")

    shelf.close()
    shelf.close()

    assert Parrot.closed == Parrot.built


def test_a_seat_of_a_server_closes_nothing_that_others_use() -> None:
    with FakeModel("Hello!") as server:
        shelf = shelf_of(seller={"model": "chat_completions", "base_url": server.base_url, "check": False})
        shelf.start()
        first, second = shelf.seat("seller"), shelf.seat("seller")
        assert isinstance(first, ChatCompletionsAgent)
        first.act()
        first.shutdown()
        assert second.act()["text"] == "Hello!"
        shelf.close()


def test_a_name_that_is_none_and_a_shelf_that_is_not_open_say_so() -> None:
    shelf = shelf_of(parrot=own(Parrot))

    with pytest.raises(AgentError, match="expected the models to be open"):
        shelf.seat("parrot")
    shelf.start()
    with pytest.raises(AgentError, match="did you mean 'parrot'"):
        shelf.seat("parot")


def test_figures_count_answers_failures_tokens_and_money_of_each_model() -> None:
    shelf = shelf_of(parrot=own(Parrot), other=own(Troubled))
    shelf.start()
    answer = ModelAnswer(model="parrot", text="hi", prompt_tokens=10, completion_tokens=2, cost=0.5, seconds=1.5)

    def ask_often() -> None:
        for _ in range(200):
            shelf.counted(answer)

    threads = [threading.Thread(target=ask_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shelf.counted(ModelAnswer(model="parrot", failure="rate limit", seconds=0.5))

    assert list(shelf.figures()) == [
        ModelFigures(
            name="parrot",
            answers=800,
            failures={"rate limit": 1},
            prompt_tokens=8000,
            completion_tokens=1600,
            cost=400.0,
            seconds=1200.5,
        ),
        ModelFigures(name="other", trouble="it moults"),
    ]
    assert shelf.trouble() == {"other": "it moults"}
