"""Models that live on the cluster: built once for each replica, and asked again elsewhere if one is lost."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import replicated_models
from cluster_lab import LOST_AFTER, ClusterRehearsal, on_hosts
from test_lost_hosts import wait_until

from parleyrun.bots.model_opening import ModelOpening
from parleyrun.bots.replicated import replicated_model
from parleyrun.bots.replicated.replica_route import ReplicaQuestion
from parleyrun.cli.common.operators.operator_rows import operator_rows
from parleyrun.config.engine.engine_settings import RayConfig
from parleyrun.core.thinking import UNDISTURBED
from parleyrun.engines.host.asked_replicas import AskedReplicas
from parleyrun.engines.host.host_fault import HostFault
from parleyrun.engines.host_link import HostOffer
from parleyrun.engines.replicas import replica_copies
from parleyrun.errors import AgentError, ConfigError, EngineError, ModelError, ModelFailure, WorldError
from parleyrun.signals import Growing
from parleyrun.testing.virtual_timers import VirtualTimers

LOOKS = int(LOST_AFTER) + 2
MODULE = "parleyrun.ready:Chat"


def wait_for(found: Callable[[], list[Any]]) -> list[Any]:
    """Wait until something is found, and return it."""
    wait_until(found)
    return found()


def lab(
    store: Path | None = None, *, kind: str = "Counting", starts_again: bool = False, **more: Any
) -> ClusterRehearsal:
    entry = {"model": f"replicated_models:{kind}", "replicas": 2, "check": kind == "Counting"}
    if kind == "Counting":
        entry |= {"max_batch": 8, "max_wait_ms": 0}
    entry |= more.pop("entry", {})
    task = {"task_world": MODULE, "bots": {"Seller": "own"}, "on_bot_error": {"say": "Sorry."}}
    config = {
        "world_module": "hosted_worlds",
        "engine": {"ray": {}},
        "models": {"own": entry},
        "tasks": {"talk": {**task, **more.pop("task", {})}},
        **more,
    }
    return on_hosts(config, replicated_models, store=store, starts_again=starts_again)


def test_a_model_is_built_once_for_each_replica_and_asked_by_all_hosts() -> None:
    replicated_models.BUILT.clear()
    with lab() as rehearsal:
        assert replicated_models.BUILT == ["own", "own"]
        people = [rehearsal.person(f"p{number}").arrives(opens=True) for number in range(4)]
        assert sorted(rehearsal.runs().values()) == [2, 2]
        for person in people:
            person.says("hello")
            person.says("again")
            assert person.heard[-2:] == [
                "Seller heard 1, said 0, last hello",
                "Seller heard 2, said 1, last again",
            ]


def own_seat(rehearsal: ClusterRehearsal) -> Any:
    """A seat of the coordinator's, as its own worlds have them."""
    return rehearsal.app.models.seat("own")


def gates(rehearsal: ClusterRehearsal, *, opened: bool) -> None:
    """Have the model of each replica answer, or wait."""
    for source in rehearsal.app.replica_sources["own"].links:  # type: ignore[attr-defined]
        gate = source.runs._agent.gate
        gate.set() if opened else gate.clear()


def calls(rehearsal: ClusterRehearsal) -> list[list[int]]:
    return [link.runs._agent.calls for link in rehearsal.app.replica_sources["own"].links]  # type: ignore[attr-defined]


def test_what_hosts_and_coordinator_ask_at_the_same_time_is_answered_in_batches() -> None:
    with lab(entry={"replicas": 1}) as rehearsal, ThreadPoolExecutor() as pool:
        people = [rehearsal.person(f"p{number}").arrives(opens=True) for number in range(12)]
        gates(rehearsal, opened=False)
        [made] = calls(rehearsal)
        rehearsal.channel.say("p0", "one")
        wait_until(lambda: made == [1])
        for number in range(1, 12):
            rehearsal.channel.say(f"p{number}", "one")
        seat = own_seat(rehearsal)
        seat.observe({"text": "mine"})
        mine = pool.submit(seat.act)
        [replica] = rehearsal.hosts.replicas.connections
        link = rehearsal.replica("own")
        wait_until(lambda: len(link.runs._agent._batches._waiting) == 12)  # type: ignore[attr-defined]
        gates(rehearsal, opened=True)
        rehearsal.settle()
        assert mine.result(20)["text"] == "? heard 1, said 0, last mine"
        assert {person.heard[-1] for person in people} == {"Seller heard 1, said 0, last one"}
        assert made == [1, 8, 4]
        rehearsal.timers.advance(1)
        wait_until(lambda: replica.batches.calls == 3)
        [figures] = rehearsal.hosts.found().replicas
        assert (figures.name, figures.model, figures.state, figures.asked) == ("own-1", "own", "there", 0)
        assert (figures.answers, figures.calls, figures.answered_in_calls) == (13, 3, 13)
        assert rehearsal.service.operators is not None
        found = rehearsal.service.operators.ask("hosts", {}, by="me")
        assert found.replicas == (figures,)
        shown = [*operator_rows("hosts", asdict(found))][-2:]
        assert [line.split() for line in shown] == [
            ["name", "state", "model", "asked", "waiting", "answers", "calls", "where"],
            ["own-1", "there", "own", "0", "0", "13", "3"],
        ]
        assert rehearsal.service.replicas() == (figures,)


def test_no_more_wait_at_a_replica_than_two_batches_and_nobody_is_asked_in_vain() -> None:
    with lab(entry={"replicas": 1, "max_batch": 1}) as rehearsal:
        names = [f"p{number}" for number in range(5)]
        for name in names:
            rehearsal.person(name).arrives(opens=True)
        gates(rehearsal, opened=False)
        for name in names:
            rehearsal.channel.say(name, "one")
        [replica] = rehearsal.hosts.replicas.connections
        [figures] = wait_for(lambda: [f for f in rehearsal.hosts.found().replicas if f.waiting == 3])
        assert figures.asked == 2
        wait_until(lambda: calls(rehearsal) == [[1]])
        assert rehearsal.service.operators is not None
        for number in range(1, 6):
            rehearsal.service.operators.ask("end", {"conversation": f"talk/t_{number}"}, by="me")
        wait_until(lambda: rehearsal.hosts.found().replicas[0].waiting == 0 and len(replica.asked) < 2)
        gates(rehearsal, opened=True)
        rehearsal.settle()
        assert (calls(rehearsal), len(replica.asked)) == ([[1]], 0)


def test_a_replica_that_is_lost_is_started_again_and_what_it_had_is_asked_of_another(tmp_path: Path) -> None:
    path = tmp_path / "talk.db"
    with lab(path, starts_again=True) as rehearsal:
        people = [rehearsal.person(f"p{number}").arrives(opens=True) for number in range(4)]
        for person in people:
            person.says("one")
        gates(rehearsal, opened=False)
        for person in people:
            rehearsal.channel.say(person.name, "two")
        one, two = rehearsal.hosts.replicas.connections
        wait_until(lambda: len(one.asked) == len(two.asked) == 2)
        rehearsal.replica("own", 1).kill()
        wait_until(lambda: len(two.asked) == 4)
        gates(rehearsal, opened=True)
        wait_until(lambda: len(rehearsal.hosts.replicas.connections) == 2)
        rehearsal.settle()
        # The other one was told all that was said before.
        assert {person.heard[-1] for person in people} == {"Seller heard 2, said 1, last two"}
        replicas = rehearsal.hosts.replicas
        assert (replicas.lost, replicas.model("own").again) == (1, 2)
        rehearsal.replica("own", 2).kill()
        wait_until(lambda: replicas.lost == 2 and len(replicas.connections) == 2)
        for person in people:
            person.says("three")
        assert {person.heard[-1] for person in people} == {"Seller heard 3, said 2, last three"}
        rehearsal.crash()
        for person in people:
            person.says("four")
        assert {person.heard[-1] for person in people} == {"Seller heard 4, said 3, last four"}
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT kind, tries, count(*) FROM study_answers GROUP BY 1, 2").fetchall()
    assert rows == [("spoke", 1, 14), ("spoke", 2, 2)]  # each answer once


def test_a_replica_that_only_seemed_dead_answers_nobody_twice() -> None:
    with lab() as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        ann.says("one")
        gates(rehearsal, opened=False)
        rehearsal.channel.say("ann", "two")
        replicas = rehearsal.hosts.replicas
        [asked] = wait_for(lambda: [replica for replica in replicas.connections if replica.asked])
        link = rehearsal.replica("own", int(asked.name[-1]))
        link.hold()
        for _ in range(LOOKS):
            rehearsal.timers.advance(1)
            wait_until(lambda: all(each.asked_at is None for each in replicas.connections if each is not asked))
        assert asked.state == "lost"
        gates(rehearsal, opened=True)
        rehearsal.settle()
        assert ann.heard[-1] == "Seller heard 2, said 1, last two"
        link.let_go()
        wait_until(lambda: replicas.model("own").late_replies == 1)
        rehearsal.advance(2)
        assert (asked.state, ann.heard.count("Seller heard 2, said 1, last two")) == ("there", 1)


def test_with_no_replica_left_a_question_waits_for_one_and_not_for_ever() -> None:
    with lab(entry={"replicas": 1}) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        rehearsal.replica("own").kill()
        wait_until(lambda: not rehearsal.hosts.replicas.connections)
        assert rehearsal.app.models.trouble() == {"own": "none of its replicas is there"}
        rehearsal.channel.say("ann", "hello?")
        rehearsal.advance(30)
        assert ann.heard == []
        rehearsal.advance(31)
        assert ann.heard == ["Sorry."]
        [figures] = rehearsal.app.models.figures()
        assert figures.failures == {"unreachable": 1}


def test_words_are_shown_while_they_come_and_an_error_costs_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with lab(kind="Streaming") as rehearsal:
        grown: list[str] = []
        seat = own_seat(rehearsal)

        def shown(text: str) -> None:
            grown.append(text)
            replicated_models.SHOWN.set()

        seat.on_text = shown
        seat.observe({"text": "as it comes"})
        assert seat.act()["text"] == "as it comes"
        assert grown == ["as it"]
        signals: list[Any] = []

        def signal(_who: str, what: Any) -> None:
            signals.append(what)
            if isinstance(what, Growing) and what.text:
                replicated_models.SHOWN.set()

        monkeypatch.setattr(rehearsal.channel, "signal", signal)
        replicated_models.SHOWN.clear()
        ann = rehearsal.person("ann").arrives(opens=True)
        ann.says("by and by")
        assert [each.text for each in signals if isinstance(each, Growing)] == ["by a"]
        monkeypatch.undo()
        ann.says("boom")
        ann.says("odd")
        ann.says("fine")
        assert ann.heard == ["by and by", "Sorry.", "Sorry.", "fine"]
        [figures] = rehearsal.app.models.figures()
        assert (figures.answers, figures.failures) == (2, {"error in its code": 2})


def test_a_copy_that_a_replica_has_forgotten_is_told_everything_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica_copies, "MOST_COPIES", 1)
    with lab(entry={"replicas": 1}) as rehearsal:
        ann, bob = (rehearsal.person(name).arrives(opens=True) for name in ("ann", "bob"))
        for number in range(1, 4):
            ann.says("hello")
            bob.says("hello")
            assert ann.heard[-1] == bob.heard[-1] == f"Seller heard {number}, said {number - 1}, last hello"


def test_of_a_long_conversation_the_newest_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replicated_model, "MOST_EVENTS", 6)
    monkeypatch.setattr(replicated_model, "FORGOTTEN_AT_ONCE", 2)
    with lab() as rehearsal:
        seat = own_seat(rehearsal)
        seat.introduce({"role": "Seller"})
        for number in range(9):
            seat.observe({"text": str(number)})
        assert seat.act()["text"] == "Seller heard 5, said 0, last 8"
        seat.reset()
        seat.observe({"text": "anew"})
        assert seat.act()["text"] == "? heard 1, said 0, last anew"


def test_a_model_that_cannot_be_built_there_ends_the_start() -> None:
    with pytest.raises(AgentError, match=r"model 'own' cannot be built: ValueError: no weights"):
        lab(entry={"breaks": True}).__enter__()


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (AgentError("it cannot be built"), AgentError),
        (ModelError("it is asked too often", ModelFailure.RATE), ModelError),
        (MemoryError(), EngineError),
        (WorldError("module_initialize names model 'own'"), EngineError),
    ],
)
def test_what_is_wrong_with_a_model_is_known_by_its_kind_and_not_by_its_words(
    raised: Exception, kind: type[Exception]
) -> None:
    from parleyrun.engines.ray.ray_source import RaySource

    fault: HostFault = pickle.loads(pickle.dumps(HostFault.of(raised)))

    def open_it(_name: str) -> Any:
        setting_up: Any = SimpleNamespace(
            started=SimpleNamespace(offer=HostOffer(name="own-1"), actor=None), facts=None, fault=fault
        )
        source = RaySource(RayConfig(), "study", dict, SimpleNamespace(), "replica")  # type: ignore[arg-type]
        source._ask = lambda _started, reference, *_: reference  # type: ignore[method-assign]
        source._link(setting_up)

    plan: Any = SimpleNamespace(name="own", config=SimpleNamespace(replicas=1))
    route: Any = SimpleNamespace(open=open_it)
    opening = ModelOpening(plan, VirtualTimers(), route=route)
    with pytest.raises(kind, match=f"^replica own-1 cannot be set up: {fault.message}$") as told:
        opening.run()
    if isinstance(told.value, ModelError):
        assert told.value.cause is ModelFailure.RATE


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"engine": None}, "expected an engine with hosts for 2 replicas of 'own', got threads"),
        (
            {"entry": {"replicas": None, "resources": {"GPU": 1}}},
            "expected replicas of the model 'own' beside its res",
        ),
        (
            {"engine": None, "entry": {"replicas": None, "cpus_per_replica": 2}},
            "'own' beside its cpus_per_replica, got",
        ),
        ({"entry": {"replicas": 0}}, "expected a whole number from 1 to 1,000, got 0"),
        (
            {
                "entry": {
                    "model": "chat_completions",
                    "base_url": "http://localhost:1/v1",
                    "name": "x",
                    "max_batch": None,
                }
            },
            "expected a kind that answers where it is built, got chat_completions, whose server is elsewhere",
        ),
    ],
)
def test_bad_input_is_found_before_anything_is_started(config: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        lab(**config)
    assert said in str(raised.value)


def test_on_a_host_that_is_being_set_up_a_model_of_the_cluster_cannot_be_asked_yet() -> None:
    route = AskedReplicas({})
    route.report_to(lambda report: None)
    question = ReplicaQuestion(model="own", base="", known=0, events=())
    with pytest.raises(ModelError, match=r"got a question of module_initialize\(\)"):
        route.ask(question, UNDISTURBED, None)
    with pytest.raises(AgentError, match="which this host was told nothing of"):
        route.open("own")


def test_a_conversation_goes_on_when_its_model_lives_on_the_cluster_no_more() -> None:
    with lab() as rehearsal:
        seat = own_seat(rehearsal)
        seat.observe({"text": "one"})
        assert seat.act()["text"] == "? heard 1, said 0, last one"
    built_here = replicated_models.Streaming({})
    seat._shared = built_here.share()
    seat.observe({"text": "two"})
    assert seat.act()["text"] == "two"
    assert len(seat._events) == 4


def test_what_a_lost_host_had_asked_is_asked_again_by_the_next_one_and_said_once(tmp_path: Path) -> None:
    path = tmp_path / "talk.db"
    with lab(path, entry={"replicas": 1}) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        gates(rehearsal, opened=False)
        rehearsal.channel.say("ann", "one")
        [made], [replica] = calls(rehearsal), rehearsal.hosts.replicas.connections
        wait_until(lambda: made == [1])
        first = rehearsal.host_of_somebody()
        first.kill()
        wait_until(lambda: len(replica.asked) == 2)
        assert rehearsal.host_of_somebody() is not first
        gates(rehearsal, opened=True)
        rehearsal.settle()
        assert (ann.heard, made) == (["Seller heard 1, said 0, last one"], [1, 1])
        wait_until(lambda: not replica.asked)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT kind, tries FROM study_answers").fetchall() == [("spoke", 1)]
