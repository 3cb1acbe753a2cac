"""The line in which questions wait for a replica, and what becomes of them at its ends."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from parleyrun.bots.replicated.replica_route import ReplicaFacts, ReplicaQuestion, ReplicaReply
from parleyrun.engines.host_connection import HostConnection
from parleyrun.engines.host_link import HostOffer
from parleyrun.engines.host_orders import LogReport
from parleyrun.engines.local_link import LocalSource
from parleyrun.engines.replicas import model_replicas
from parleyrun.engines.replicas import replicas as replicas_module
from parleyrun.engines.replicas.host_questions import HostQuestions
from parleyrun.engines.replicas.model_replicas import ModelReplicas
from parleyrun.engines.replicas.replica_connection import ReplicaConnection
from parleyrun.engines.replicas.replica_orders import (
    AskReport,
    FactsReport,
    GrownReport,
    MissedReport,
    QuestionOrder,
    ReplyReport,
    packed_reply,
    unpacked_reply,
)
from parleyrun.engines.replicas.replicas import Replicas
from parleyrun.errors import EngineError, ModelFailure
from parleyrun.testing.virtual_timers import VirtualTimers


class Line:
    """The line of a model whose replicas answer when they are told to."""

    def __init__(self) -> None:
        self.timers = VirtualTimers()
        self.replicas = ModelReplicas("own", self.timers.clock)
        self.replies: list[ReplicaReply] = []

    def replica(self, name: str, at_once: int = 1) -> ReplicaConnection:
        link: Any = SimpleNamespace(offer=HostOffer(name=name), end=lambda: None)
        replica = ReplicaConnection(link, "own", self.timers.clock, self.replicas.take, lambda *_: None)
        self.replicas.add(replica)
        facts = ReplicaFacts(id="own", described="own", forks=True, streams=False, at_once=at_once)
        self.replicas.take(replica, [FactsReport(name, facts)])
        return replica

    def ask(self, base: str = "") -> Any:
        question = ReplicaQuestion(model="own", base=base, known=1, events=(b"a", b"b"))
        return self.replicas.ask(
            question, lambda reply, lost: self.replies.append(unpacked_reply(reply, lost)), None
        )

    def failures(self) -> list[tuple[ModelFailure | None, str]]:
        return [(reply.failure, reply.error) for reply in self.replies]


def test_a_question_that_three_replicas_died_of_is_asked_no_more() -> None:
    line = Line()
    asked = line.ask()
    for name in ("one", "two", "three"):
        replica = line.replica(name)
        assert asked.replica is replica
        replica.is_gone = True
        line.replicas.leave(replica)
    assert line.failures() == [
        (ModelFailure.UNREACHABLE, "3 replicas of own were lost while they were asked this")
    ]
    assert (line.replicas.again, line.replica("four").asked) == (2, {})


def test_whoever_nobody_waits_for_is_not_asked_again() -> None:
    line = Line()
    one, asked, waiting = line.replica("one"), line.ask(), line.ask()
    line.replicas.cancel(asked)
    line.replicas.cancel(waiting)
    one.is_gone = True
    line.replicas.leave(one)
    assert (line.replica("two").asked, line.replies) == ({}, [])


def test_a_full_line_takes_no_more_and_a_closed_one_tells_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(model_replicas, "MOST_WAITING", 1)
    line = Line()
    line.replica("one")
    for _ in range(3):
        line.ask()
    assert line.failures() == [(ModelFailure.RATE, "1 questions wait for a replica of own")]
    line.replicas.close()
    line.ask()
    assert line.failures()[1:] == [(ModelFailure.CUT, "the model was closed before there was an answer")] * 3


def test_a_question_goes_to_who_knows_the_conversation_unless_another_has_much_less_to_do() -> None:
    line = Line()
    one, two = line.replica("one", at_once=8), line.replica("two", at_once=8)
    assert [line.ask("one/7").replica.name for _ in range(5)] == ["one", "one", "one", "two", "one"]
    [number, *_] = one.asked
    line.replicas.take(two, [ReplyReport(number, packed_reply(ReplicaReply()))])  # which is not its own
    assert (line.replies, line.replicas.late_replies) == ([], 1)
    line.replicas.take(one, [ReplyReport(number, packed_reply(ReplicaReply(base="one/8")))])
    assert [reply.base for reply in line.replies] == ["one/8"]


def test_what_a_host_asks_as_it_is_given_up_is_asked_of_nobody() -> None:
    line = Line()
    one, link = line.replica("one"), SimpleNamespace(offer=HostOffer(name="host"))
    host = HostConnection(link, line.timers.clock, lambda *_: None, lambda *_: None)
    questions = HostQuestions(SimpleNamespace(model=lambda _name: line.replicas))  # type: ignore[arg-type]
    question = ReplicaQuestion(model="own", base="", known=0, events=(b"a",))
    questions.host_came(host)
    questions.ask(host, AskReport(1, question))
    [(number, asked)] = one.asked.items()
    questions.host_lost(host)
    questions.ask(host, AskReport(2, question))
    assert (asked.is_wanted, [figures.waiting for figures in line.replicas.figures()]) == (False, [0])
    line.replicas.take(one, [ReplyReport(number, packed_reply(ReplicaReply()))])
    assert host.waiting_orders == 0


def test_what_a_replica_says_of_questions_that_it_does_not_have_comes_to_nothing(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line()
    replica, _asked = line.replica("one", at_once=2), line.ask()
    (number,) = replica.asked
    sent: list[Any] = []
    monkeypatch.setattr(HostConnection, "put", lambda _connection, order: sent.append(order))
    steps = line.replicas.steps
    line.replicas.take(
        replica, [GrownReport(99, "words"), MissedReport(99), GrownReport(number, "unwanted words")]
    )
    assert (sent, line.replies, [*replica.asked]) == ([], [], [number])
    line.replicas.take(replica, [MissedReport(number), LogReport(30, "models", "it is warm")])
    assert [type(order) for order in sent] == [QuestionOrder]
    assert line.replicas.steps == steps + 5
    assert [(each.name, each.getMessage()) for each in caplog.records] == [("models", "replica one: it is warm")]


def test_a_replica_of_another_model_is_not_removed() -> None:
    line, other = Line(), Line()
    mine, strange = line.replica("one"), other.replica("one")
    assert not line.replicas.remove(strange)
    assert [*line.replicas.connections] == [mine]
    assert line.replicas.remove(mine)
    assert [*line.replicas.connections] == []


class Silent:
    """What is executed on a replica that never says what it is."""

    def __init__(self) -> None:
        self.is_closed = threading.Event()

    def take(self, batch: bytes) -> None:
        """Nothing is asked of it."""

    def give(self, seconds: float) -> bytes:
        self.is_closed.wait(seconds)
        return b""

    def close(self) -> None:
        self.is_closed.set()


def test_a_replica_that_does_not_say_what_it_is_ends_the_start_and_is_lost_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replicas_module, "KNOWN_SECONDS", 0.01)
    source = LocalSource([HostOffer(name="own-1")], Silent)
    replicas = Replicas({"own": source}, VirtualTimers(), 5.0)
    with pytest.raises(EngineError, match="replica own-1 was set up, and does not say what it is"):
        replicas.open("own")
    (connection,) = replicas.connections
    replicas.leave(connection, "it is away")
    replicas.leave(connection, "it is away still")
    assert (replicas.lost, replicas.facts) == (1, {})
    replicas.close()
    replicas.give_up(connection, "all is over")
    assert [*replicas.connections] == [connection]
    late = replicas._connect(replicas.model("own"), source.open()[0])  # one that comes as all is closed
    assert late.is_closed
