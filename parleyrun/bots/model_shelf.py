"""The shelf of models: each of a config's, built once and shared by all seats."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..config.models.model_kinds import ModelPlan
from ..core.agents import Agent
from ..core.asking import shut_down
from ..core.bot_seats.model_source import ModelFigures
from ..core.bot_seats.promises import Promises
from ..core.bot_seats.shared_values import SharedValues
from ..core.model_answer import ModelAnswer
from ..core.sharing import create_agent_from_shared
from ..errors import AgentError, ModelError
from ..runner.timers import Timers
from ..text import did_you_mean
from .model_opening import ModelOpening, OpenModel
from .model_tally import ModelTally
from .pictures import Pictures
from .recorded_model import RecordedModel
from .replicated.replica_route import ReplicaRoute
from .share_tables import ShareTables
from .shared_bot import SharedBotMaker

log = logging.getLogger(__name__)

SIDE_BY_SIDE = 8
"""How many models are opened at the same time."""

TELL_AFTER_SECONDS = 10.0
"""After so long it is said, again and again, which models are still waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedModels:
    """Models of other plans, opened and not seated yet; `built` is what has to be closed one day."""

    plans: Mapping[str, ModelPlan]
    opened: Mapping[str, OpenModel]
    built: list[Agent]

    def close(self) -> None:
        """Let go of them, as nobody takes them."""
        shut_down(self.built)


class ModelShelf:
    """The models of a config (`core.bot_seats.model_source.ModelSource`). Constructing is cheap and silent.

    `start` and `close` are for one thread, all else for any.

    Args:
        plans: The models, by name.
        timers: What time it is, and when it has passed.
        one_for_all: The model whose share table stands in `opt` without a name, as in ParlAI's older configs.
        pictures: Where the service keeps pictures; None where there is no service.
    """

    def __init__(
        self,
        plans: Mapping[str, ModelPlan],
        timers: Timers,
        one_for_all: str | None = None,
        pictures: Pictures | None = None,
    ) -> None:
        self._plans = plans
        self._timers = timers
        self._pictures = pictures
        self._open: dict[str, OpenModel] = {}
        self._share_tables: dict[str, Mapping[str, Any]] = {}
        self._worlds_tables: dict[str, Mapping[str, Any]] = {}
        self._built: list[Agent] = []
        self._route: ReplicaRoute | None = None
        self._tally = ModelTally(plans)
        self.tables = ShareTables(self._worlds_tables, one_for_all)
        """The share tables by name, for `opt['shared_bot_params']`; there are none before `start()`."""
        self.shared = SharedValues()
        self.promises = Promises()

    def __len__(self) -> int:
        return len(self._plans)

    def reach_replicas(self, route: ReplicaRoute) -> None:
        """Have models that are to live on a cluster do so. Before `start()`; without it they are built here.

        Args:
            route: The way there.
        """
        self._route = route

    def promise_by(self, promises: Promises) -> None:
        """Have somebody else promise what requests may take. Before a service is made of these models."""
        self.promises = promises

    def start(self, tell: Callable[[str], object] = log.info) -> None:
        """Open all models, several side by side, with a line for each.

        Args:
            tell: Called with each line, on this thread.

        Raises:
            AgentError: One of them cannot be built, and nothing is left open. The message has a line for each.
            ModelError: All could be built, and one does not answer.
        """
        if not self._plans:
            return
        changed = self.open_others(self._plans, lambda _: True, tell)
        self.shared.add_common("timers", self._timers)
        self.shared.add_common("tables", self.tables)
        self.take(changed)

    def open_others(
        self,
        plans: Mapping[str, ModelPlan],
        is_other: Callable[[ModelPlan], bool],
        tell: Callable[[str], object] = log.info,
    ) -> ChangedModels:
        """Open the models of other plans, which nobody sits down with before they are taken.

        Args:
            plans: The models, by name.
            is_other: Whether one is another than that of its name which is open, if one is; only such are opened.
            tell: As for `start`, and what is raised.
        """
        plans_of_others = [plan for name, plan in plans.items() if name not in self._open or is_other(plan)]
        openings = [ModelOpening(plan, self._timers, self._pictures, self._route) for plan in plans_of_others]
        built: list[Agent] = []
        try:
            opened, failed = _open_all(openings, built, tell)
            if failed:
                raise _one_error(failed)
        except BaseException:
            shut_down(built)
            raise
        return ChangedModels(plans=plans, opened=opened, built=built)

    def take(self, changed: ChangedModels) -> None:
        """Seat the models that were opened, from now on. Those before them stay open for who talks with them."""
        self._built += changed.built
        for name in [name for name in changed.plans if name in changed.opened]:
            model = self._open[name] = changed.opened[name]
            self._share_tables[name] = model.table
            self._worlds_tables[name] = SharedBotMaker(name, model.table, partial(self._seated, name)).table
            self.shared.add(name, model.table)
            self.shared.add_beside(name, "shared_bot_params", self._worlds_tables[name])
        self._plans = changed.plans

    def plan(self, name: str) -> ModelPlan | None:
        """Return what a model was opened by; None if there is none of that name."""
        return self._plans.get(name)

    def opened(self, name: str) -> OpenModel:
        """Return a model that is open. Raises `KeyError`."""
        return self._open[name]

    def close(self) -> None:
        """Let go of what the models hold. Calling it twice is harmless."""
        built = list(self._built)
        self._built.clear()
        shut_down(built)

    def seat(self, name: str) -> Any:
        """Return a model of that name for one seat: it shares what is large, and its conversation is its own.

        Raises:
            AgentError: There is none of that name, or it is not open yet.
        """
        return self._seated(name, self.copy(name))

    def copy(self, name: str) -> Agent:
        """Return a copy of that model as its class made it, for worlds of a program's own; raises as `seat`."""
        table = self._share_tables.get(name)
        if table is not None:
            return create_agent_from_shared(table)
        if name in self._plans:
            raise AgentError(
                f"expected the models to be open before '{name}' is asked for: that is when the app starts"
            )
        hint = did_you_mean(name, self._plans, "models") or "there are none: add models:"
        raise AgentError(f"expected the name of a model, got '{name}': {hint}")

    def _seated(self, name: str, agent: Agent) -> Any:
        return agent if hasattr(agent, "last_answer") else RecordedModel(agent, name, self._timers)

    def counted(self, answer: ModelAnswer) -> None:
        """Count a time that a model was asked."""
        self._tally.add(answer)

    def trouble(self) -> dict[str, str]:
        """Return what keeps models from answering now, by their names."""
        found = {}
        for name, model in self._open.items():
            ask = getattr(model.agent, "trouble", None)
            told = ask() if callable(ask) else None
            if told:
                found[name] = str(told)
        return found

    def figures(self) -> Sequence[ModelFigures]:
        """Return how the models do, in the order of the config."""
        return self._tally.figures(self.trouble())


def _open_all(
    openings: Sequence[ModelOpening], built: list[Agent], tell: Callable[[str], object]
) -> tuple[dict[str, OpenModel], dict[str, AgentError | ModelError]]:
    """Open models side by side; return those that are open, and what went wrong with the others."""
    waiting: queue.SimpleQueue[ModelOpening] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[ModelOpening, OpenModel | BaseException, float]] = queue.SimpleQueue()
    for opening in openings:
        waiting.put(opening)
    for number in range(min(SIDE_BY_SIDE, len(openings))):
        # Daemons: somebody who gives up must not wait for a library that loads.
        threading.Thread(
            target=_open_some, args=(waiting, done), name=f"parleyrun-models-{number}", daemon=True
        ).start()
    opened: dict[str, OpenModel] = {}
    failed: dict[str, AgentError | ModelError] = {}
    left = {opening.plan.name for opening in openings}
    try:
        while left:
            try:
                opening, result, seconds = done.get(timeout=TELL_AFTER_SECONDS)
            except queue.Empty:
                tell(f"still waiting for models: {', '.join(sorted(left))}")
                continue
            name = opening.plan.name
            left.discard(name)
            if opening.built is not None:
                built.append(opening.built)
            if isinstance(result, OpenModel):
                opened[name] = result
                tell(f"model {name}: ready in {seconds:.1f} s ({result.described})")
            elif isinstance(result, AgentError | ModelError):
                failed[name] = result
            else:
                raise result
    except BaseException:
        for opening in openings:
            opening.give_up()
        raise
    return opened, failed


def _open_some(
    waiting: queue.SimpleQueue[ModelOpening],
    done: queue.SimpleQueue[tuple[ModelOpening, OpenModel | BaseException, float]],
) -> None:
    while True:
        try:
            opening = waiting.get_nowait()
        except queue.Empty:
            return
        began = time.monotonic()
        try:
            result: OpenModel | BaseException = opening.run()
        except BaseException as error:  # raised again on the thread that waits for it
            result = error
        done.put((opening, result, time.monotonic() - began))
        if opening.is_given_up and opening.built is not None:
            shut_down([opening.built])


def _one_error(failed: Mapping[str, AgentError | ModelError]) -> AgentError | ModelError:
    """Return the error that tells of all: one in their code goes before one of their servers."""
    first = next((error for error in failed.values() if isinstance(error, AgentError)), None)
    if len(failed) == 1:
        return next(iter(failed.values()))
    message = "\n".join(str(error) for error in failed.values())
    if first is not None:
        return AgentError(message)
    answered = next(error for error in failed.values() if isinstance(error, ModelError))
    return ModelError(message, answered.cause, status=answered.status)
