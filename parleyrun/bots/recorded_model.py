"""A recorded model: one that does not tell by itself what it took to answer."""

from __future__ import annotations

from typing import Any

from ..core.message import Act
from ..core.model_answer import ModelAnswer
from ..core.thinking import think
from ..errors import ModelError, ModelFailure
from ..runner.timers import Timers

_OWN = frozenset({"agent", "last_answer", "_name", "_timers"})


class RecordedModel:
    """A seat's copy of a local model, with what each answer took. For all else it is that copy.

    What it is asked is answered outside of the slot of its run.

    Args:
        agent: The copy.
        name: The model's name under `models:`.
        timers: Measure how long an answer takes.
    """

    def __init__(self, agent: Any, name: str, timers: Timers) -> None:
        self.agent = agent
        self.last_answer: ModelAnswer | None = None
        """What it took to answer the last time."""
        self._name = name
        self._timers = timers

    def observe(self, act: Act) -> Any:
        return self.agent.observe(act)

    def act(self) -> Act | None:
        """Return what the agent says."""
        self.last_answer = None
        began = self._timers.clock.monotonic()
        try:
            act: Act | None = think(lambda _: self.agent.act())
        except Exception as error:
            cause = error.cause if isinstance(error, ModelError) else ModelFailure.CODE
            told = f"{type(error).__name__}: {error}"
            self.last_answer = self._answer(began, failure=cause.value, error=told)
            raise
        self.last_answer = self._answer(began, text=str((act or {}).get("text") or ""))
        return act

    def _answer(self, began: float, text: str = "", failure: str = "", error: str = "") -> ModelAnswer:
        seconds = self._timers.clock.monotonic() - began
        return ModelAnswer(model=self._name, text=text, seconds=seconds, failure=failure, error=error)

    def _fork(self) -> RecordedModel:
        return RecordedModel(self.agent.fork(), self._name, self._timers)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "agent" not in self.__dict__:
            raise AttributeError(name)
        found = getattr(self.agent, name)
        return self._fork if name == "fork" else found

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _OWN:
            object.__setattr__(self, name, value)
        else:
            setattr(self.agent, name, value)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
