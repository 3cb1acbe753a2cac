"""What a replica does: it answers questions, many at the same time, by the batches of its model."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

from ...bots.replicated.replica_route import ReplicaFacts, ReplicaQuestion, ReplicaReply
from ...bots.replicated.replicated_model import tell
from ...config.models.model_kinds import ModelPlan
from ...core.bot_seats.model_source import ModelSource
from ...core.thinking import Thinking, thinking_here
from ...errors import ModelError, ModelFailure
from ...runner.bots.thoughts import Thought, Thoughts
from ...runner.thread_workers import ThreadWorkers
from ..host.outbox import Outbox
from ..host.process_memory import memory_bytes
from ..host.work_log import ReportingHandler
from ..host_orders import BeatOrder, BeatReport, HostLoad, RestOrder, RestReport, packed, unpacked
from .replica_copies import ReplicaCopies
from .replica_orders import (
    BatchesReport,
    CancelOrder,
    FactsReport,
    GrownReport,
    MissedReport,
    QuestionOrder,
    ReplyReport,
    packed_reply,
)

log = logging.getLogger(__name__)

AT_ONCE_ALONE = 32
"""How many questions a replica has at once whose model answers each by itself."""


class ReplicaDesk:
    """One replica (`HostWork`). Any thread.

    Args:
        models: The model, built here.
        plan: Which.
    """

    def __init__(self, models: ModelSource, plan: ModelPlan) -> None:
        self._plan = plan
        self._outbox = Outbox()
        self._incarnation = uuid4().hex
        self._copies = ReplicaCopies(models, plan.name, self._incarnation)
        self._at_once = at_once_of(plan)
        self._rests = threading.Condition()
        self._thoughts = Thoughts(ThreadWorkers(self._at_once, "parleyrun-answers"), self._say_rest)
        self._lock = threading.Lock()  # guards the three below
        self._thinking: dict[int, Thought] = {}
        self._grown: dict[int, str] = {}
        self._answered = 0
        self._agent: Any = None
        self.log_handler: logging.Handler = ReportingHandler(self._outbox)
        """Has what a replica of its own process logs reported: warnings and errors."""
        self._orders: Mapping[type, Callable[[Any], None]] = {
            QuestionOrder: self._question,
            CancelOrder: self._cancel,
            BeatOrder: self._beat,
            RestOrder: self._rest,
        }

    def open(self, agent: Any, described: str) -> None:
        """The model is built: say what it is.

        Args:
            agent: What was built.
            described: What it is, in a few words.
        """
        self._agent = agent
        copy = self._copies.new()
        facts = ReplicaFacts(
            id=str(getattr(copy, "id", self._plan.name)),
            described=described,
            forks=hasattr(copy, "fork"),
            streams=hasattr(copy, "on_text"),
            at_once=self._at_once,
        )
        self._outbox.put(FactsReport(self._incarnation, facts), waits=False)

    def take(self, batch: bytes) -> None:
        """Do what these orders say. Returns at once. One thread at a time."""
        for order in unpacked(batch):
            try:
                self._orders[type(order)](order)
            except Exception:  # what comes behind it must be done all the same
                log.exception("an order could not be carried out: %s", type(order).__name__)

    def give(self, seconds: float) -> bytes:
        """Return what there is to report, or nothing after so long. One thread at a time."""
        reports = [newest for report in self._outbox.take(seconds) if (newest := self._newest(report)) is not None]
        return packed(reports) if reports else b""

    def close(self) -> None:
        """Stop everything; nothing is reported any more."""
        with self._lock:
            thoughts = list(self._thinking.values())
        for thought in thoughts:
            thought.abandon()
        self._thoughts.close()
        self._outbox.close()

    def _question(self, order: QuestionOrder) -> None:
        with self._lock:
            # Under the lock, so that it is known before it can be over.
            self._thinking[order.number] = self._thoughts.begin(
                partial(self._answer, order), partial(self._over, order.number)
            )

    def _over(self, number: int, thought: Thought) -> None:
        with self._lock:
            if self._thinking.get(number) is thought:  # and not the one that was told everything
                del self._thinking[number]
                self._grown.pop(number, None)

    def _cancel(self, order: CancelOrder) -> None:
        with self._lock:
            thought = self._thinking.get(order.number)
        if thought is not None:
            thought.abandon()

    def _answer(self, order: QuestionOrder, thinking: Thinking) -> None:
        question = order.question
        copy = self._copies.take(question.base) if question.base else self._copies.new()
        if copy is None:
            self._outbox.put(MissedReport(order.number), waits=False)
            return
        reply = packed_reply(self._reply(order.number, question, copy, thinking))
        with self._lock:
            self._answered += 1
        self._outbox.put(ReplyReport(order.number, reply), waits=False)

    def _reply(self, number: int, question: ReplicaQuestion, copy: Any, thinking: Thinking) -> ReplicaReply:
        try:
            with thinking_here(thinking):
                tell(copy, question.events)
                if question.streams:
                    copy.on_text = partial(self._grows, number)
                act = copy.act()
        except ModelError as error:
            return self._failed(copy, error.cause, str(error), may_pass=error.may_pass)
        except Exception as error:  # an author's model may raise anything
            return self._failed(copy, ModelFailure.CODE, f"{type(error).__name__}: {error}")
        finally:
            if question.streams:
                copy.on_text = None
        return ReplicaReply(
            act=None if act is None else dict(act),
            base=self._copies.keep(copy),
            id=str(getattr(copy, "id", "")),
            answer=getattr(copy, "last_answer", None),
        )

    def _failed(self, copy: Any, cause: ModelFailure, error: str, *, may_pass: bool = False) -> ReplicaReply:
        answer = getattr(copy, "last_answer", None)
        return ReplicaReply(answer=answer, failure=cause, error=error, may_pass=may_pass)

    def _grows(self, number: int, text: str) -> None:
        """An answer has grown: of what was not fetched yet only the newest is reported."""
        with self._lock:
            is_reported = number in self._grown
            self._grown[number] = text
        if not is_reported:
            self._outbox.put(GrownReport(number, ""), waits=False)

    def _newest(self, report: Any) -> Any:
        if not isinstance(report, GrownReport):
            return report
        with self._lock:
            text = self._grown.pop(report.number, None)
        return None if text is None else replace(report, text=text)

    def _beat(self, order: BeatOrder) -> None:
        calls, answered = getattr(self._agent, "batch_counts", (self._answered, self._answered))
        self._outbox.put(BatchesReport(calls, answered), waits=False)
        load = HostLoad(ready=len(self._thinking), waiting_reports=len(self._outbox), memory_bytes=memory_bytes())
        self._outbox.put(BeatReport(order.number, load), waits=False)

    def _rest(self, order: RestOrder) -> None:
        threading.Thread(target=self._report_rest, args=(order.number,), daemon=True).start()

    def _report_rest(self, number: int) -> None:
        with self._rests:
            self._rests.wait_for(lambda: not self._thoughts.busy)
        self._outbox.put(RestReport(number), waits=False)

    def _say_rest(self) -> None:
        with self._rests:
            self._rests.notify_all()


def at_once_of(plan: ModelPlan) -> int:
    """Return how many questions a replica has at a time: two batches, one that is answered and one to come."""
    max_batch: int | None = plan.config.max_batch or getattr(plan.kind, "default_max_batch", None)
    return AT_ONCE_ALONE if max_batch is None else 2 * max_batch
