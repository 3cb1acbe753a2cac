"""Stand-ins for models, which nobody builds to see whether a config is sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..config.models.bot_entries import bot_settings
from ..config.plan import Plan, TaskPlan
from ..core.agents import Agent
from ..core.bot_seats.bot_agent import BotAgent
from ..core.bot_seats.bot_settings import BotSettings
from ..core.bot_seats.shared_values import SharedValues, ValueName
from ..core.message import Act
from ..core.open_opt import OpenOpt
from ..core.opt import Opt

SHARED_BOT_PARAMS = "shared_bot_params"


class StandInModel(Agent):
    """Says nothing, and shares nothing."""

    def act(self) -> Act:
        return {"id": self.id, "text": "", "episode_done": False}


class StandInValues(SharedValues):
    """Has something under each name of a known model, and so says of others alone that they are missing.

    Args:
        models: The models that there are.
    """

    def __init__(self, models: Mapping[str, Any]) -> None:
        super().__init__()
        for name in models:
            self.add(name, {})

    def value(self, names: tuple[ValueName, ...]) -> Any:
        return {} if names[0][0] == "" else super().value(tuple(name[:1] for name in names))


class StandInService:
    """Stands in for what seats know as `manager`: it has bots, who say nothing, and does nothing else."""

    def bot(self, model: str, role: str | None = None, **settings: Any) -> BotAgent:
        """Return a bot who says nothing. Raises `ConfigError` for settings that are wrong."""
        given = bot_settings({"model": model, **settings}, f"service.bot({model!r})")
        return BotAgent(StandInModel(), id=model, role=role or model, settings=_without_functions(given))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *given, **more: None


def opt_with_models(plan: Plan) -> Mapping[str, Any]:
    """Return a plan's options, in which worlds find a stand-in for each model where the model will be."""
    tables = {
        name: {"class": StandInModel, "opt": {"model": model.config.kind}} for name, model in plan.models.items()
    }
    if isinstance(plan.opt, OpenOpt):
        alone = next(iter(tables.values())) if len(tables) == 1 else {}
        return OpenOpt({**plan.opt, SHARED_BOT_PARAMS: {**alone, **tables}})
    return Opt({**plan.opt, SHARED_BOT_PARAMS: tables})


def seated_bots(task: TaskPlan) -> list[BotAgent]:
    """Return the bots of a task, with their roles, none of which says anything."""
    return [
        BotAgent(StandInModel(), id=role, role=role, settings=_without_functions(bot))
        for role, bot in task.bots.items()
    ]


def _without_functions(bot: BotSettings) -> BotSettings:
    """A function of a world module that is no module, as in a notebook, could not be found again."""
    return replace(bot, reply=replace(bot.reply, decides=None))
