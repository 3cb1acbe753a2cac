"""The world: what steps by `parley()`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from types import TracebackType
from typing import Any, ClassVar, Self

from ..errors import WorldError
from .agents import Agent


class World:
    """What authors subclass: an overworld, an onboarding world or a task world.

    A service builds one with `generate_world(opt, agents)` and then calls `parley()` again and again, always
    on one thread at a time, until `episode_done()`. `agents` is the list of seats (a single agent is taken
    as a list of one).
    """

    MAX_AGENTS: ClassVar[int | None] = None
    """How many people this world can seat; None is any number. Checked against `agents_required`."""

    data: Any = {}
    """An onboarding world's findings, handed on as `agent.onboard_data`; None turns the person away."""

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self:
        # `data = {}` in a class body would be one dict for everybody who ever goes through that world.
        world = super().__new__(cls)
        if isinstance(cls.data, dict | list):
            world.data = deepcopy(cls.data)
        return world

    def __init__(
        self,
        opt: Mapping[str, Any] | None = None,
        agents: Sequence[Agent] | Agent | None = None,
        shared: Mapping[str, Any] | None = None,
    ) -> None:
        self.opt: Mapping[str, Any] = {} if opt is None else opt
        self.agents: list[Agent] = [agents] if isinstance(agents, Agent) else list(agents or ())
        self.shared = shared

    @classmethod
    def generate_world(cls, opt: Mapping[str, Any], agents: Sequence[Agent]) -> World:
        """Build the world for these agents. Authors override it, mostly as a static method."""
        return cls(opt, agents)

    def parley(self) -> Any:
        """Take one step: let agents act, let others observe. An overworld returns a task key or 'EXIT'."""
        raise WorldError(f"{type(self).__name__}.parley() is not written: every world needs one")

    def episode_done(self) -> bool:
        """Return True once the conversation is over."""
        return False

    def epoch_done(self) -> bool:
        """Return True once there is nothing left to step through."""
        return False

    def get_agents(self) -> list[Agent]:
        """Return the seats, in order."""
        return self.agents

    def getID(self) -> str:
        """Return the world's name, for logs."""
        return type(self).__name__

    def shutdown(self) -> None:
        """Let go of whatever the world holds. Called once, on a worker thread, after the last parley."""
        return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.shutdown()
