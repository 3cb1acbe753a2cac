"""What passes between a coordinator, its replicas, and those on hosts who ask them. All of it is frozen."""

from __future__ import annotations

from dataclasses import dataclass

from ...bots.replicated.replica_route import ReplicaFacts, ReplicaQuestion, ReplicaReply


@dataclass(frozen=True, slots=True)
class QuestionOrder:
    """A replica is asked. Of the question's events those are left out that its `base` knows, if it has one."""

    number: int
    question: ReplicaQuestion


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Nobody waits any more for the answer to the question of that number."""

    number: int


@dataclass(frozen=True, slots=True)
class AnsweredOrder:
    """A host's question of that number is answered."""

    number: int
    reply: ReplicaReply


@dataclass(frozen=True, slots=True)
class GrownOrder:
    """The answer to a host's question is so far by now."""

    number: int
    text: str


ReplicaOrder = QuestionOrder | CancelOrder | AnsweredOrder | GrownOrder


@dataclass(frozen=True, slots=True)
class FactsReport:
    """A replica is there: what its model is, and the name that it has as long as it lives."""

    incarnation: str
    facts: ReplicaFacts


@dataclass(frozen=True, slots=True)
class ReplyReport:
    """The question of that number is answered."""

    number: int
    reply: ReplicaReply


@dataclass(frozen=True, slots=True)
class MissedReport:
    """A replica does not remember the base of that question any more, and has to be told everything."""

    number: int


@dataclass(frozen=True, slots=True)
class GrownReport:
    """The answer to the question of that number is so far by now."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class BatchesReport:
    """How many calls a replica has made of its model so far, and how many questions these have answered."""

    calls: int
    answered: int


@dataclass(frozen=True, slots=True)
class AskReport:
    """Somebody on a host asks a model that lives on the cluster; the `number` is one of that host."""

    number: int
    question: ReplicaQuestion


@dataclass(frozen=True, slots=True)
class AskOverReport:
    """Nobody on that host waits any more for the answer to the question of that number."""

    number: int


ReplicaReport = FactsReport | ReplyReport | MissedReport | GrownReport | BatchesReport | AskReport | AskOverReport
