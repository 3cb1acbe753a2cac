"""Agents: teachers, models, and whoever else acts in a world and observes."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, Self

from ..errors import AgentError
from .message import Act

if TYPE_CHECKING:
    from .metrics.metrics import Metric


class Agent(ABC):  # noqa: B024 - what is abstract is up to subclasses, such as teachers
    """Who acts in a world and observes: a teacher, a model, a person. To the world they all look the same.

    Subclasses write `act()`, and mostly `observe()`. Those that can be copied are built from `(opt, shared)`:
    without `shared` they load what they need, with it they take it from what `share()` of another one gave.
    An agent that can answer for many copies of itself at once has `batch_act(observations) -> acts` as well:
    for each copy what its `observe` returned last, `{}` if it was shown nothing since it last answered, None if
    it is not to answer; and as many acts in that order.
    An agent that a bot thinks with may have `fork() -> agent`, too: a copy for one answer, to keep or throw away.
    The fork goes on where the original is, and nothing that it is shown, or says, is seen in the original, which
    meanwhile is pickled on another thread. What all copies share it shares as well, so that forking is cheap. With
    a `fork()` a conversation goes on while the agent thinks; without one it waits for the answer.

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

    def respond(self, text_or_act: str | Act, **more: Any) -> str:
        """Return what the agent answers to a text, or to an act with a text, in words.

        Args:
            text_or_act: What it is asked.
            **more: What else is in the act: `episode_done`, `label_candidates` …

        Returns:
            The text of its answer; empty for silence.

        Raises:
            AgentError: The act has no text.
        """
        asked = {"text": text_or_act} if isinstance(text_or_act, str) else dict(text_or_act)
        if not isinstance(asked.get("text"), str):
            raise AgentError(
                f"expected a text, or an act with one, for {type(self).__name__}.respond(), got {asked!r:.60}"
            )
        self.observe({**asked, **more})
        return str((self.act() or {}).get("text") or "")

    def batch_respond(self, acts: Sequence[Act]) -> list[str]:
        """Return what copies of the agent answer to each of these acts, all at once where it has `batch_act`."""
        copies = [self.clone() for _ in acts]
        if not hasattr(self, "batch_act"):
            return [copy.respond(act) for copy, act in zip(copies, acts, strict=True)]
        observations = [copy.observe(act) for copy, act in zip(copies, acts, strict=True)]
        return [str((answer or {}).get("text") or "") for answer in self.batch_act(observations)]

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
