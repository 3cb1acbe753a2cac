"""The line in which questions wait for a replica, and what becomes of them at its ends."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from parleyrun.bots.replicated.replica_route import ReplicaFacts, ReplicaQuestion, ReplicaReply
from parleyrun.engines.host_connection import HostConnection
from parleyrun.engines.host_link import HostOffer
from parleyrun.engines.replicas import model_replicas
from parleyrun.engines.replicas.host_questions import HostQuestions
from parleyrun.engines.replicas.model_replicas import ModelReplicas
from parleyrun.engines.replicas.replica_connection import ReplicaConnection
from parleyrun.engines.replicas.replica_orders import (
    AskReport,
    FactsReport,
    ReplyReport,
    packed_reply,
    unpacked_reply,
)
from parleyrun.errors import ModelFailure
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
