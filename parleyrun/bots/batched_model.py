"""A batched model: a local one whose seats are answered together."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any, Self

from ..core.agents import Agent
from ..core.message import Act
from ..core.thinking import think
from ..errors import AgentError
from ..runner.timers import Timers
from .answer_batches import AnswerBatches
from .answered_act import raise_if_failed

BATCH = "batch"
COPIED = "copied"
"""Under these keys a batched model's share table has its batches, and the table that its own class shares."""


class BatchedModel(Agent):
    """What was built of a model, with seats that are answered together. For all else it is that agent.

    Args:
        agent: What was built; it has `batch_act(observations)`.
        table: What its `share()` returned.
        batches: Where its seats wait.
    """

    def __init__(self, agent: Agent, table: Mapping[str, Any], batches: AnswerBatches) -> None:
        super().__init__(agent.opt, id=agent.id)
        self._agent = agent
        self._batches = batches
        kind = ForkableBatchedAgent if hasattr(agent, "fork") else BatchedAgent
        self._table = {"class": kind, "opt": table["opt"], BATCH: batches, COPIED: table}

    def share(self) -> dict[str, Any]:
        return self._table

    @property
    def batch_counts(self) -> tuple[int, int]:
        """How many calls were made of it, and how many questions these answered."""
        return self._batches.calls, self._batches.answered

    def shutdown(self) -> None:
        self._batches.close()
        self._agent.shutdown()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_agent" not in self.__dict__:
            raise AttributeError(name)
        return getattr(self._agent, name)


class BatchedAgent(Agent):
    """One seat of a model that answers many at once. For all else it is the agent that it was made for.

    Args:
        opt: The options of the model.
        shared: A share table as `BatchedModel` has it.
    """

    def __init__(self, opt: Mapping[str, Any] | None = None, shared: Mapping[str, Any] | None = None) -> None:
        if shared is None:
            raise AgentError("expected a share table: a batched seat is a copy of a model that was built before")
        super().__init__(opt, shared)
        table = shared[COPIED]
        self._shared = shared
        self._copy: Any = table["class"](table["opt"], table)
        self.id = getattr(self._copy, "id", self.id)
        self._shown: Any = {}

    def observe(self, act: Act) -> Any:
        self._shown = self._copy.observe(act)
        return self._shown

    def act(self) -> Act | None:
        """Return the answer to what was observed last. Blocks until its batch is answered; raises `ModelError`."""
        shown, self._shown = self._shown or self._unasked(), {}
        batches: AnswerBatches = self._shared[BATCH]
        if hasattr(self._copy, "last_answer"):
            self._copy.last_answer = None  # what the one before took is counted already
        act: Act | None = think(lambda thinking: batches.ask(shown, thinking))
        if act is not None:
            self._copy.self_observe(act)
        raise_if_failed(act)
        return act

    def _unasked(self) -> Any:
        """Return what it has to go by that was shown nothing; most have nothing."""
        unasked = getattr(self._copy, "unasked", None)
        return {} if unasked is None else unasked()

    def self_observe(self, act: Act) -> None:
        self._shown = {}
        self._copy.self_observe(act)

    def reset(self) -> None:
        super().reset()
        self._shown = {}
        self._copy.reset()

    def share(self) -> dict[str, Any]:
        return dict(self._shared)

    def shutdown(self) -> None:
        self._copy.shutdown()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_copy" not in self.__dict__:
            raise AttributeError(name)
        return getattr(self._copy, name)


class ForkableBatchedAgent(BatchedAgent):
    """One seat of a model that answers many at once, and whose copies can be forked."""

    def fork(self) -> Self:
        """Return a copy for one answer, which waits for its place in a batch as this one does."""
        fork = copy(self)
        fork._copy = self._copy.fork()
        return fork


def batched(
    agent: Agent, table: Mapping[str, Any], max_batch: int, max_wait_seconds: float, timers: Timers
) -> BatchedModel:
    """Return a model whose seats are answered together, of one whose seats are answered one by one.

    Args:
        agent: What was built.
        table: What its `share()` returned.
        max_batch: How many go into one call at most.
        max_wait_seconds: How long one waits for others.
        timers: Of the service.
    """
    return BatchedModel(agent, table, AnswerBatches(agent, max_batch, max_wait_seconds, timers))
