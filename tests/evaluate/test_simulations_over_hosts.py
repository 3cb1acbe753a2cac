"""Simulated users over hosts, all of them in this process."""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from parleyrun.app.planning import plan_of
from parleyrun.cli import main
from parleyrun.cli.evaluations import simulation_command
from parleyrun.config.engine.engine_settings import RayConfig
from parleyrun.config.schema import Limits
from parleyrun.engines.host_link import HostOffer
from parleyrun.engines.host_orders import PromiseOrder, PromiseOverReport, PromiseReport, SpentOrder
from parleyrun.engines.local_link import LocalLink, LocalSource
from parleyrun.errors import WorldError
from parleyrun.evaluate.log.evaluation_log import logs_in, read_log
from parleyrun.evaluate.log.example_record import ExampleKey, ExampleRecord
from parleyrun.evaluate.on_hosts.conversation_work import (
    ConversationSetup,
    ConversationWork,
    ReadyReport,
)
from parleyrun.evaluate.on_hosts.host_crew import HostGone, HostJoined, HostReported
from parleyrun.evaluate.on_hosts.hosted_conversations import HostedConversations
from parleyrun.evaluate.simulations.goal_stage import GoalPlay, GoalStage, PlayedGoal
from parleyrun.evaluate.simulations.goals_file import UserGoal
from parleyrun.evaluate.task_play import TaskPlay
from parleyrun.evaluate.task_self_chat import TaskSelfChat
from parleyrun.testing import FakeModel, FakeReply
from parleyrun.testing.virtual_timers import VirtualTimers

WORLDS = """
from parleyrun import Agent, World

class Speaker(Agent):
    hears = staticmethod(lambda agent: None)
    last_answer = None

    def act(self):
        type(self).hears(self)
        said = (self.observation or {}).get("text", "")
        return {"id": self.id, "text": f"{len(said)}: well, well" if len(said) % 4 < 3 else "###STOP###"}

class Talk(World):
    said = 0

    @staticmethod
    def assign_roles(agents):
        for agent, role in zip(agents, ("User", "Clerk")):
            agent.disp_id = role

    def episode_done(self):
        return False

    def parley(self):
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                self.said += len(act["text"])
                for other in self.agents:
                    if other is not agent:
                        other.observe(act)

    def reward(self):
        if self.opt["goal"] == "fall":
            raise ValueError("it fell")
        return {"reward": int(self.said % 2), "third": self.said / 3 + self.opt["own"] + self.opt.get("repeat", 0)}
"""
CONFIG = """
world_module: goal_worlds
models:
  speaker: {model: goal_worlds:Speaker}
tasks:
  talk: {task_world: Talk, agents_required: 2}
"""
GOALS = [{"goal": "fall" if number == 5 else "x" * number, "opt": {"own": number / 7}} for number in range(1, 8)]
"""What users want; the world of one of them raises."""


class SimulationLab:
    """Runs commands, with hosts in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.asked: list[RayConfig] = []
        self.source: LocalSource | None = None
        self._capsys = capsys

    def run(self, *arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(list(arguments))
        shown = self._capsys.readouterr()
        return int(stopped.value.code or 0), shown.out, shown.err

    def source_of(self, config: RayConfig, make: Callable[[], ConversationSetup]) -> LocalSource:
        self.asked.append(config)
        setup: ConversationSetup = pickle.loads(pickle.dumps(make()))
        assert {Path(name).name for name, _ in setup.files} == {"goal_worlds.py", "more.txt"}
        setup = replace(setup, config=replace(setup.config, path=Path("talk.yml").resolve()))
        offers = [HostOffer(name=f"host-{number + 1}") for number in range(config.hosts)]
        self.source = LocalSource(offers, setup.work, starts_again=True)
        return self.source


@pytest.fixture
def lab(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[SimulationLab]:
    (tmp_path / "goal_worlds.py").write_text(WORLDS)
    (tmp_path / "talk.yml").write_text(CONFIG)
    (tmp_path / "more.txt").write_text("more")
    (tmp_path / "goals.jsonl").write_text("\n".join(map(json.dumps, GOALS)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    made = SimulationLab(capsys)
    monkeypatch.setattr(simulation_command, "source_of", made.source_of)
    yield made
    sys.modules.pop("goal_worlds", None)


PLAYED = ("eval", "talk.yml", "--user-model", "speaker", "-m", "Clerk=speaker", "--goals", "goals.jsonl")
HOSTS = ("--engine", "ray", "--host-files", "more.txt")


def found(log: str) -> Any:
    content = read_log(logs_in(Path(log))[-1])
    return [
        (each.key, each.asked, each.answer, each.measured, each.failure and each.failure.message)
        for each in content.in_order()
    ]


def test_simulated_over_hosts_the_figures_are_those_of_one_process(lab: SimulationLab) -> None:
    reports = []
    for name, more in (
        ("here", ()),
        ("there", HOSTS),
        ("several", (*HOSTS, "--hosts", "3", "--concurrency", "2")),
    ):
        told = ("--repeats", "2", "--turns", "4", "--log", name, "--report", "a.json")
        code, out, err = lab.run(*PLAYED, *told, *more)
        assert code == 0, err
        report = json.loads(Path("a.json").read_text())
        report.pop("models", None)
        reports.append((out.partition("model")[0], report, found(name)))
    assert len(reports[0][2]) == 2 * len(GOALS)
    assert len(reports[0][1]["errors"]) == 2
    assert reports[1] == reports[0]
    assert reports[2] == reports[0]
    code, _, err = lab.run(*PLAYED[:4], *HOSTS)
    assert code == 2
    assert "expected one place in 'talk' for the simulated user, got User, Clerk" in err
    for more in ((), HOSTS):
        code, _, err = lab.run(*PLAYED[:4], "-m", "Clrk=speaker", *more)
        assert code == 2
        assert "expected a role of 'talk', got 'Clrk': did you mean 'Clerk'?" in err
    assert [(config.hosts, config.files) for config in lab.asked] == [(2, ("more.txt",)), (3, ("more.txt",))]


def test_what_a_lost_host_was_at_is_played_again_and_counts_once(
    lab: SimulationLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = lab.run(*PLAYED, "--turns", "4", "--log", "here")
    speaker = sys.modules["goal_worlds"].Speaker
    killed: list[LocalLink] = []

    def hears(agent: Any) -> None:
        text = (agent.observation or {}).get("text", "")
        if text == "13: well, well" and lab.source is not None and len(killed) < 2:
            link = next(each for each in lab.source.links if each not in killed and each.runs._stage._tries)
            killed.append(link)
            link.kill()

    monkeypatch.setattr(speaker, "hears", staticmethod(hears))
    code, out, err = lab.run(*PLAYED, "--turns", "4", "--log", "there", *HOSTS, "--concurrency", "2")
    assert code == 0, err
    assert len(killed) == 2
    assert out.partition("model")[0] == whole[1].partition("model")[0]
    assert found("there") == found("here")
    lines = logs_in(Path("there"))[-1].read_text().splitlines()[1:-1]
    assert len(lines) == len(GOALS)


def test_a_conversation_that_ends_its_hosts_costs_itself_only(lab: SimulationLab) -> None:
    stage = FakeCrew(["one", "two"])
    for number in range(4):
        stage.begin(number)
    assert stage.at() == {"one": [0, 1], "two": [2, 3]}
    stage.lose("one")
    stage.over(2, 3)
    assert stage.at() == {"two": [0]}
    stage.joins("three")
    assert stage.at() == {"two": [0], "three": [1]}
    stage.over(1)
    for joining in ("four", "five"):
        stage.lose(next(name for name, plays in stage.at().items() if plays))
        stage.joins(joining)
    played = [stage.stage.next() for _ in range(4)]
    failures = {each.record.key.episode: each.record.failure for each in played if each is not None}
    assert failures[0] is not None
    assert failures[0].kind == "Died"
    assert [number for number, failure in failures.items() if failure is None] == [2, 3, 1]
    assert stage.stage.room == 4
    for number in (4, 0):  # as whoever tries it again has it
        stage.begin(number)
    stage.over(4)
    stage.begin(5)
    assert sorted(stage.at().values()) == [[0], [5]]


ASKED = """
world_module: goal_worlds
models:
  seller:
    {{model: chat_completions, base_url: "{url}", name: fake, check: false, max_tokens: 4, price: {price}}}
tasks:
  talk: {{task_world: Talk, agents_required: 2, on_bot_error: {{say: "No more."}}}}
limits: {{max_cost: 100}}
"""
TAKES = 4.0
"""What an answer costs, at one for each of its tokens."""


@pytest.mark.parametrize("hosts", [(), ("--engine", "ray", "--hosts", "3", "--host-files", "more.txt")])
def test_what_models_may_cost_holds_over_hosts_as_in_one_process(
    lab: SimulationLab, hosts: tuple[str, ...]
) -> None:
    with FakeModel("four words of answer") as model:
        Path("talk.yml").write_text(ASKED.format(url=model.base_url, price="{prompt: 0, completion: 1000000}"))
        model.then(*[FakeReply(text="four words of answer", first_token_seconds=0.02)] * 200)
        told = ("--goals", "goals.jsonl", "--repeats", "3", "--turns", "5", "--concurrency", "4", "--log", "log")
        code, _, err = lab.run("eval", "talk.yml", "--user-model", "seller", "-m", "Clerk=seller", *told, *hosts)
        assert code == 0, err
        assert 100 - TAKES < len(model.requests) * TAKES <= 100
    played = list(read_log(logs_in(Path("log"))[-1]).in_order())
    assert len(played) == 3 * len(GOALS)
    assert sum(answer.cost or 0 for each in played for answer in each.others) == len(model.requests) * TAKES


def test_a_conversation_skips_no_time_while_it_waits_for_a_promise(lab: SimulationLab) -> None:
    with FakeModel("###STOP###") as model:
        Path("talk.yml").write_text(ASKED.format(url=model.base_url, price="{prompt: 0, completion: 1000000}"))
        plan, play = plan_of(Path("talk.yml")), TaskPlay(task="talk", model="seller")
        work = ConversationWork(lambda promises: TaskSelfChat(plan, play, str, promises=promises), 1, None)
        goal = UserGoal(id="1", goal="x", opt={"own": 0})
        work.take(pickle.dumps([GoalPlay(key=ExampleKey("talk", 0, 0), goal=goal, user="User")]))
        reports: list[Any] = []
        while not any(isinstance(each, PromiseReport) for each in reports):
            reports += pickle.loads(work.give(10))
        assert work._chat.model_timers.wait_for_rest(0) is None
        assert model.requests == []
        work.take(pickle.dumps([PromiseOrder(1)]))
        while not {PlayedGoal, PromiseOverReport} <= {type(each) for each in reports}:
            reports += pickle.loads(work.give(10))
        (played,) = (each for each in reports if isinstance(each, PlayedGoal))
        assert played.record.failure is None
        assert sum(each.cost for each in reports if isinstance(each, PromiseOverReport)) == 1.0
        work.close()


def test_what_a_lost_host_had_asked_for_counts_for_the_limit_of_all(lab: SimulationLab) -> None:
    stage = FakeCrew(["one", "two"], Limits(max_tokens_total=20))
    stage.reports("one", PromiseReport(1, 0.0, 12, None))
    stage.reports("two", PromiseReport(1, 0.0, 12, None))
    assert stage.told == [("one", PromiseOrder(1))]
    stage.lose("one")
    assert stage.told[1:] == [("two", PromiseOrder(1))]
    stage.reports("two", PromiseOverReport(1, 0.0, 12))
    assert stage.told[2:] == [("two", SpentOrder(0.0, 24))]
    stage.joins("three")
    assert stage.told[3:] == [("three", SpentOrder(0.0, 24))]


def test_what_goes_wrong_on_a_host_outside_of_all_conversations_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(stage: GoalStage) -> None:
        raise KeyError("a fault")

    monkeypatch.setattr(GoalStage, "next", breaks)
    work = ConversationWork(lambda promises: cast("Any", nullcontext()), 1, None)
    reports: list[Any] = []
    while len(reports) < 2 and (batch := work.give(10)):
        reports += pickle.loads(batch)
    work.close()
    assert reports[0] == ReadyReport()
    stage = FakeCrew(["one"])
    with pytest.raises(WorldError, match=r"(?s)host one: KeyError: 'a fault'\n\nThere:.*in breaks"):
        stage.stage._notice(HostReported(stage.hosts["one"], reports))


NO_LIMITS = Limits()


class FakeCrew:
    """Hosts that do nothing, each with room for two."""

    def __init__(self, names: Sequence[str], limits: Limits = NO_LIMITS) -> None:
        self.stage = HostedConversations(LocalSource([], lambda: None), VirtualTimers(), 5.0, 2, limits)
        self.told: list[Any] = []
        self.hosts = {name: _Host(name=name, is_gone=False) for name in names}
        for name, host in self.hosts.items():
            self._listen(name, host)
            self.stage._join(cast("Any", host))
        self.stage._slots = 4

    def begin(self, number: int) -> None:
        key = ExampleKey("talk", number, 0)
        self.stage.begin(GoalPlay(key=key, goal=UserGoal(id=str(number)), user="User"))

    def at(self) -> dict[str, list[int]]:
        return {host.name: [key.episode for key in plays] for host, plays in self.stage._at.items()}

    def reports(self, name: str, *reports: Any) -> None:
        self.stage._notice(HostReported(cast("Any", self.hosts[name]), reports))

    def lose(self, name: str) -> None:
        self.stage._notice(HostGone(self.hosts[name], "it was killed"))

    def joins(self, name: str) -> None:
        host = self.hosts[name] = _Host(name=name, is_gone=False)
        self._listen(name, host)
        self.stage._notice(HostJoined(host))

    def over(self, *numbers: int) -> None:
        for number in numbers:
            host = next(host for host, plays in self.stage._at.items() if number in {key.episode for key in plays})
            record = ExampleRecord(key=ExampleKey("talk", number, 0), last=True, asked={"id": "User"})
            self.stage._notice(HostReported(host, [PlayedGoal(record=record, measured={})]))

    def _listen(self, name: str, host: Any) -> None:
        host.put = lambda order: None if isinstance(order, GoalPlay) else self.told.append((name, order))


class _Host(SimpleNamespace):
    __hash__ = object.__hash__
    __eq__ = object.__eq__
