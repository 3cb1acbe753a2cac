"""Agents by the names people give: models of a file, which are opened first, and whatever else there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from ..bots.model_shelf import ModelShelf
from ..config.models.model_entries import section_of
from ..config.models.model_kinds import ModelPlan
from ..core.agents import Agent
from ..core.create import AGENTS, load_agent_class
from ..core.message import FrozenDict
from ..errors import AgentError
from ..runner.timers import ThreadTimers
from ..text import did_you_mean
from .tasks_and_agents import look_in_current_folder, make_agent

_MODEL = "model"
_SEED = "seed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChoice:
    """Who is wanted.

    Attributes:
        opt: The options; `model` names the agent.
        given: Which of them somebody has chosen, and not left as they are. They go before what a file says. A kind
            that says which settings it has is given no seed that nobody chose, and of a file's models these only.
    """

    opt: Mapping[str, Any]
    given: frozenset[str] = field(default_factory=frozenset)

    @property
    def name(self) -> str:
        """What the agent is called."""
        return str(self.opt.get(_MODEL) or "")

    @property
    def own_settings(self) -> dict[str, Any]:
        """What was chosen for it."""
        return {key: value for key, value in self.opt.items() if key in self.given and key != _MODEL}


@contextmanager
def open_agents(
    choices: Sequence[AgentChoice], models: Mapping[str, ModelPlan], tell: Callable[[str], object]
) -> Iterator[list[Agent]]:
    """Yield an agent for each choice. Models of the file are asked once before, and closed after the block.

    Args:
        choices: Who is wanted.
        models: Those of a file, by the names that a choice may have.
        tell: Called with a line for each model of the file that is open.

    Raises:
        AgentError: There is no such agent, or it cannot be built.
        ModelError: A model of the file does not answer.
    """
    look_in_current_folder()
    plans, names = _plans_of(choices, models)
    with _open_shelf(plans, tell) as shelf:
        yield [
            _made(choice, models) if name is None else shelf.copy(name)
            for choice, name in zip(choices, names, strict=True)
        ]


@contextmanager
def _open_shelf(plans: Mapping[str, ModelPlan], tell: Callable[[str], object]) -> Iterator[ModelShelf]:
    """Yield the models, which are open while the block runs."""
    timers = ThreadTimers()
    shelf = ModelShelf(plans, timers)
    if not plans:
        yield shelf  # and start no thread: processes may be forked
        return
    timers.start()
    try:
        shelf.start(tell)
        yield shelf
    finally:
        shelf.close()
        timers.close()


def _plans_of(
    choices: Sequence[AgentChoice], models: Mapping[str, ModelPlan]
) -> tuple[dict[str, ModelPlan], list[str | None]]:
    """Return the models to be opened, and for each choice which of them it is; None for one that is none."""
    plans: dict[str, ModelPlan] = {}
    names: list[str | None] = []
    for choice in choices:
        plan = models.get(choice.name)
        if plan is None:
            names.append(None)
            continue
        plan = _with_own_settings(plan, choice)
        same = next((name for name, known in plans.items() if known.config == plan.config), None)
        if same is None:
            same = plan.name if plan.name not in plans else f"{plan.name} {len(plans) + 1}"
            plans[same] = replace(plan, name=same)
        names.append(same)
    return plans, names


def _with_own_settings(plan: ModelPlan, choice: AgentChoice) -> ModelPlan:
    common = {} if section_of(plan.kind) is not None else {k: v for k, v in choice.opt.items() if k != _MODEL}
    config = plan.config
    return replace(
        plan,
        config=replace(config, settings=FrozenDict({**common, **config.settings, **choice.own_settings})),
    )


def _made(choice: AgentChoice, models: Mapping[str, ModelPlan]) -> Agent:
    name = choice.name
    if models and ":" not in name and "." not in name and name not in AGENTS.names():
        hint = did_you_mean(name, [*models, *AGENTS.names()], "models and agents")
        raise AgentError(f"expected the name of a model or of an agent, got '{name}': {hint}")
    section = section_of(load_agent_class(name))
    known = () if section is None else section.names
    unsaid = {key for key in (_SEED,) if key in known and key not in choice.given}
    return make_agent({key: value for key, value in choice.opt.items() if key not in unsaid})
