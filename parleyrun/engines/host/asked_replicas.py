"""The way from a host to models that live on the cluster: the coordinator asks them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from ...bots.replicated.replica_route import OnText, ReplicaFacts, ReplicaQuestion, ReplicaReply
from ...core.thinking import Thinking
from ...errors import AgentError, ModelError, ModelFailure
from ..replicas.awaited_reply import AwaitedReply
from ..replicas.replica_orders import AnsweredOrder, AskOverReport, AskReport, GrownOrder


class AskedReplicas:
    """Reaches replicas by the coordinator (`ReplicaRoute`). Any thread.

    Args:
        facts: What the replicas of each model have in common, by its name.
    """

    def __init__(self, facts: Mapping[str, ReplicaFacts]) -> None:
        self._facts = facts
        self._numbers = count(1)
        self._waiting: dict[int, tuple[AwaitedReply, OnText | None]] = {}
        self._is_reached = False
        self._report: Callable[[AskReport | AskOverReport], Any] | None = None

    def report_to(self, report: Callable[[AskReport | AskOverReport], Any]) -> None:
        """Have questions reported there, from now on."""
        self._report = report

    def host_is_set_up(self) -> None:
        """From now on the coordinator takes what this host reports."""
        self._is_reached = True

    def open(self, model: str) -> ReplicaFacts:
        """Return what a model's replicas have in common: the coordinator has started them. Raises `AgentError`."""
        facts = self._facts.get(model)
        if facts is None:
            raise AgentError(f"expected replicas of the model '{model}', which this host was told nothing of")
        return facts

    def ask(self, question: ReplicaQuestion, thinking: Thinking, on_text: OnText | None) -> ReplicaReply:
        """Have a question answered, as `ReplicaRoute.ask`."""
        report = self._report
        if report is None or not self._is_reached:
            raise ModelError(
                f"expected the model '{question.model}' to be asked in a conversation, got a question of "
                "module_initialize(): models on the cluster cannot be asked while a host is set up",
                ModelFailure.UNREACHABLE,
            )
        number, awaited = next(self._numbers), AwaitedReply()
        self._waiting[number] = awaited, on_text
        try:
            report(AskReport(number, question))
            return awaited.wait(thinking, lambda: report(AskOverReport(number)))
        finally:
            del self._waiting[number]

    def trouble(self, model: str) -> str | None:
        """The coordinator knows."""
        return None

    def answered(self, order: AnsweredOrder) -> None:
        """A question is answered; nobody may wait for it any more."""
        waiting = self._waiting.get(order.number)
        if waiting is not None:
            waiting[0].answered(order.reply, order.lost)

    def grown(self, order: GrownOrder) -> None:
        """An answer is so far by now."""
        awaited, on_text = self._waiting.get(order.number, (None, None))
        if on_text is not None and awaited is not None and not awaited.is_there:
            on_text(order.text)
