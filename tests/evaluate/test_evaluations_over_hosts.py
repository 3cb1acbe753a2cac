"""Evaluations over hosts, all of them in this process: the figures of one process, whatever becomes of hosts."""

from __future__ import annotations

import itertools
import json
import pickle
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from cases import case

from parleyrun import Agent, AverageMetric, DialogTeacher, EngineError, SumMetric, TaskError, WorldError
from parleyrun.core.model_answer import ModelAnswer
from parleyrun.engines import host_replacement
from parleyrun.engines.host_link import HostOffer
from parleyrun.engines.local_link import LocalLink, LocalSource
from parleyrun.evaluate.evaluation import Evaluation
from parleyrun.evaluate.figures.success_figures import all_figures_of
from parleyrun.evaluate.lanes.error_policy import ErrorPolicy
from parleyrun.evaluate.log.evaluation_log import EvaluationLog, LogHead, read_log
from parleyrun.evaluate.log.example_record import ExampleKey, ExampleRecord
from parleyrun.evaluate.logged_evaluation import EvaluationSettings, evaluate_logged
from parleyrun.evaluate.on_hosts.agent_setup import agent_setup
from parleyrun.evaluate.on_hosts.hosted_evaluation import HostedEvaluation
from parleyrun.evaluate.on_hosts.portion_work import PortionSettings
from parleyrun.evaluate.on_hosts.portions import PortionIndex, TaskSize, portions_of
from parleyrun.evaluate.opened_agents import AgentChoice
from parleyrun.testing.virtual_timers import VirtualTimers

TASK = f"{__name__}:Episodes"
LOST_AFTER = 5.0


class Episodes(DialogTeacher):
    """Thirty-one episodes of one to three examples."""

    def setup_data(self, datafile):
        for episode in range(31):
            for entry in range(episode % 3 + 1):
                yield {"text": f"{episode}.{entry}", "labels": [f"{entry} of {episode}", "a b c"]}, entry == 0


class OtherEpisodes(Episodes):
    """The same under another name."""


class Rememberer(Agent):
    """Says how many it was asked in this episode; measures thirds, which no float holds exactly."""

    hears: Callable[[Agent, str], object] = staticmethod(lambda agent, text: None)
    asked: Counter[str] = Counter()

    def __init__(self, opt: Mapping[str, Any] | None = None, shared: Mapping[str, Any] | None = None) -> None:
        super().__init__(opt, shared)
        self._seen = 0
        self._mean = AverageMetric(0, 0)
        self.letters = SumMetric(0)

    def act(self):
        text, over = self.observation["text"], self.observation["episode_done"]
        type(self).hears(self, text)
        self.asked[text] += 1
        said = f"{self._seen} of {text.partition('.')[0]}" if len(text) % 2 else "a b"
        self._seen = 0 if over else self._seen + 1
        self._mean += AverageMetric(len(said) / 3)
        self.letters += SumMetric(len(said))
        return {"id": self.id, "text": said}

    def report(self):
        return {"mean": self._mean}

    def reset_metrics(self):
        self._mean = AverageMetric(0, 0)


class TellsAtEnd(Rememberer):
    """Measures all that it says, and never begins anew."""

    def report(self):
        return {"letters": self.letters}


class Batched(Agent):
    def batch_act(self, observations):
        return [None if seen is None else {"id": self.id, "text": seen["text"][-1]} for seen in observations]

    def act(self):
        return {"id": self.id, "text": self.observation["text"][-1]}


class DeadlyBatch(Rememberer):
    """Answers many at once, each as it would alone."""

    def batch_act(self, observations):
        for seen in observations:
            if seen is not None:
                type(self).hears(self, seen["text"])
        return [None if seen is None else {"id": self.id, "text": seen["text"][-1]} for seen in observations]


class Paid(Rememberer):
    """Each answer costs one."""

    last_answer: ModelAnswer | None = None

    def act(self):
        said = super().act()
        self.last_answer = ModelAnswer(
            model="paid", prompt_hash="", prompt_tokens=1, completion_tokens=1, cost=1.0, seconds=0.0, tries=1
        )
        return said


class Hosts:
    """An evaluation over hosts in this process, whose folder is the current one. `opt['host']` of an agent is the
    number of its host."""

    def __init__(self, kind: type[Agent], hosts: int = 2, *, starts_again: bool = True, **opt: Any) -> None:
        self.opt = {"datatype": "valid", "metrics": "all", "model": f"{__name__}:{kind.__name__}", **opt}
        self.timers = VirtualTimers()
        offers = [HostOffer(name=f"host-{number}") for number in range(1, hosts + 1)]
        self.source = LocalSource(offers, self._make, starts_again=starts_again)
        self._numbers = itertools.count()  # two that are lost are started again side by side
        self._works: dict[int, Any] = {}

    def run(self, tasks: Sequence[str] = (TASK,), log: EvaluationLog | None = None, **how: Any) -> Evaluation:
        with HostedEvaluation(self.opt, tasks, EvaluationSettings(**how)) as self.hosted:
            self.hosted.start(self.source, self.timers, LOST_AFTER)
            return self.hosted.run(log)

    def kill_host_of(self, agent: Agent) -> None:
        """As `kill -9` does: what it is at is never heard of."""
        link = self._link_of(agent)
        link.kill()
        link.runs._is_closed.wait()

    def stop_host_of(self, agent: Agent) -> None:
        """As SIGSTOP does; and let it go once another one has taken its place."""
        link = self._link_of(agent)
        link.hold()
        crew = self.hosted._crew
        for _ in range(2 * int(LOST_AFTER)):
            others = [each for each in crew.connections if each.link is not link]
            wait_until(lambda others=others: all(each.asked_at is None for each in others))
            self.timers.advance(1.0)
        link.let_go()
        link.runs._is_closed.wait()

    def _link_of(self, agent: Agent) -> LocalLink:
        work = self._works[agent.opt["host"]]
        return next(link for link in self.source.links if link.runs is work)

    def _make(self) -> Any:
        hosted, number = self.hosted, next(self._numbers)
        opt = {**self.opt, "host": number}
        setup = agent_setup(AgentChoice(opt=opt), {}, hosted.teachers(), hosted.portion_settings())
        work = self._works[number] = pickle.loads(pickle.dumps(setup)).work(Path())
        return work


def wait_until(holds: Callable[[], object]) -> None:
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        threading.Event().wait(0.001)


def in_words(found: Evaluation) -> tuple[Any, ...]:
    return found.scores().as_dict(), found.examples, [record.key for record in found.failures], found.stopped


def begun(folder: Path, tasks: Sequence[str] = (TASK,)) -> EvaluationLog:
    return EvaluationLog.begin(
        folder, "some", LogHead(tasks=tuple(tasks), opt={"model": "m"}, about={}, began="now")
    )


def alone(kind: type[Agent], tasks: Sequence[str] = (TASK,), **opt: Any) -> Any:
    """What one process finds."""
    opt = {"datatype": "valid", "metrics": "all", **opt}
    return in_words(evaluate_logged(opt, kind(opt), tasks, EvaluationSettings()))


EVERY = [f"{episode}.{entry}" for episode in range(31) for entry in range(episode % 3 + 1)]


@pytest.fixture(autouse=True)
def _nothing_asked_yet() -> None:
    Rememberer.asked.clear()


@pytest.mark.parametrize(
    ("kind", "opt", "how"),
    [
        pytest.param(Rememberer, {}, {}, marks=pytest.mark.thorough),
        pytest.param(Rememberer, {"datatype": "valid:stream"}, {}, marks=pytest.mark.thorough),
        (Rememberer, {}, {"concurrency": 3}),
        pytest.param(Rememberer, {}, {"concurrency": 40}, marks=pytest.mark.thorough),
        pytest.param(Rememberer, {}, {"timeout": 60.0}, marks=pytest.mark.thorough),
        (TellsAtEnd, {}, {}),
        pytest.param(Batched, {"batchsize": 4}, {}, marks=pytest.mark.thorough),
        (Batched, {"dynamic_batching": "full", "truncate": 3}, {}),
        pytest.param(Rememberer, {"batchsize": 4}, {}, marks=pytest.mark.thorough),
    ],
)
def test_over_hosts_the_figures_are_those_of_one_process_to_the_digit(kind, opt, how):
    tasks = [TASK, f"{__name__}:OtherEpisodes"]
    here = alone(kind, tasks)
    for hosts in (1, 3):
        assert in_words(Hosts(kind, hosts, **opt).run(tasks, **how)) == here
    if kind is Rememberer:
        assert set(Rememberer.asked) == set(EVERY)
        assert set(Rememberer.asked.values()) == {6}  # by two tasks, over hosts twice and alone once


def test_repeats_over_hosts_are_those_of_one_process(tmp_path):
    found = {}
    for name, hosts in (("here", 0), ("there", 2)):
        log = begun(tmp_path / name)
        opt = {"datatype": "valid", "metrics": "all"}
        how = {"repeats": 3, "concurrency": 2}
        found[name] = in_words(
            Hosts(Rememberer, hosts).run(log=log, **how)
            if hosts
            else evaluate_logged(opt, Rememberer(opt), [TASK], EvaluationSettings(**how), log)
        )
        log.close()
        content = read_log(log.path)
        sums = {name: each.episodes for name, each in all_figures_of(list(content.in_order()), TASK).items()}
        found[name] = (*found[name], sums)
    assert found["here"] == found["there"]
    assert any("pass^3" in name for name in found["here"][-1])


@pytest.mark.parametrize(
    ("way", "kind", "concurrency"),
    [
        ("kill_host_of", Rememberer, 3),
        ("stop_host_of", TellsAtEnd, 1),
        pytest.param("kill_host_of", Rememberer, 1, marks=pytest.mark.thorough),
        pytest.param("kill_host_of", TellsAtEnd, 1, marks=pytest.mark.thorough),
        pytest.param("kill_host_of", TellsAtEnd, 3, marks=pytest.mark.thorough),
        pytest.param("stop_host_of", Rememberer, 1, marks=pytest.mark.thorough),
        pytest.param("stop_host_of", Rememberer, 3, marks=pytest.mark.thorough),
        pytest.param("stop_host_of", TellsAtEnd, 3, marks=pytest.mark.thorough),
    ],
)
def test_what_a_lost_host_was_at_is_done_again_and_counts_once(way, kind, concurrency, tmp_path, monkeypatch):
    hosts = Hosts(kind)
    lost: list[str] = []

    def hears(agent: Agent, text: str) -> None:
        if text == "17.1" and not lost:
            lost.append(text)
            getattr(hosts, way)(agent)
            raise SystemExit

    monkeypatch.setattr(Rememberer, "hears", staticmethod(hears))
    log = begun(tmp_path)
    found = hosts.run(log=log, concurrency=concurrency)
    log.close()
    assert lost
    assert len(hosts.source.links) <= 3  # the other one may have done all before another was there
    asked = dict(Rememberer.asked)
    assert in_words(found) == alone(kind)
    keys = [ExampleKey(TASK, *map(int, text.split("."))) for text in EVERY]
    lines = log.path.read_text().splitlines()[1:]
    assert sorted(ExampleRecord.from_json(json.loads(line)).key for line in lines) == sorted(keys)
    assert asked.keys() == set(EVERY)
    if kind is Rememberer:
        # What the lost host had answered within its last 50 ms may not have been heard of.
        assert sum(asked.values()) - len(EVERY) <= len(EVERY) // 4


@pytest.mark.thorough
def test_what_an_agent_measures_while_it_is_told_what_was_said_before_is_not_measured_twice(monkeypatch):
    hosts = Hosts(Paid)
    lost: list[str] = []

    def hears(agent: Agent, text: str) -> None:
        if text == "17.2" and not lost:
            lost.append(text)
            hosts.kill_host_of(agent)
            raise SystemExit

    monkeypatch.setattr(Rememberer, "hears", staticmethod(hears))
    found = hosts.run(limit_cost=1e9)  # so each answer is heard of before the next question
    assert lost
    assert Rememberer.asked["17.0"] == Rememberer.asked["17.1"] == 2
    assert in_words(found) == alone(Paid)


def test_an_example_at_which_hosts_are_lost_again_and_again_costs_itself_only(tmp_path, monkeypatch):
    for kind, opt, how in (
        (Rememberer, {}, {}),
        (Rememberer, {}, {"concurrency": 3}),
        (TellsAtEnd, {}, {}),
        (DeadlyBatch, {"batchsize": 3}, {}),
    ):
        hosts = Hosts(kind, **opt)

        def hears(agent: Agent, text: str, hosts: Hosts = hosts) -> None:
            if text == "20.1":
                hosts.kill_host_of(agent)
                raise SystemExit

        monkeypatch.setattr(Rememberer, "hears", staticmethod(hears))
        with case(kind.__name__, opt, how):
            found = hosts.run(**how)
            (failed,) = found.failures
            assert failed.key == ExampleKey(TASK, 20, 1)
            assert failed.failure is not None
            assert failed.failure.kind == "Died"
            assert failed.failure.message == "2 hosts were lost while they asked it, the last one as it was killed"
            assert found.examples == len(EVERY)
            assert found.report["exs"] == len(EVERY) - 1
            assert len(hosts.source.links) <= 2 + 4


def test_with_no_host_left_what_was_answered_is_on_record(tmp_path, monkeypatch):
    hosts = Hosts(Rememberer, starts_again=False)
    monkeypatch.setattr(host_replacement, "AGAIN_AFTER_SECONDS", 0.0)

    def hears(agent: Agent, text: str) -> None:
        if text.startswith(("25.", "26.")):
            hosts.kill_host_of(agent)
            raise SystemExit

    monkeypatch.setattr(Rememberer, "hears", staticmethod(hears))
    log = begun(tmp_path)
    with pytest.raises(EngineError, match=r"expected hosts to go on with, but there is none: host-. was lost"):
        hosts.run(log=log)
    log.close()
    known = read_log(log.path).whole_episodes()
    assert 0 < len(known) < len(EVERY)
    monkeypatch.setattr(Rememberer, "hears", staticmethod(lambda agent, text: None))
    Rememberer.asked.clear()
    log = EvaluationLog.resume(log.path)
    found = Hosts(Rememberer).run(log=log, known=known)
    log.close()
    assert set(Rememberer.asked) == set(EVERY) - {f"{key.episode}.{key.entry}" for key in known}
    assert in_words(found) == alone(Rememberer)


def test_a_limit_of_cost_is_kept_over_hosts():
    found = Hosts(Paid, 2).run(limit_cost=10.0)
    assert found.stopped == "10.0000 of 10 are spent" or found.stopped == "11.0000 of 10 are spent"
    assert 10 <= found.examples <= 11  # one more is under way on the other host
    assert sum(Rememberer.asked.values()) == found.examples


def test_what_goes_wrong_on_a_host_goes_wrong_as_it_does_here(monkeypatch):
    def hears(agent: Agent, text: str) -> None:
        if text == "5.0":
            raise ValueError("no weights")

    monkeypatch.setattr(Rememberer, "hears", staticmethod(hears))
    assert in_words(Hosts(Rememberer).run()) == alone(Rememberer)
    with pytest.raises(WorldError, match="no weights"):
        Hosts(Rememberer).run(policy=ErrorPolicy(stops=True))
    tried = Hosts(Rememberer).run(policy=ErrorPolicy(tries=3)).failures
    assert [record.failure.tries for record in tried if record.failure is not None] == [3]

    class Local(AverageMetric):
        """Of no module's."""

    def report(agent: Rememberer) -> Any:
        return {"mean": (Local if agent.letters.value() else AverageMetric)(1)}

    monkeypatch.setattr(Rememberer, "report", report)
    with pytest.raises(WorldError, match=rf"expected what is measured of {TASK}, .* to be pickled"):
        Hosts(Rememberer).run()
    monkeypatch.setattr(Rememberer, "report", lambda agent: {"mean": Local(1)})
    with pytest.raises(WorldError, match="expected what is measured to be pickled"):
        Hosts(Rememberer).run()


def test_what_cannot_be_done_over_hosts_is_said_before_one_is_started(monkeypatch):
    for opt, how, message in (
        ({"numthreads": 2}, {}, "expected hosts, each of which is a process, or numthreads"),
        ({"batchsize": 2}, {"concurrency": 2}, "expected a concurrency, or batchsize, got both"),
    ):
        with pytest.raises(WorldError, match=message):
            HostedEvaluation(opt, [TASK], EvaluationSettings(**how))
    hosts = Hosts(Rememberer, dynamic_batching="full", truncate=3)
    with pytest.raises(WorldError, match="expected an agent with batch_act for dynamic_batching, got Rememberer"):
        hosts.run()
    monkeypatch.setattr(Episodes, "share", lambda self: {**DialogTeacher.share(self), "open": threading.Lock()})
    with pytest.raises(
        TaskError, match=f"expected the data of {TASK} to be pickled, .* cannot pickle '_thread.lock'"
    ):
        Hosts(Rememberer).run()
    with pytest.raises(EngineError, match="expected an agent whose options can be pickled"):
        agent_setup(AgentChoice(opt={"key": threading.Lock()}), {}, {}, PortionSettings(policy=ErrorPolicy()))
    with pytest.raises(EngineError, match="expected a file below the current folder"):
        agent_setup(AgentChoice(opt={}), {}, {}, PortionSettings(policy=ErrorPolicy()), [Path("/etc/passwd")])


def test_each_episode_is_in_one_portion_and_no_host_has_nothing_to_do():
    every = itertools.product((1, 2, 7, 100, None), ((1, False), (4, False), (16, False), (4, True)), (1, 5))
    for episodes, (lanes, together), repeats in every:
        with case(episodes, lanes, together, repeats):
            check_portions(TaskSize(name="some", episodes=episodes, lanes=lanes, together=together), repeats)


def check_portions(size: TaskSize, repeats: int) -> None:
    portions = portions_of([size], repeats, hosts=3)
    episodes = size.episodes or 40
    assert [portion.number for portion in portions] == list(range(len(portions)))
    for episode in range(episodes):
        for repeat in range(repeats):
            number = PortionIndex(portions).number_of(ExampleKey("some", episode, 0, repeat))
            assert number is not None
            own = dict(portions[number].parts)[repeat]
            assert any(episode % shard.count == shard.index for shard in own)
    lanes_of = [(repeat, shard) for each in portions for repeat, own in each.parts for shard in own]
    assert len(lanes_of) == len(set(lanes_of))
    assert max(sum(len(shards) for _, shards in portion.parts) for portion in portions) <= size.lanes
    if size.together:
        assert all(len(portion.parts) == 1 for portion in portions)
    if episodes >= 3 * repeats:
        assert len(portions) >= 3
