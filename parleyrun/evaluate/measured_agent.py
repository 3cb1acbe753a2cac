"""A measured agent: what each of its answers took is in its report, and what it failed at is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ..core.agents import Agent
from ..core.message import Act
from ..core.metrics.metrics import Report
from ..core.model_answer import ModelAnswer
from ..core.sharing import create_agent_from_shared
from ..core.teachers.datatype import parse_datatype
from ..core.teachers.shards import shard_of
from ..errors import AgentError, ModelError
from ..text import quoted
from .answers_metric import ANSWERS, AnswersMetric

_INNER = "measured"
_LONGEST = 60


class MeasuredAgent(Agent):
    """An agent that tells what each answer took (`last_answer`). For all else it is that agent.

    Args:
        opt: The options.
        shared: What `share()` of another one gave.
        agent: In its place, the agent.
    """

    def __init__(
        self,
        opt: Mapping[str, Any] | None = None,
        shared: Mapping[str, Any] | None = None,
        *,
        agent: Any = None,
    ) -> None:
        super().__init__(opt, shared)
        if (agent is None) == (shared is None):
            raise AgentError("expected either the agent that is measured, or what share() of a measured one gave")
        self._agent: Any = agent if shared is None else create_agent_from_shared(shared[_INNER])
        self.id = self._agent.id
        self._taken = AnswersMetric({})
        self._episodes: Counter[str] = Counter()
        self._entry = 0
        self._over = True

    def observe(self, act: Act) -> Any:
        if self._over:
            self._entry = 0
        self._entry += 1
        self._over = bool(act.get("episode_done"))
        super().observe(act)
        return self._agent.observe(act)

    def act(self) -> Act | None:
        """Return what the agent says. Raises `ModelError`, with the example in it, if it does not answer."""
        try:
            act: Act | None = self._agent.act()
        except ModelError as error:
            self._count()
            message = f"{self.id} did not answer{self._asked()}: {error}"
            raise ModelError(message, error.cause, status=error.status) from error
        self._count()
        if self._over and self.observation is not None:
            self._episodes[str(self.observation.get("id"))] += 1
        return act

    def self_observe(self, act: Act) -> None:
        self._agent.self_observe(act)

    def unanswered(self) -> None:
        self._agent.unanswered()

    def getID(self) -> str:
        return str(self._agent.getID())

    def episode_done(self) -> bool:
        return bool(self._agent.episode_done())

    def epoch_done(self) -> bool:
        return bool(self._agent.epoch_done())

    def reset(self) -> None:
        super().reset()
        self._entry, self._over = 0, True
        self._episodes.clear()
        self._agent.reset()

    def report(self) -> Report:
        report: Report = self._agent.report()
        return {**report, ANSWERS: self._taken} if self._taken.taken else report

    def reset_metrics(self) -> None:
        self._taken = AnswersMetric({})
        self._agent.reset_metrics()

    def share(self) -> dict[str, Any]:
        return {**super().share(), _INNER: self._agent.share()}

    def shutdown(self) -> None:
        self._agent.shutdown()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._agent, name)

    def _count(self) -> None:
        answer: ModelAnswer | None = self._agent.last_answer
        if answer is not None:
            self._taken += AnswersMetric.of(answer)

    def _asked(self) -> str:
        asked = self.observation or {}
        text = " ".join(str(asked.get("text") or "").split())
        shown = f" {quoted(text if len(text) <= _LONGEST else f'…{text[-_LONGEST:]}')}" if text else ""
        task = str(asked.get("id") or "")
        if self.opt.get("task") is None or self._shares_a_stream():
            return shown
        shard = shard_of(self.opt)
        episode = shard.index + shard.count * self._episodes[task] + 1
        return f"{shown} ({task}, episode {episode}, example {self._entry})"

    def _shares_a_stream(self) -> bool:
        """Whether nobody knows which of its examples this is, as other copies take from the same stream."""
        stream = parse_datatype(self.opt.get("datatype") or "train").stream
        return stream and self.opt.get("batchindex") is not None


def measured(agent: Agent, opt: Mapping[str, Any]) -> Agent:
    """Return the agent, measured if it tells what its answers take. `opt` is that of the world it sits in."""
    return MeasuredAgent(opt, agent=agent) if hasattr(agent, "last_answer") else agent
