"""The models of an app: their shelf, and the options by which worlds find them."""

from __future__ import annotations

from dataclasses import replace

from ..bots.model_shelf import ModelShelf
from ..config.models.model_entries import ONE_FOR_ALL
from ..config.plan import Plan
from ..core.opt import Opt
from ..runner.timers import Timers

SHARED_BOT_PARAMS = "shared_bot_params"
"""Under this key of opt worlds find the share tables of the models, as in ParlAI."""


def make_model_shelf(plan: Plan, timers: Timers) -> ModelShelf:
    """Build the shelf of a plan's models, none of which is built yet."""
    opt = plan.config.opt
    # Where opt itself described the only model, ParlAI's authors find its share table without a name.
    is_older = set(plan.models) == {ONE_FOR_ALL} and "model" in opt
    return ModelShelf(plan.models, timers, ONE_FOR_ALL if is_older else None)


def with_shared_models(plan: Plan, shelf: ModelShelf) -> Plan:
    """Return the plan with options that have the shelf's share tables; the same one where there are no models."""
    if not plan.models:
        return plan
    return replace(plan, opt=Opt({**plan.opt, SHARED_BOT_PARAMS: shelf.tables}))


def has_hidden_bots(plan: Plan) -> bool:
    """Whether there is a bot of which people are not told."""
    return any(
        not bot.disclose
        for task in plan.tasks.values()
        for bot in (*task.bots.values(), *([] if task.fill_with is None else [task.fill_with.bot]))
    )
