"""The replicas of one model: who is asked next, and what becomes of what a lost one was asked."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Sequence
from functools import partial
from itertools import count
from typing import Any

from ...bots.replicated.replica_route import OnText, ReplicaQuestion, ReplicaReply
from ...errors import ModelFailure
from ...runner.timers import Clock
from ...service.operations.reading.host_results import ReplicaFigures
from ..host_orders import BeatReport, LogReport, RestReport
from .replica_ask import DoneAsking, ReplicaAsk
from .replica_connection import ReplicaConnection
from .replica_orders import (
    BatchesReport,
    CancelOrder,
    FactsReport,
    GrownReport,
    MissedReport,
    ReplyReport,
    packed_reply,
)

log = logging.getLogger(__name__)

MOST_WAITING = 10_000
"""How many questions may wait for a replica."""

MOST_TRIES = 3
"""After so many replicas that were lost while they had it, nobody is asked a question any more."""

LONGEST_WAIT_SECONDS = 60.0
"""How long a question waits for a replica while there is none."""

STRANGE = 0.25
"""A replica that does not know a conversation is asked if it is emptier than the one that does by so much."""


class ModelReplicas:
    """Questions wait in one line, and go to whoever has the fewest, or knows the conversation.

    Each replica has so many at a time as make up two batches: so a batch is full as soon as enough is asked, and
    whoever is fastest gets the next one. Any thread.

    Args:
        model: The model's name.
        clock: Tells for how long questions have waited.
    """

    def __init__(self, model: str, clock: Clock) -> None:
        self.model = model
        self.late_replies = 0
        """How many replies came of a replica that was taken for lost, to questions that others have."""
        self.again = 0
        """How often a question was asked again, as its replica was lost."""
        self.steps = 0
        """How many reports were taken that tell of something."""
        self._clock = clock
        self._numbers = count(1)
        self._lock = threading.Lock()  # guards all below, and the questions of replicas
        self._waiting: deque[ReplicaAsk] = deque()
        self._replicas: list[ReplicaConnection] = []
        self._is_closed = False

    def add(self, replica: ReplicaConnection) -> None:
        """A replica is there."""
        with self._lock:
            self._replicas.append(replica)
        self.look()

    def ask(self, question: ReplicaQuestion, done: DoneAsking, grown: OnText | None) -> ReplicaAsk:
        """Ask. Returns at once.

        Args:
            question: What is asked.
            done: Called once, on any thread, with what came of it.
            grown: Called with the words so far; None where nobody wants them.
        """
        asked = ReplicaAsk(question, done, grown, self._clock.monotonic())
        refusal = None
        with self._lock:
            if self._is_closed:
                refusal = _no_answer("the model was closed before there was an answer", ModelFailure.CUT)
            elif len(self._waiting) >= MOST_WAITING:
                refusal = _no_answer(
                    f"{MOST_WAITING} questions wait for a replica of {self.model}", ModelFailure.RATE
                )
            else:
                self._waiting.append(asked)
        if refusal is not None:
            done(refusal, 0)
        self.look()
        return asked

    def cancel(self, asked: ReplicaAsk) -> None:
        """Nobody waits any more for the answer."""
        with self._lock:
            replica = asked.replica
            asked.is_wanted = False
            if asked in self._waiting:
                self._waiting.remove(asked)
            # While the replica has it, it takes its place there.
        if replica is not None:
            replica.put(CancelOrder(asked.number))

    def take(self, replica: ReplicaConnection, reports: Sequence[Any]) -> None:
        """Take a batch of what a replica reports; on the thread of its connection."""
        for report in reports:
            try:
                self._take(replica, report)
            except Exception:  # what comes behind it must be taken all the same
                log.exception("a report of replica %s could not be taken", replica.name)

    def leave(self, replica: ReplicaConnection) -> int:
        """A replica does not answer: others are asked what it was asked. Returns how many questions it had."""
        failed: list[ReplicaAsk] = []
        with self._lock:
            asked, replica.asked = list(replica.asked.values()), {}
            for each in reversed(asked):
                each.replica = None
                each.tries += 1
                if not each.is_wanted:
                    continue
                if each.tries >= MOST_TRIES:
                    failed.append(each)
                else:
                    self._waiting.appendleft(each)
                    self.again += 1
        for each in failed:
            said = f"{MOST_TRIES} replicas of {self.model} were lost while they were asked this"
            each.done(_no_answer(said, ModelFailure.UNREACHABLE), each.tries)
        self.look()
        return len(asked)

    def remove(self, replica: ReplicaConnection) -> bool:
        """A replica is given up. Returns whether it was one of these."""
        with self._lock:
            if replica not in self._replicas:
                return False
            self._replicas.remove(replica)
        return True

    def close(self) -> None:
        """Ask nobody any more; whoever waits is told."""
        with self._lock:
            self._is_closed = True
            left = [*self._waiting, *(each for replica in self._replicas for each in replica.asked.values())]
            self._waiting.clear()
            for replica in self._replicas:
                replica.asked = {}
        for each in left:
            each.done(_no_answer("the model was closed before there was an answer", ModelFailure.CUT), 0)

    def look(self) -> None:
        """Ask replicas that have room what waits, and have what has waited too long for none fail."""
        with self._lock:
            self._hand_out()
            late = self._too_late()
        for asked in late:
            said = f"no replica of {self.model} was there for {LONGEST_WAIT_SECONDS:.0f} s"
            asked.done(_no_answer(said, ModelFailure.UNREACHABLE), asked.tries)

    def trouble(self) -> str | None:
        """Say that there is no replica; None while there is one."""
        with self._lock:
            return None if self._has_any() else "none of its replicas is there"

    @property
    def connections(self) -> list[ReplicaConnection]:
        """The replicas there are."""
        with self._lock:
            return [*self._replicas]

    def figures(self) -> list[ReplicaFigures]:
        """Return how they do."""
        return [replica.replica_figures(len(self._waiting)) for replica in self.connections]

    def _hand_out(self) -> None:
        """Under the lock, so that it is asked before it can be cancelled: give what waits to who has room."""
        while self._waiting:
            free = [replica for replica in self._replicas if replica.takes]
            if not free:
                return
            asked = self._waiting.popleft()
            replica = min(free, key=partial(_cost, asked))
            asked.number, asked.replica = next(self._numbers), replica
            replica.asked[asked.number] = asked
            replica.ask(asked.number, asked)

    def _has_any(self) -> bool:
        """Under the lock: whether there is a replica, be it one that is slow."""
        return any(not (replica.is_gone or replica.is_closed) for replica in self._replicas)

    def _too_late(self) -> list[ReplicaAsk]:
        """Under the lock: return what has waited too long, while there is no replica."""
        if self._has_any():
            return []
        late = [asked for asked in self._waiting if self._clock.monotonic() - asked.at >= LONGEST_WAIT_SECONDS]
        for asked in late:
            self._waiting.remove(asked)
        return late

    def _take(self, replica: ReplicaConnection, report: Any) -> None:
        match report:
            case BeatReport() | RestReport():
                replica.notice(report)
                return
            case BatchesReport():
                replica.batches = report
                return
        self.steps += 1
        match report:
            case ReplyReport(number, reply):
                self._take_reply(replica, number, reply)
            case GrownReport(number, text):
                asked = self._asked(replica, number)
                if asked is not None and asked.grown is not None:
                    asked.grown(text)
            case MissedReport(number):
                asked = self._asked(replica, number)
                if asked is not None:
                    replica.ask(number, asked, whole=True)
            case LogReport(level, logger, text):
                logging.getLogger(logger).log(level, "replica %s: %s", replica.name, text)
            case FactsReport():
                replica.facts = report
                replica.is_known.set()
                self.look()

    def _asked(self, replica: ReplicaConnection, number: int) -> ReplicaAsk | None:
        with self._lock:
            return replica.asked.get(number)

    def _take_reply(self, replica: ReplicaConnection, number: int, reply: bytes) -> None:
        with self._lock:
            asked = replica.asked.pop(number, None)
            if asked is None:
                self.late_replies += 1
            else:
                asked.replica = None
                replica.answers += 1
        if asked is not None:
            asked.done(reply, asked.tries)
        self.look()


def _cost(asked: ReplicaAsk, replica: ReplicaConnection) -> tuple[float, int]:
    """Return what it costs to have a replica answer: how full it is, and whether it has to be told everything."""
    most = 1 if replica.facts is None else replica.facts.facts.at_once
    cost = len(replica.asked) / most + (0.0 if replica.knows(asked.question.base) else STRANGE)
    return cost, replica.answers


def _no_answer(said: str, cause: ModelFailure) -> bytes:
    return packed_reply(ReplicaReply(failure=cause, error=said, may_pass=cause is not ModelFailure.CUT))
