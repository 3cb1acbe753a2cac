"""A world with a state of its own, which acts change and agents see their part of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..agents import Agent
from ..asking import validate
from ..message import Act
from ..seats import Seat
from .dialog import MultiAgentDialogWorld


class ExecutableWorld(MultiAgentDialogWorld):
    """Agents act in turn; each act is executed, and then everybody observes what they can see of it.

    Subclasses write `execute`, and `init_world` for what the world is like in the beginning; `observe` says who
    sees what.

    Args:
        opt: The options, any mapping; it is never changed.
        agents: The seats, in their order; a single agent is taken as a list of one.
        shared: In place of agents, what `share()` of another world of this class gave: this one becomes its copy.

    Raises:
        WorldError: Neither agents nor shared are given.
    """

    def __init__(
        self,
        opt: Mapping[str, Any] | None = None,
        agents: Sequence[Seat | Agent] | Seat | Agent | None = None,
        shared: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(opt, agents, shared)
        self.acting: Seat | None = None
        """Whose act is being executed and observed."""
        self.init_world()

    def init_world(self) -> None:
        """Set the world up. Called once, when the agents are there."""
        return

    def execute(self, agent: Seat, act: Act) -> None:
        """Change the world as this agent's act says. Without one of your own nothing changes: everybody talks."""
        return

    def observe(self, agent: Seat, act: Act) -> Act | None:
        """Return what this agent is shown of an act that was executed; None for nothing.

        Without a method of your own, everybody sees the act but the one whose it is.
        """
        if self.acting is not None:
            return None if agent is self.acting else act
        return None if act.get("id") in (agent.id, agent.role) else act

    def deliver(self, index: int, act: Act) -> list[tuple[Seat, Any]]:
        self.acts[index] = act
        # By who acts rather than by name: two agents may well have the same one.
        self.acting = self.agents[index]
        try:
            self.execute(self.acting, act)
            observations = [(agent, self.observe(agent, act)) for agent in self.agents]
        finally:
            self.acting = None
        return [(agent, agent.observe(validate(shown))) for agent, shown in observations if shown is not None]
