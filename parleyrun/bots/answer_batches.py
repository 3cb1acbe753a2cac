"""Answer batches: turns of many conversations that wait at the same time are answered in one call."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, Self

from ..core.agents import Agent
from ..core.message import Act
from ..core.thinking import think
from ..errors import AgentError

log = logging.getLogger(__name__)

BATCH = "batch"
COPIED = "copied"
"""Under these keys a batched model's share table has its batches, and the table that its own class shares."""


class _Asked:
    """An observation that waits for its act."""

    __slots__ = ("act", "done", "error", "observation")

    def __init__(self, observation: Any) -> None:
        self.observation = observation
        self.act: Any = None
        self.error: Exception | None = None
        self.done = False


class AnswerBatches:
    """Gathers what seats of one model are asked. Any thread; one call of the model at a time.

    Whoever asks first asks for all who come while it waits, for others or for the call before to end.

    Args:
        agent: What is asked: its `batch_act(observations)` returns as many acts.
        max_batch: How many observations go into one call at most.
        max_wait_seconds: How long the first one waits for others.
    """

    def __init__(self, agent: Any, max_batch: int, max_wait_seconds: float) -> None:
        self._agent = agent
        self._max_batch = max_batch
        self._max_wait_seconds = max_wait_seconds
        self._changed = threading.Condition()  # guards the two below, and what is in those who wait
        self._waiting: list[_Asked] = []
        self._is_led = False

    def ask(self, observation: Any) -> Any:
        """Return the act that answers an observation. Blocks; raises what the model raises."""
        asked = _Asked(observation)
        with self._changed:
            self._waiting.append(asked)
            self._changed.notify_all()
            while not asked.done:
                if self._is_led:
                    self._changed.wait()
                else:
                    self._lead()
        if asked.error is not None:
            raise asked.error
        return asked.act

    def _lead(self) -> None:
        """Make one call, for those who have come so far and who come soon. The lock is held, but for the call."""
        self._is_led = True
        try:
            self._changed.wait_for(lambda: len(self._waiting) >= self._max_batch, self._max_wait_seconds)
            batch = self._waiting[: self._max_batch]
            del self._waiting[: len(batch)]
            self._changed.release()
            try:
                self._answer(batch)
            finally:
                self._changed.acquire()
            for each in batch:
                each.done = True
        finally:
            self._is_led = False
            self._changed.notify_all()

    def _answer(self, batch: Sequence[_Asked]) -> None:
        try:
            acts = list(self._agent.batch_act([each.observation for each in batch]))
            if len(acts) != len(batch):
                raise AgentError(
                    f"expected {len(batch)} acts of {type(self._agent).__name__}.batch_act(), got {len(acts)}"
                )
        except Exception as error:
            if len(batch) == 1:
                batch[0].error = error
                return
            log.warning(
                "a batch of %d failed (%s: %s); each is asked by itself", len(batch), type(error).__name__, error
            )
            for each in batch:  # so that nobody pays for what somebody else said
                self._answer([each])
            return
        for each, act in zip(batch, acts, strict=True):
            each.act = act


class BatchedAgent(Agent):
    """One seat of a model that answers many at once. For all else it is the agent that it was made for.

    Args:
        opt: The options of the model.
        shared: A share table with `batch` and `copied`, as `batched_table` returns.
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
        """Return the answer to what was observed last; blocks until its batch is answered."""
        shown, self._shown = self._shown, {}
        batches: AnswerBatches = self._shared[BATCH]
        act: Act | None = think(lambda _: batches.ask(shown))
        if act is not None:
            self._copy.self_observe(act)
        return act

    def self_observe(self, act: Act) -> None:
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


def batched_table(
    agent: Agent, table: Mapping[str, Any], max_batch: int, max_wait_seconds: float
) -> dict[str, Any]:
    """Return a share table whose copies are answered together, of one whose copies are answered one by one."""
    batches = AnswerBatches(agent, max_batch, max_wait_seconds)
    kind = ForkableBatchedAgent if hasattr(agent, "fork") else BatchedAgent
    return {"class": kind, "opt": table["opt"], BATCH: batches, COPIED: table}
