"""Agents: the seats a world holds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Protocol

from .message import Act


class Agent(ABC):
    """A seat in one world. People's seats and bots' seats look the same to the world that holds them.

    `id` names the seat for the record, `disp_id` (also called `role`) is what others see as the speaker and
    is given by `assign_roles`; until then it is None.
    """

    def __init__(self, id: str, role: str | None = None) -> None:
        self.id = id
        self.disp_id = role

    @property
    def role(self) -> str | None:
        """The seat's name: the same thing as `disp_id`."""
        return self.disp_id

    @role.setter
    def role(self, role: str | None) -> None:
        self.disp_id = role

    @abstractmethod
    def act(self) -> Act | None:
        """Return what this agent says next, or None when it has nothing to say yet."""

    @abstractmethod
    def observe(self, act: Act) -> Any:
        """Show this agent what somebody said."""

    def episode_done(self) -> bool:
        """Return True once this agent will say nothing more."""
        return False

    def shutdown(self) -> None:
        """Let go of whatever the agent holds. Called once, when its world has ended."""
        return

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} role={self.disp_id!r}>"


class Model(Protocol):
    """What a bot thinks with: anything that can be shown an act and asked for one."""

    def observe(self, act: Act) -> Any: ...

    def act(self) -> Act | None: ...


class BotAgent(Agent):
    """A seat for a model. It speaks under its role, whatever the model calls itself.

    A service that keeps a record sets `recorder`, which asks the bot, or returns what it answered before the
    service was restarted.
    """

    def __init__(self, model: Model, id: str = "bot", role: str | None = None) -> None:
        super().__init__(id, role)
        self.model = model
        self.recorder: Callable[[Callable[[], Act | None]], Act | None] | None = None

    def act(self) -> Act | None:
        return self._ask() if self.recorder is None else self.recorder(self._ask)

    def _ask(self) -> Act | None:
        act = self.model.act()
        return None if act is None else {**act, "id": self.disp_id or self.id}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "recorder": None}

    def observe(self, act: Act) -> Any:
        return self.model.observe(act)
