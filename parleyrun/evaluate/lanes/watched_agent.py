"""An agent in a world that steps by itself: what it answers is put on record, and is not asked again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...core.agents import Agent
from ...core.message import Act
from ...core.metrics.metrics import Report
from ...errors import TaskError
from ..conversations_file import line_of_act
from ..log.example_record import ExampleKey, ExampleRecord, answer_as_json
from .error_policy import ErrorPolicy
from .example_failures import failure_of, place_of
from .task_lane import checked


@dataclass(frozen=True, slots=True)
class WatchedAnswer:
    """What came of asking: the record of it, whether it is new, and the error if there was one."""

    record: ExampleRecord
    is_new: bool
    error: Exception | None = None


class WatchedAgent(Agent):
    """Stands between a world and an agent. For all else it is that agent.

    Who raises has said nothing: the world is given an act without words.

    Args:
        agent: The agent.
        task: The name of the task.
        known: What is on record, by example: whole episodes.
        policy: What to do about an example that goes wrong.
    """

    def __init__(
        self, agent: Any, task: str, known: Mapping[ExampleKey, ExampleRecord], policy: ErrorPolicy
    ) -> None:
        super().__init__(agent.opt)
        self.id = agent.id
        self.answers: list[WatchedAnswer] = []
        """What was answered since somebody has taken it away."""
        self._agent, self._known, self._policy = agent, known, policy
        self._next = ExampleKey(task, 0, 0)
        self._unheard: Exception | None = None

    @property
    def is_known(self) -> bool:
        """Whether the episode that it is in is on record."""
        return self._next._replace(entry=0) in self._known

    def end_episode(self) -> None:
        """From here on it is in the next episode."""
        self._next = self._next._replace(episode=self._next.episode + 1, entry=0)

    def observe(self, act: Act) -> Any:
        super().observe(act)
        if self.is_known:
            return act
        try:
            return self._agent.observe(act)
        except Exception as error:
            self._unheard = error  # it has no answer then, and is on record with that
            return act

    def act(self) -> Act | None:
        """Return the answer that is on record, or else what the agent says."""
        key = self._next
        self._next = key._replace(entry=key.entry + 1)
        asked = line_of_act(self.observation or {}, str((self.observation or {}).get("id") or key.task))
        record = self._known.get(key)
        if record is not None:
            if json.loads(json.dumps(asked, default=str)) != record.asked:
                raise TaskError(
                    "expected the task to ask what it asked when the log was begun, got other words at"
                    f"{place_of(key, asked)}"
                )
            self.answers.append(WatchedAnswer(record, is_new=False))
            return record.observed()
        act, error, tries = self._said()
        failure = None if error is None else failure_of(error, tries)
        made = ExampleRecord(
            key=key,
            last=False,
            asked=asked,
            answer=answer_as_json(act) if failure is None else None,
            failure=failure,
            taken=getattr(self._agent, "last_answer", None),
        )
        self.answers.append(WatchedAnswer(made, is_new=True, error=error))
        return act

    def self_observe(self, act: Act) -> None:
        if not self.is_known:
            self._agent.self_observe(act)

    def getID(self) -> str:
        return str(self._agent.getID())

    def report(self) -> Report:
        """Return nothing: what the agent measures is read from itself."""
        return {}

    def reset_metrics(self) -> None:
        """Do nothing, likewise."""

    def shutdown(self) -> None:
        """Do nothing: the agent outlasts this world."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._agent, name)

    def _said(self) -> tuple[Act | None, Exception | None, int]:
        """Return what the agent says, or why it says nothing, and how often it was asked."""
        error, self._unheard = self._unheard, None
        tries = 1
        while error is None or tries < self._policy.tries:
            tries += error is not None
            try:
                return checked(self._agent.act()), None, tries
            except Exception as raised:
                error = raised
        return {"id": self.id, "text": ""}, error, tries
