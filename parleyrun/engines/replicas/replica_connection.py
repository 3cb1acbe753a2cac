"""The connection to one replica, and the questions that it has."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...runner.timers import Clock
from ...service.operations.reading.host_results import ReplicaFigures
from ..host_connection import HostConnection
from ..host_link import HostLink
from .replica_orders import BatchesReport, FactsReport, QuestionOrder

if TYPE_CHECKING:
    from .replica_ask import ReplicaAsk


class ReplicaConnection(HostConnection):
    """Any thread. What is changed under the lock of its `ModelReplicas` is marked so.

    Args:
        link: The way to the replica.
        model: The name of its model.
        clock: As at a `HostConnection`, and so are the others.
    """

    def __init__(
        self,
        link: HostLink,
        model: str,
        clock: Clock,
        take: Callable[[ReplicaConnection, Sequence[Any]], None],
        lost: Callable[[ReplicaConnection, str], None],
    ) -> None:
        super().__init__(link, clock, take, lost)
        self.model = model
        self.facts: FactsReport | None = None
        """What it says of itself; None until it has."""
        self.is_known = threading.Event()
        """Set once it has said that, or is lost."""
        self.asked: dict[int, ReplicaAsk] = {}
        """The questions that it has. Under the lock."""
        self.batches = BatchesReport(0, 0)
        self.answers = 0
        """How many questions it has answered. Under the lock."""

    @property
    def takes(self) -> bool:
        """Whether it takes one more question. Under the lock."""
        facts = self.facts
        if facts is None or self.is_gone or self.is_silent or self.is_closed:
            return False
        return len(self.asked) < facts.facts.at_once

    def knows(self, base: str) -> bool:
        """Whether a copy of the model is one of its own."""
        return self.facts is not None and base.startswith(f"{self.facts.incarnation}/")

    def ask(self, number: int, asked: ReplicaAsk, *, whole: bool = False) -> None:
        """Send a question, with `whole` for a copy that has to be told everything."""
        question = asked.question
        if not whole and self.knows(question.base):
            question = replace(question, events=question.events[question.known :])
        else:
            question = replace(question, base="")
        self.put(QuestionOrder(number, question))

    def replica_figures(self, waiting: int) -> ReplicaFigures:
        """Return how it does; `waiting` is how many questions wait for a replica of its model."""
        return ReplicaFigures(
            name=self.name,
            model=self.model,
            where=self.offer.where,
            state=self.state,
            asked=len(self.asked),
            waiting=waiting,
            answers=self.answers,
            calls=self.batches.calls,
            answered_in_calls=self.batches.answered,
            memory_bytes=self.load.memory_bytes,
            silent_seconds=self.silent_seconds,
        )
