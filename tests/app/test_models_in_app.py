"""Models in an app: there before anybody is let in, closed after everybody has gone, and told of at /healthz."""

from __future__ import annotations

import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from parleyrun import Agent, World, create_agent_from_shared
from parleyrun.app.app import App
from parleyrun.app.planning import plan_of
from parleyrun.channels.memory_channel import MemoryChannel
from parleyrun.config.schema import BrowserConfig
from parleyrun.errors import AgentError, ChannelError, ModelError
from parleyrun.testing import FakeModel, VirtualTimers, rehearse
from parleyrun.testing.fake_model.fake_replies import server_error, wrong_key

happened: list[str] = []


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    happened.clear()


class Noted(Agent):
    """Notes when it is built, asked and closed."""

    def __init__(self, opt: Any, shared: Any = None) -> None:
        super().__init__(opt, shared)
        if shared is None:
            happened.append(f"{opt['model_name']} built")

    def act(self) -> Any:
        happened.append("asked")
        return {"id": "noted", "text": "yes"}

    def shutdown(self) -> None:
        happened.append(f"{self.opt['model_name']} closed")


class Hall(World):
    def parley(self) -> str | None:
        return None if self.agents[0].act() is None else "talk"

    def shutdown(self) -> None:
        happened.append("world closed")


class Talk(World):
    """Asks a model of its own, as ParlAI's worlds do."""

    def __init__(self, opt: Any, agents: Any) -> None:
        super().__init__(opt, agents)
        self.model = create_agent_from_shared(opt["shared_bot_params"]["noted"])

    def parley(self) -> None:
        act = self.agents[0].act()
        if act is not None:
            self.model.observe(act)
            self.agents[0].observe(self.model.act())

    def episode_done(self) -> bool:
        return False


def module_initialize(opt: Any, service: Any) -> None:
    happened.append(f"module set up with {', '.join(opt['shared_bot_params'])}")


WORLDS = SimpleNamespace(Hall=Hall, Talk=Talk, module_initialize=module_initialize)
NOTED = {"model": f"{__name__}:Noted"}


def values(**models: Any) -> dict[str, Any]:
    return {"overworld": "Hall", "tasks": {"talk": {"task_world": "Talk"}}, "models": models}


def app_of(values: dict[str, Any], **more: Any) -> App:
    return App(plan_of(values, WORLDS), store=":memory:", **more)


def test_models_are_there_before_the_world_module_is_set_up_and_until_all_worlds_are_gone() -> None:
    channel = MemoryChannel()
    with app_of(values(noted=NOTED), channels=[channel], timers=VirtualTimers()) as app:
        assert happened == ["noted built", "asked", "module set up with noted"]
        channel.say("ann", "hi")
        assert app.service.wait_quiet()

    assert happened[-2:] == ["world closed", "noted closed"]


def test_constructing_an_app_builds_no_model() -> None:
    app_of(values(noted=NOTED), channels=[MemoryChannel()])

    assert happened == []


def test_a_world_takes_a_model_from_opt() -> None:
    with rehearse(values(noted=NOTED), WORLDS) as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        ann.says("talk")
        ann.says("are you there?")
        assert ann.heard[-1] == "yes"


def test_a_model_that_cannot_be_had_leaves_nothing_open() -> None:
    with FakeModel(wrong_key()) as server:
        bad = {"model": "chat_completions", "base_url": server.base_url}
        app = app_of(values(noted=NOTED, bad=bad), address=BrowserConfig(port=0))
        with pytest.raises(ModelError, match="model 'bad'"):
            app.start()

    assert "module set up" not in " ".join(happened)
    assert happened[-1] == "noted closed"
    assert app.url is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", int(app.url.rpartition(":")[2])))


def test_a_busy_port_is_known_before_any_model_is_built() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        app = app_of(values(noted=NOTED), address=BrowserConfig(port=taken.getsockname()[1]))
        with pytest.raises(ChannelError):
            app.start()

    assert happened == []


def test_healthz_says_how_the_models_do_and_what_keeps_one_from_answering() -> None:
    with FakeModel("Hello!") as server:
        seller = {"model": "chat_completions", "base_url": server.base_url, "tries": 1}
        with app_of(values(seller=seller, noted=NOTED), address=BrowserConfig(port=0)) as app:
            well = httpx.get(f"{app.url}/healthz", verify=False).json()
            assert (well["status"], [model["name"] for model in well["models"]]) == ("ok", ["seller", "noted"])
            assert well["models"][0]["trouble"] is None

            bot = app.models.seat("seller")
            server.then(*[server_error()] * 5)
            for _ in range(5):
                with pytest.raises(ModelError):
                    bot.act()
                app.models.counted(bot.last_answer)

            answer = httpx.get(f"{app.url}/healthz", verify=False)
            ill = answer.json()
    assert (answer.status_code, ill["status"], ill["trouble"]) == (200, "degraded", None)
    assert ill["models"][0]["failures"] == {"server error": 5}
    assert "failed 5 times in a row" in ill["models"][0]["trouble"]


def test_where_there_are_no_models_opt_is_as_the_config_has_it() -> None:
    plan = plan_of({**values(), "opt": {"rounds": 3}}, SimpleNamespace(Hall=Hall, Talk=Talk))
    app = App(plan, store=":memory:", channels=[MemoryChannel()])

    assert app.plan.opt is plan.opt


def test_one_model_in_opt_itself_is_shared_without_a_name_too() -> None:
    least = {"overworld": "Hall", "tasks": {"talk": {"task_world": "Talk"}}}
    plan = plan_of({**least, "opt": NOTED}, SimpleNamespace(Hall=Hall, Talk=Talk))
    with App(plan, store=":memory:", channels=[MemoryChannel()], timers=VirtualTimers()) as app:
        shared = app.plan.opt["shared_bot_params"]
        assert type(create_agent_from_shared(shared).model.agent) is Noted
        assert type(create_agent_from_shared(shared["model"]).model.agent) is Noted
        assert app.plan.opt["model"] == f"{__name__}:Noted"


def test_a_second_app_of_the_same_plan_has_models_of_its_own() -> None:
    plan = plan_of(values(noted=NOTED), WORLDS)
    first, second = (App(plan, store=":memory:", channels=[MemoryChannel()]) for _ in range(2))

    assert first.plan.opt["shared_bot_params"] is not second.plan.opt["shared_bot_params"]
    with pytest.raises(AgentError, match="there is none yet"):
        first.plan.opt["shared_bot_params"]["noted"]


def test_what_people_are_not_to_know_is_told_to_this_machine_alone() -> None:
    for disclose, told in ((True, True), (False, False)):
        task = {"task_world": "Talk", "bots": {"Bot": {"model": "noted", "disclose": disclose}}}
        hidden = {**values(noted=NOTED), "tasks": {"talk": task}}
        with app_of(hidden, address=BrowserConfig(port=0)) as app:
            here = httpx.get(f"{app.url}/healthz", verify=False)
            elsewhere = httpx.get(f"{app.url}/healthz", headers={"X-Forwarded-For": "192.0.2.7"}, verify=False)
        assert "models" in here.json()
        assert (set(elsewhere.json()) == {"status", "trouble"}) is not told
        assert (set(elsewhere.json()) == set(here.json())) is told
        assert elsewhere.status_code == 200


def test_that_a_hidden_model_is_in_trouble_is_told_to_this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Noted, "trouble", lambda self: "its server is gone", raising=False)
    task = {"task_world": "Talk", "bots": {"Bot": {"model": "noted", "disclose": False}}}
    with app_of({**values(noted=NOTED), "tasks": {"talk": task}}, address=BrowserConfig(port=0)) as app:
        here = httpx.get(f"{app.url}/healthz", verify=False).json()
        elsewhere = httpx.get(f"{app.url}/healthz", headers={"X-Forwarded-For": "192.0.2.7"}, verify=False).json()
    assert here["status"] == "degraded"
    assert elsewhere == {"status": "ok", "trouble": None}
