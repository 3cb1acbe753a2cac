"""What passes between a coordinator, its replicas, and those on hosts who ask them. All of it is frozen."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, replace

from ...bots.replicated.replica_route import ReplicaFacts, ReplicaQuestion, ReplicaReply
from ...errors import ModelFailure


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
    """A host's question of that number is answered, after so many replicas that were `lost` while they had it."""

    number: int
    reply: bytes
    lost: int


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
    """The question of that number is answered; the reply is for whoever has asked, and packed until there."""

    number: int
    reply: bytes


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


def packed_reply(reply: ReplicaReply) -> bytes:
    """Return a reply as bytes; what cannot be pickled is a failure of the model."""
    try:
        return pickle.dumps(reply, 5)
    except Exception as error:  # whatever an author's model puts into an act
        said = f"what it says cannot travel: {type(error).__name__}: {error}"
        return pickle.dumps(ReplicaReply(failure=ModelFailure.CODE, error=said), 5)


def unpacked_reply(reply: bytes, lost: int) -> ReplicaReply:
    """Return what was packed; its answer tells of the replicas that were lost before, too."""
    found: ReplicaReply = pickle.loads(reply)  # noqa: S301  # a replica runs our own code
    if found.answer is None or not lost:
        return found
    return replace(found, answer=replace(found.answer, tries=found.answer.tries + lost))


ReplicaReport = FactsReport | ReplyReport | MissedReport | GrownReport | BatchesReport | AskReport | AskOverReport
