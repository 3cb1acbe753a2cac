"""Whether the bots of a config, and the models that they think with, fit together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...core.bot_seats.bot_settings import BotSettings
from ...core.create import AGENTS
from ...text import did_you_mean, nearest, quoted
from ..diagnostics import Findings, KeyPath

if TYPE_CHECKING:
    from ..schema import Config, ModelConfig, TaskConfig

PRICE = "price"
"""Under this key of its settings a model has what its tokens cost."""


def check_models(config: Config, findings: Findings) -> None:
    """Find bots without a model, and whatever else of them could never work as it is written."""
    for task in config.tasks.values():
        for path, bot in bots_of(task):
            _check_model_of(path, bot, config, findings)
            _check_pace(path, bot, findings)
        _check_roles(task, findings)
        _check_filling(task, findings)
        _check_costs(task, config, findings)
    if config.moderation is not None:
        _check_exists(config.moderation.model, ("moderation", "model"), config, findings)
    _check_study_cost(config, findings)


def bots_of(task: TaskConfig) -> Iterator[tuple[KeyPath, BotSettings]]:
    """Yield the bots that a task may seat, each with where it stands."""
    for role, bot in task.bots.items():
        yield ("tasks", task.key, "bots", role), bot
    if task.fill_with is not None:
        yield ("tasks", task.key, "fill_with"), task.fill_with.bot


def models_in_use(config: Config) -> frozenset[str]:
    """Return the names of the models that some bot thinks with or may come to think with, and of who moderates."""
    bots = [bot for task in config.tasks.values() for _, bot in bots_of(task)]
    others = [task.on_bot_error.replace_with for task in config.tasks.values()]
    moderator = [] if config.moderation is None else [config.moderation.model]
    replacements = [bot.on_error.replace_with for bot in bots]
    return frozenset(name for name in (*(bot.model for bot in bots), *replacements, *others, *moderator) if name)


def _check_model_of(path: KeyPath, bot: BotSettings, config: Config, findings: Findings) -> None:
    if bot.model:
        at = (*path, "model")
        _check_exists(bot.model, at if at in findings.marks else path, config, findings)
    other = bot.on_error.replace_with
    if not other:
        return
    own: KeyPath = (*path, "on_bot_error", "replace_with")
    at = own if own in findings.marks else (*path[:2], "on_bot_error", "replace_with")
    if other == bot.model:
        message = f"expected another model than {quoted(other)}, which is the one that has failed then"
        hint = "name another one, or write on_bot_error: {say: …}"
        if at != own:
            hint = f"give {'.'.join(map(str, path[2:]))} an on_bot_error of its own, or name another model"
        findings.add("replaces-itself", at, message, hint)
    elif not findings.has_error_at(at):
        _check_exists(other, at, config, findings)


def _check_pace(path: KeyPath, bot: BotSettings, findings: Findings) -> None:
    if not bot.disclose and bot.pace is None:
        message = "people are not told that this is a bot, and without a pace its times may tell them"
        findings.add("times-tell", (*path, "pace"), message, "take pace: null out")


def _check_exists(name: str, path: KeyPath, config: Config, findings: Findings) -> None:
    if name in config.models or findings.has_error_at(("models", name)):
        return
    message = f"expected the name of a model, got {quoted(name)}"
    hint = did_you_mean(name, config.models, "models") or f"add models: {{{name}: {{model: …}}}}"
    findings.add("unknown-model", path, message, hint)


def _check_roles(task: TaskConfig, findings: Findings) -> None:
    seen: dict[str, str] = {}
    for role in task.bots:
        other = seen.setdefault(role.strip().casefold(), role)
        if other != role:
            message = f"expected each role once, got {quoted(role)} and {quoted(other)}"
            findings.add("role-twice", ("tasks", task.key, "bots", role), message, "rename one", at_key=True)
            continue
        meant = None if role in task.talk.roles else nearest(role, task.talk.roles)
        if meant is not None and not _differ_by_number(role, meant):
            message = f"expected one of the task's roles, got {quoted(role)}: people may be given {quoted(meant)}"
            hint = f"did you mean {quoted(meant)}? Else add {quoted(role)} to roles:"
            findings.add("unlike-roles", ("tasks", task.key, "bots", role), message, hint, at_key=True)


def _differ_by_number(one: str, other: str) -> bool:
    """Whether two roles are told apart by a number, so that none is a slip of the other: Guest 2 and Guest 3."""
    return _without_digits(one) == _without_digits(other)


def _without_digits(role: str) -> str:
    return "".join(letter for letter in role.casefold() if not letter.isdigit()).strip()


def _check_filling(task: TaskConfig, findings: Findings) -> None:
    fill_with = task.fill_with
    if fill_with is None:
        return
    path: KeyPath = ("tasks", task.key, "fill_with")
    if task.agents_required == 1:
        message = f"nobody is ever missing in '{task.key}', which needs one person"
        findings.add("fill-never-used", path, message, "raise agents_required, or write bots:", at_key=True)
        return
    longest = fill_with.after * (1 + fill_with.jitter)
    if task.max_time_in_pool is not None and longest >= task.max_time_in_pool:
        who = "nobody waits" if fill_with.after >= task.max_time_in_pool else "not everybody waits"
        message = f"{who} for '{task.key}' as long as {longest:g} s: max_time_in_pool is {task.max_time_in_pool:g}"
        findings.add("fill-never-used", (*path, "after"), message, "lower after")


def _check_costs(task: TaskConfig, config: Config, findings: Findings) -> None:
    limits: dict[KeyPath, list[BotSettings]] = {}
    for path, bot in bots_of(task):
        own: KeyPath = (*path, "max_cost")
        if bot.max_cost is not None and bot.max_cost != task.max_cost:
            limits[own] = [bot]
    if task.max_cost is not None:
        limits[("tasks", task.key, "max_cost")] = [bot for _, bot in bots_of(task)]
    for path, bots in limits.items():
        names = {name for bot in bots for name in (bot.model, bot.on_error.replace_with) if name}
        _check_price(path, names, config, findings)


def _check_study_cost(config: Config, findings: Findings) -> None:
    if config.limits.max_cost is not None:
        _check_price(("limits", "max_cost"), set(config.models), config, findings)


def _check_price(path: KeyPath, names: set[str], config: Config, findings: Findings) -> None:
    if findings.has_error_at(("models",)) or not names <= set(config.models):
        return
    if any(_has_price(config.models[name]) for name in names):
        return
    which = f"none of {', '.join(sorted(names))} has" if names else "no model is named that has"
    message = f"nobody knows what is spent: {which} a price"
    hint = "write price: {prompt: …, completion: …} under the model, what a million tokens cost"
    findings.add("limit-never-reached", path, message, hint)


def _has_price(model: ModelConfig) -> bool:
    return bool(model.settings.get(PRICE)) or _knows_prices(model.kind.partition(":")[0])


def _knows_prices(kind: str) -> bool:
    """Whether models of a kind know by themselves what their tokens cost."""
    return kind in AGENTS.names() and getattr(AGENTS.find(kind), "knows_prices", False)
