"""What hosts ask of models that live on the cluster, by whom it is answered, and when nobody is told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from parleyrun.bots.replicated.replica_route import ReplicaQuestion
from parleyrun.engines.replicas.host_questions import MOST_WAITING_ORDERS, HostQuestions
from parleyrun.engines.replicas.replica_orders import AnsweredOrder, AskOverReport, AskReport, GrownOrder


class Model:
    """A model of replicas that answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.cancelled: list[Any] = []
        self.meanwhile = lambda: None
        self.at_once = b""

    def ask(self, question: ReplicaQuestion, done: Any, grown: Any) -> Any:
        asked = SimpleNamespace(question=question, done=done, grown=grown)
        self.asked.append(asked)
        self.meanwhile()
        if self.at_once:
            done(self.at_once, 0)
        return asked

    def cancel(self, asked: Any) -> None:
        self.cancelled.append(asked)


class Lab:
    def __init__(self) -> None:
        self.model = Model()
        self.questions = HostQuestions(SimpleNamespace(model=lambda name: self.model))  # type: ignore[arg-type]
        self.told: list[Any] = []
        self.host: Any = _Host(self.told)
        self.questions.host_came(self.host)

    def ask(self, number: int, *, streams: bool = False) -> None:
        question = ReplicaQuestion(model="m", base="", known=0, events=(), streams=streams)
        self.questions.ask(self.host, AskReport(number, question))


class _Host:
    def __init__(self, told: list[Any]) -> None:
        self.put = told.append
        self.waiting_orders = 0


def test_an_answer_goes_to_who_asked_once_and_not_to_who_waits_no_more() -> None:
    lab = Lab()
    lab.ask(1)
    lab.ask(2)
    first, second = lab.model.asked
    first.done(b"yes", 1)
    first.done(b"again", 0)
    lab.questions.over(lab.host, AskOverReport(2))
    second.done(b"too late", 0)
    lab.questions.over(lab.host, AskOverReport(7))
    assert lab.told == [AnsweredOrder(1, b"yes", 1)]
    assert lab.model.cancelled == [second]


def test_words_so_far_are_told_while_somebody_waits_and_the_host_keeps_up() -> None:
    lab = Lab()
    lab.ask(1, streams=True)
    lab.ask(2)
    (first, second) = lab.model.asked
    assert second.grown is None
    first.grown("ye")
    lab.host.waiting_orders = MOST_WAITING_ORDERS
    first.grown("yes")
    lab.host.waiting_orders = 0
    first.done(b"yes!", 0)
    first.grown("yes!")
    assert lab.told == [GrownOrder(1, "ye"), AnsweredOrder(1, b"yes!", 0)]


def test_what_a_lost_host_has_asked_is_given_up_and_it_is_not_heard_any_more() -> None:
    lab = Lab()
    lab.ask(1)
    lab.questions.host_lost(lab.host)
    lab.questions.host_lost(lab.host)
    lab.ask(2)
    assert lab.model.cancelled == lab.model.asked
    assert len(lab.model.asked) == 1


def test_a_question_whose_host_is_lost_meanwhile_is_given_up_and_one_that_is_answered_at_once_is_not() -> None:
    lab = Lab()
    lab.model.at_once = b"yes"
    lab.ask(1)
    assert (lab.told, lab.model.cancelled) == ([AnsweredOrder(1, b"yes", 0)], [])
    lab.model.at_once = b""
    lab.model.meanwhile = lambda: lab.questions.host_lost(lab.host)
    lab.ask(2)
    assert lab.model.cancelled == lab.model.asked[1:]
