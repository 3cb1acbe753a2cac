"""Opening a model: it is built, and asked once, before anybody is let in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from traceback import extract_tb
from typing import Any

from ..config.models.model_kinds import ModelPlan
from ..core.agents import Agent
from ..core.sharing import create_agent_from_shared
from ..core.thinking import SURROUNDINGS, CallLater, Thinking
from ..errors import AgentError, EngineError, ModelError, ModelFailure, ParleyrunError
from ..runner.timers import Timers
from .batched_model import batched
from .opt_names import FOLDER, FUNCTIONS, MODEL_NAME, PICTURES, TIMERS
from .pictures import Pictures
from .replicated.replica_route import ReplicaFacts, ReplicaRoute
from .replicated.replicated_model import ReplicatedModel

HELLO = "Hello."
"""What a model is asked that says of no way of its own to be checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenModel:
    """A model that is there.

    Attributes:
        agent: What was built; it holds what all seats share.
        table: Its share table, the same one for all seats.
        described: What it is, in a few words: `llama3.2 at http://localhost:11434/v1`.
    """

    agent: Agent
    table: Mapping[str, Any]
    described: str


def opt_of(plan: ModelPlan, timers: Timers, pictures: Pictures | None = None) -> dict[str, Any]:
    """Return the options that a model is built from: its settings, and what it needs of the service."""
    return {
        **{key: _plain(value) for key, value in plan.config.all_settings.items()},
        "model": plan.config.kind,
        MODEL_NAME: plan.name,
        FOLDER: str(plan.folder),
        FUNCTIONS: plan.functions,
        TIMERS: timers,
        PICTURES: pictures,
    }


class ModelOpening:
    """Opens one model. On a thread of its own; `give_up` is for any.

    Args:
        plan: Which.
        timers: Of the service.
        pictures: Of the service; None where there is none.
        route: The way to replicas on a cluster; None where there is none, and every model is built here.
    """

    def __init__(
        self,
        plan: ModelPlan,
        timers: Timers,
        pictures: Pictures | None = None,
        route: ReplicaRoute | None = None,
    ) -> None:
        self.plan = plan
        self._timers = timers
        self._pictures = pictures
        self._route = route
        self._given_up = threading.Event()
        self.built: Agent | None = None
        """What has to be closed, whatever comes of the rest."""

    def run(self) -> OpenModel:
        """Build the model, and ask it once unless its config says otherwise: here, or each of its replicas there.

        Raises:
            AgentError: It cannot be built.
            ModelError: It does not answer.
            MissingExtra: It needs a package that is not installed.
        """
        if self._route is not None and self.plan.config.replicas is not None:
            return self._replicated(self._route)
        agent = self.built = self._guarded(
            "cannot be built", lambda: self.plan.kind(opt_of(self.plan, self._timers, self._pictures))
        )
        table = self._guarded("cannot be shared", agent.share)
        if not isinstance(table, Mapping) or "class" not in table or "opt" not in table:
            raise AgentError(
                f"model '{self.plan.name}': expected {type(agent).__name__}.share() to return a table with class "
                f"and opt, got {table!r:.60}; write return {{**super().share(), …}}"
            )
        config = self.plan.config
        max_batch: int | None = config.max_batch or getattr(self.plan.kind, "default_max_batch", None)
        if max_batch is not None:
            agent = self.built = batched(agent, table, max_batch, config.max_wait_ms / 1000, self._timers)
            table = agent.share()
        copy = self._guarded("cannot be copied", lambda: create_agent_from_shared(table))
        if config.check:
            self._guarded("does not answer", lambda: self._ask(copy))
        return OpenModel(agent=agent, table=table, described=self._described(agent))

    def _replicated(self, route: ReplicaRoute) -> OpenModel:
        """Have its replicas started, and return what stands for them here."""
        name = self.plan.name
        facts = _opened(route, name)
        opt = opt_of(self.plan, self._timers, self._pictures)
        agent = self.built = ReplicatedModel(opt, name, facts, route, self._timers)
        return OpenModel(agent=agent, table=agent.share(), described=agent.described())

    @property
    def is_given_up(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._given_up.is_set()

    def give_up(self) -> None:
        """Nobody waits for it any more."""
        self._given_up.set()

    def _ask(self, copy: Any) -> None:
        token = SURROUNDINGS.set(_OpeningThread(self._given_up))
        try:
            check = getattr(copy, "check", None)
            if check is not None:
                check()
                return
            copy.observe({"id": "", "text": HELLO, "episode_done": False})
            copy.act()
        finally:
            SURROUNDINGS.reset(token)

    def _described(self, agent: Any) -> str:
        described = getattr(agent, "described", None)
        return str(described()) if callable(described) else self.plan.config.kind

    def _guarded(self, what: str, work: Callable[[], Any]) -> Any:
        name = self.plan.name
        try:
            return work()
        except ModelError as error:
            raise ModelError(f"model '{name}': {error}", error.cause, status=error.status) from error
        except ParleyrunError as error:
            if str(error).startswith(f"model '{name}'"):
                raise
            raise AgentError(f"model '{name}': {error}") from error
        except (Exception, SystemExit) as error:
            # The first two frames are ours; all that follow are the author's, and what they called.
            frames = [
                f"  {frame.filename}:{frame.lineno} in {frame.name}: {frame.line}"
                for frame in extract_tb(error.__traceback__)[2:]
            ]
            raised = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            message = "\n".join([f"model '{name}' {what}: {raised}", *frames])
            if what == "does not answer":
                raise ModelError(message, ModelFailure.CODE) from error
            raise AgentError(message) from error


class _OpeningThread(Thinking):
    """The surroundings of a model that is asked before anybody is let in: whatever time says, waiting takes time.

    The clock of the service may stand still until somebody moves it, who waits for this very moment to be over.
    """

    bots = None

    def __init__(self, given_up: threading.Event) -> None:
        self._given_up = given_up

    def think(self, work: Callable[[Thinking], Any]) -> Any:
        return work(self)

    def is_over(self) -> bool:
        return self._given_up.is_set()

    def wait(self, seconds: float, call_later: CallLater) -> None:
        self._given_up.wait(seconds)


def _opened(route: ReplicaRoute, name: str) -> ReplicaFacts:
    """Have the replicas of a model started. What is wrong with the model is told as of one that is built here."""
    try:
        return route.open(name)
    except EngineError as error:
        if error.of_model is not None:
            raise error.of_model from error
        raise


def _plain(value: Any) -> Any:
    """Return a frozen value as an author may change it: mappings as dicts, tuples as lists."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
