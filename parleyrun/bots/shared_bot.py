"""Shared bots: what worlds of ParlAI's kind get from a share table, and ask themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..core.act_dict import ActDict
from ..core.agents import Agent
from ..core.bot_seats.bot_agent import BotAgent
from ..core.bot_seats.bot_names import BOT_PREFIX
from ..core.message import Act
from .seat_history import SeatHistory

MakeSeated = Callable[[Agent], Any]


class SharedBot(BotAgent):
    """A model that a world asks itself. In a run its answers are on record, and are not asked for again.

    For all else it is the model: whatever that has, such as `history`, is found here too.

    Args:
        model: What thinks.
        name: Its name under `models:`.
    """

    def __init__(self, model: Any, name: str) -> None:
        super().__init__(model, f"{BOT_PREFIX}{name}", str(getattr(model, "id", name)))
        self.opt = getattr(model, "opt", self.opt)
        self._history = SeatHistory(self)

    def observe(self, act: Mapping[str, Any]) -> Any:
        self._history.add(act)
        return super().observe(act)

    def act(self, timeout: float | None = None) -> Act | None:
        """Return what the model says, to be edited in whichever way ParlAI's authors do."""
        act = super().act(timeout)
        if act is None:
            return None
        self._history.add(act)
        return ActDict(act)

    @property
    def history(self) -> Any:
        """What the model keeps as its history; without one, what was said here."""
        return getattr(self.model, "history", self._history)

    def reset(self) -> None:
        super().reset()
        self._history.reset()
        self.model.reset()

    def share(self) -> dict[str, Any]:  # type: ignore[override]  # it is no person's neighbour, and can be copied
        """Return what another copy of the model is built from."""
        table: dict[str, Any] = self.model.share()
        return table

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or "_seated" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        return getattr(self.model, name)


class SharedBotMaker:
    """Stands as `class` in the share table that worlds find; `create_agent_from_shared` calls it.

    Args:
        name: The model's name under `models:`.
        table: What the model's own `share()` returned.
        seat: Makes a copy of the model what sits in a seat.
    """

    def __init__(self, name: str, table: Mapping[str, Any], seat: MakeSeated) -> None:
        self._name = name
        self._own_table = table
        self._seat = seat
        self.table: Mapping[str, Any] = {**table, "class": self}
        """What worlds find."""

    def __call__(self, opt: Mapping[str, Any], shared: Mapping[str, Any]) -> SharedBot:
        kind: Callable[..., Agent] = self._own_table["class"]
        # A table that an author has changed is another one; the model itself knows nothing of this maker.
        own = self._own_table if shared is self.table else {**shared, "class": kind}
        return SharedBot(self._seat(kind(opt, own)), self._name)

    def __repr__(self) -> str:
        return f"SharedBotMaker({self._name})"
