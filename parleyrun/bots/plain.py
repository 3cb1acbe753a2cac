"""What agents have in common whose answer depends on nothing but what they are asked."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, Self

from ..config.sections import Section
from ..core.agents import Agent
from ..core.message import Act

NO_IDEA = "I don't know."
"""What an agent says that has nothing to choose from."""

MOST_RANKED = 100
"""How many candidates a ranking has at most."""

_NOTHING: Act = {}


class PlainAgent(Agent):
    """Answers each observation for itself, so one copy can answer for all."""

    settings_section: Section | None = None
    """What stands in an entry of `models:` of its kind."""

    @abstractmethod
    def answer(self, observation: Mapping[str, Any]) -> Act:
        """Return the answer to what was observed."""

    def act(self) -> Act:
        return self.answer(self.observation or _NOTHING)

    def batch_act(self, observations: Sequence[Act | None]) -> list[Act]:
        """Return an answer to each observation, in the same order."""
        answer = self.answer
        return [answer(observation or _NOTHING) for observation in observations]

    def fork(self) -> Self:
        """Return a copy for one answer; one that changes what it remembers copies that, too."""
        return copy(self)
