"""A play: which task models play, who sits where, and under which conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import product

from ..config.models.model_checks import models_in_use
from ..config.plan import Plan, TaskPlan
from ..core.bot_seats.bot_settings import BotSettings
from ..core.conditions import Condition, Value
from ..core.message import FrozenDict
from ..errors import WorldError
from ..text import did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPlay:
    """What is played.

    Attributes:
        task: The task's key.
        models: Which model sits where, by role; of the task's own bots, too.
        model: Which one sits in the other places of people; None for none.
        condition: The values that conditions have; of the others each combination has its turn.
        rounds: How many lines there may be in a conversation, for each seat.
        seed: Where the chance in their pace begins; None leaves it as it is.
    """

    task: str
    models: Mapping[str, str] = field(default_factory=FrozenDict)
    model: str | None = None
    condition: Mapping[str, Value] = field(default_factory=FrozenDict)
    rounds: int = 50
    seed: int | None = None

    def cast_bots(self, task: TaskPlan) -> TaskPlan:
        """Return the task with its own bots as they are to be here."""
        return replace(task, bots=FrozenDict({role: self._cast(role, bot) for role, bot in task.bots.items()}))

    def stand_in(self, task: TaskPlan, role: str) -> BotSettings:
        """Return how the bot behaves that sits in the place of a person. Raises `WorldError` if there is none."""
        model = self.models.get(role, self.model)
        if model is None:
            raise WorldError(f"expected a model for the place of {role}, got none")
        config = task.config
        return BotSettings(
            model=model,
            on_error=config.on_bot_error,
            max_cost=config.max_cost,
            max_tokens_total=config.max_tokens_total,
        )

    def needs(self, task: TaskPlan) -> frozenset[str]:
        """Return the models that sit in the task, its bots being as they are here, or may come to sit there."""
        bots = task.bots.values()
        spare = [bot.on_error.replace_with for bot in bots] + [task.config.on_bot_error.replace_with]
        names = [*(bot.model for bot in bots), *self.models.values(), self.model, *spare]
        return frozenset(name for name in names if name)

    def _cast(self, role: str, bot: BotSettings) -> BotSettings:
        pace = bot.pace
        if pace is not None and self.seed is not None:
            pace = replace(pace, seed=self.seed)
        return replace(bot, model=self.models.get(role, bot.model), pace=pace)


def plan_with(plan: Plan, needed: frozenset[str]) -> Plan:
    """Return the plan without the models that only sit elsewhere, which need not be there now."""
    config = plan.config
    moderator = set() if config.moderation is None else {config.moderation.model}
    elsewhere = models_in_use(config) - needed - moderator
    return replace(plan, models=FrozenDict({n: m for n, m in plan.models.items() if n not in elsewhere}))


def combinations(
    conditions: Mapping[str, Condition], given: Mapping[str, Value]
) -> tuple[Mapping[str, Value], ...]:
    """Return what holds in one conversation after the other. Raises `WorldError` for what no condition can be."""
    for name, value in given.items():
        condition = conditions.get(name)
        if condition is None:
            hint = did_you_mean(name, conditions, "conditions") or "the config has none"
            raise WorldError(f"expected a condition of the config, got '{name}': {hint}")
        if value not in condition.values:
            known = ", ".join(map(str, condition.values))
            raise WorldError(f"expected a value of the condition '{name}' ({known}), got {value!r}")
    values = [(given[name],) if name in given else condition.values for name, condition in conditions.items()]
    return tuple(FrozenDict(dict(zip(conditions, each, strict=True))) for each in product(*values))
