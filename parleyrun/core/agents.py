"""Agents: teachers, models, and whoever else acts in a world and observes."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, Self

from ..errors import AgentError
from .message import Act
from .seats import ParlaiNames, Seat

if TYPE_CHECKING:
    from .metrics.metrics import Metric


class Agent(ABC):  # noqa: B024 - what is abstract is up to subclasses, such as teachers
    """Who acts in a world and observes: a teacher, a model, a person. To the world they all look the same.

    Subclasses write `act()`, and mostly `observe()`. Those that can be copied are built from `(opt, shared)`:
    without `shared` they load what they need, with it they take it from what `share()` of another one gave.
    An agent that can answer for many copies of itself at once has `batch_act(observations) -> acts` as well:
    for each copy what its `observe` returned last, `{}` if it was shown nothing since it last answered, None if
    it is not to answer; and as many acts in that order.

    `id` names the seat for the record, `disp_id` (also called `role`) is what others see as the speaker; it is
    given by `assign_roles`, and until then it is None.

    Args:
        opt: The options, any mapping; it is never changed.
        shared: What `share()` of the agent gave that this one is a copy of.
        id: Its name for the record; the name of its class if left out.
        role: What others see as the speaker.

    Raises:
        AgentError: `opt` is no mapping.
    """

    is_bot: bool = True
    """Whether a program acts here, and no person."""

    # Which conversation this is, in a service (see `Seat`).
    task_id: str | None = None
    conversation_id: str | None = None
    run_id: str | None = None

    def __init__(
        self,
        opt: Mapping[str, Any] | None = None,
        shared: Mapping[str, Any] | None = None,
        *,
        id: str | None = None,
        role: str | None = None,
    ) -> None:
        if opt is not None and not isinstance(opt, Mapping):
            raise AgentError(f"expected a mapping at 'opt' of {type(self).__name__}(opt, shared), got {opt!r:.60}")
        self.opt: Mapping[str, Any] = {} if opt is None else opt
        self.id: str = type(self).__name__ if id is None else id
        self.disp_id = role
        self.observation: Act | None = None

    @property
    def role(self) -> str:
        """The same as `disp_id`, for where there is one: an agent in a task world has a role."""
        return self.disp_id  # type: ignore[return-value]  # None before roles are given, and who asks then knows it

    @role.setter
    def role(self, role: str) -> None:
        self.disp_id = role

    def act(self) -> Act | None:
        """Return what this agent says next, or None when it has nothing to say yet."""
        raise AgentError(f"{type(self).__name__}.act() is not written: every agent needs one")

    def observe(self, act: Act) -> Any:
        """Show this agent what somebody said, and return what it makes of it, which is what `batch_act` gets."""
        self.observation = act
        return act

    def self_observe(self, act: Act) -> None:
        """Told what was said in this one's name without asking it, as by `batch_act` of another copy."""
        return

    def unanswered(self) -> None:
        """Told, at the end of a round that it began, that nobody else said anything in it."""
        return

    def getID(self) -> str:
        """Return the agent's name."""
        return self.id

    def episode_done(self) -> bool:
        """Return True once this agent will say nothing more."""
        return False

    def epoch_done(self) -> bool:
        """Return True once this agent has gone through all it has. Agents without data never have."""
        return False

    def reset(self) -> None:
        """Forget the conversation; an agent with data begins at its beginning again. Metrics are kept."""
        self.observation = None

    def report(self) -> dict[str, Metric]:
        """Return what was measured since the last `reset_metrics`, by name. Each copy reports its own."""
        return {}

    def reset_metrics(self) -> None:
        """Begin to measure anew."""
        return

    def share(self) -> dict[str, Any]:
        """Return what another agent of this class is built from. What is large is in it once, for all copies."""
        return {"class": type(self), "opt": self.opt}

    def clone(self) -> Self:
        """Return a copy that shares what can be shared."""
        return type(self)(self.opt, self.share())

    def shutdown(self) -> None:
        """Let go of whatever the agent holds. Called once, when its world has ended."""
        return

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} role={self.disp_id!r}>"


class Model(Protocol):
    """What a bot thinks with: anything that can be shown an act and asked for one."""

    def observe(self, act: Act) -> Any: ...

    def act(self) -> Act | None: ...


class BotAgent(ParlaiNames, Agent):
    """A seat for a model among people. It speaks under its role, whatever the model calls itself.

    A service that keeps a record sets `recorder`, which asks the bot, or returns what it answered before the
    service was restarted; then a model that has `self_observe` is told so.

    Args:
        model: What it thinks with; it has `observe(act)` and `act()`.
        id: Its name for the record.
        role: What others see as the speaker; without one that is its `id`.
    """

    def __init__(self, model: Model, id: str = "bot", role: str | None = None) -> None:
        super().__init__(id=id, role=role)
        self.model = model
        self.data: dict[str, Any] = {}
        self.stored_data: dict[str, Any] = {}
        self.onboard_data: Any = None
        self.message_partners: Sequence[Seat] = ()
        self.recorder: Callable[[Callable[[], Act | None]], Act | None] | None = None
        self._asked = False

    def act(self, timeout: float | None = None) -> Act | None:
        """Return what the model says; None if it has nothing to say. `timeout` is for people."""
        if self.recorder is None:
            return self._ask()
        self._asked = False
        act = self.recorder(self._ask)
        tell = getattr(self.model, "self_observe", None)
        if tell is not None and not self._asked:
            tell(act)
        return act

    def act_blocking(self, timeout: float | None = None) -> Act:
        """Return what the model says; an act without words if it has nothing to say."""
        act = self.act()
        return {"id": self.disp_id or self.id, "text": "", "episode_done": False} if act is None else act

    def _ask(self) -> Act | None:
        self._asked = True
        act = self.model.act()
        return None if act is None else {**act, "id": self.disp_id or self.id}

    def observe(self, act: Mapping[str, Any]) -> Any:
        """Show the model what somebody said, and return what it makes of it."""
        return self.model.observe(act if isinstance(act, dict) else dict(act))

    def put_data(self, message: Mapping[str, Any]) -> None:
        """Show the model a message."""
        self.observe(message)

    def share(self) -> NoReturn:
        raise AgentError(f"the seat of {self.id} among people cannot be copied: copy its model")

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "recorder": None, "_asked": False}
