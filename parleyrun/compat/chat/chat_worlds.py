"""The worlds that ParlAI's chat services bring along, for authors to inherit from."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, Self

from ...core.worlds.world import World


class ParlaiWorld(World):
    """A world whose constructor takes `(opt, agents)`, or `(opt, agent)` for the first of them, as in 2018."""

    @classmethod
    def generate_world(cls, opt: Mapping[str, Any], agents: Sequence[Any]) -> World:
        """Build the world for these agents."""
        names = list(inspect.signature(cls).parameters)
        return cls(opt, agents[0] if names[1:2] == ["agent"] else agents)


class OnboardWorld(ParlaiWorld):
    """An onboarding that is over with its first `parley()`, unless a subclass says otherwise.

    Args:
        opt: The options.
        agent: Who is onboarded.
    """

    def __init__(self, opt: Mapping[str, Any], agent: Any) -> None:
        super().__init__(opt, [agent])
        self.agent = agent
        self.episodeDone = False

    @classmethod
    def generate_world(cls, opt: Mapping[str, Any], agents: Sequence[Any]) -> Self:
        """Build the world for the first of these agents."""
        return cls(opt, agents[0])

    def parley(self) -> Any:
        self.episodeDone = True

    def episode_done(self) -> bool:
        return self.episodeDone


class SimpleMessengerOverworld(OnboardWorld):
    """An overworld that sends everybody to the task `default` at once."""

    def parley(self) -> Any:
        self.episodeDone = True
        return "default"


class CrowdWorld(ParlaiWorld):
    """A world of crowdsourcing, for one worker or several.

    Args:
        opt: The options.
        agent: Who is here, or a list of them.
    """

    def __init__(self, opt: Mapping[str, Any], agent: Any) -> None:
        agents = list(agent) if isinstance(agent, list | tuple) else [agent]
        super().__init__(opt, agents)
        self.agent = self.mturk_agent = agents[0] if agents else None
        self.episodeDone = False

    def parley(self) -> Any:
        self.episodeDone = True

    def episode_done(self) -> bool:
        return self.episodeDone

    def prep_save_data(self, agents: Sequence[Any]) -> dict[str, Any]:
        """Return nothing to save besides what is on record."""
        return {}
