"""The plan: a config with every class and function resolved. From here on nobody looks anything up by name."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

from ..core.bot_seats.bot_settings import BotSettings
from ..core.conditions import Value, holds
from ..core.group_size import AgentsBy, GroupSize
from ..core.message import FrozenDict
from ..core.worlds.steps_world import AfterwardsSteps, WaitingSteps
from ..errors import ConfigError, RegistrationError
from .author_functions import HOOKS
from .building import draft_config
from .diagnostics import Finding, Findings, KeyPath
from .house import opt_with_house
from .importing import NameWatch, import_named_module, import_world_module
from .loading import parse, read_text
from .models.model_kinds import ModelPlan, resolve_bots, resolve_models
from .parlai.parlai_opt import check_models_of_parlai, parlai_opt
from .schema import Config, FillWith, TaskConfig
from .tasks.step_plans import StepResolver
from .tasks.talk_checks import check_roles_suffice, check_something_is_asked
from .tasks.talk_settings import PLAIN_TALK
from .world_classes import WorldFinder, add_missing_world

_NO_FILE = "config"
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPlan:
    """One task, resolved. `max_time_in_pool` is in seconds, None for ever; `bots` are by their roles.

    `agents_required` is the most people that it takes; `size` says so where it may begin with fewer.
    """

    key: str
    world: type[Any]
    onboard: type[Any] | None
    agents_required: int
    max_time_in_pool: float | None
    backup_task: str | None
    eligibility: Callable[[Any], bool] | None
    assign_roles: Callable[[list[Any]], Any] | None
    config: TaskConfig
    bots: Mapping[str, BotSettings] = field(default_factory=FrozenDict)
    agents_by: AgentsBy | None = None
    fill_with: FillWith | None = None
    size: GroupSize | None = None
    afterwards: type[AfterwardsSteps] | None = None
    meanwhile: type[WaitingSteps] | None = None
    waiting_text: str = ""

    @property
    def fewest(self) -> int:
        """With how many people it may begin."""
        return self.agents_required if self.size is None else self.size.least

    @property
    def onboards_by_condition(self) -> bool:
        """Whether its onboarding is another one for other values of conditions."""
        return any(entry.when is not None for entry in self.config.onboard)

    def sized(self, size: GroupSize) -> TaskPlan:
        """Return this task with another size of its groups, whatever anybody's condition says of it."""
        varies = size if size.least < size.most else None
        return replace(self, agents_required=size.most, size=varies, agents_by=None)

    def under(self, values: Mapping[str, Value]) -> TaskPlan:
        """Return this task as it is for those who have these values of the conditions."""
        if not self._depends_on_conditions:
            return self
        sized = self if self.agents_by is None else _sized(self, self.agents_by, values)
        filling = self.fill_with
        if filling is not None:
            there = _is_there(filling.bot, values)
            filling = replace(filling, bot=filling.bot.under(values)) if there else None
        bots = {role: bot.under(values) for role, bot in self.bots.items() if _is_there(bot, values)}
        return replace(sized, bots=FrozenDict(bots), fill_with=filling)

    @property
    def _depends_on_conditions(self) -> bool:
        bots = [*self.bots.values(), *([] if self.fill_with is None else [self.fill_with.bot])]
        return self.agents_by is not None or any(bot.when or bot.disclose_by for bot in bots)


def _is_there(bot: BotSettings, values: Mapping[str, Value]) -> bool:
    return bot.when is None or holds(bot.when, values)


def _sized(task: TaskPlan, by: AgentsBy, values: Mapping[str, Value]) -> TaskPlan:
    return replace(task.sized(by.then if holds(by.when, values) else by.otherwise), agents_by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A config that can be run.

    `module` is the world module, or whatever stood in for it; one that is empty where the config names none.
    """

    config: Config
    opt: Mapping[str, Any]
    module: Any
    overworld: type[Any]
    tasks: Mapping[str, TaskPlan]
    models: Mapping[str, ModelPlan] = field(default_factory=FrozenDict)
    module_initialize: Callable[[Any, Any], Any] | None = None
    after_agent_removed: Callable[[str], Any] | None = None
    mark_removed: Callable[[str, str | None], Any] | None = None
    confirm_message_delivery: Callable[[Any], Any] | None = None
    handle_message_read: Callable[[Any], Any] | None = None
    handle_bot_read: Callable[[str], Any] | None = None
    before_delivery: Callable[[Any, Any], Any] | None = None
    get_app_token: Callable[[], str] | None = None
    standing_names: Callable[[], str] | None = None
    """Says in a line for which names of ParlAI's ours stand; None where they do not."""

    @property
    def password(self) -> str | None:
        """What is asked for at the door: the config's `password`, or ParlAI's `opt: {password: …}`."""
        password = self.config.password if self.config.password is not None else self.opt.get("password")
        return None if password is None else str(password)


def check(path: Path, overrides: Mapping[str, Any] | None = None) -> tuple[Plan | None, list[Finding]]:
    """Read a config and everything it names. Author code runs on the calling thread.

    Args:
        path: The file.
        overrides: What is laid over the file, as in `load_config`.

    Returns:
        The plan, None where one of the findings is an error; and all that was found, in the order of the file.

    Raises:
        ConfigError: The file cannot be read as text (`unreadable` is True). Nothing else is raised.
    """
    findings = Findings(str(path))
    config = _read(path, overrides, findings)
    if config is None:
        return None, findings.in_order()
    plan = _resolved(config, findings)
    return (None if findings.has_errors else plan), findings.in_order()


def load_config(path: Path, overrides: Mapping[str, Any] | None = None) -> Config:
    """Read a config; nothing is imported.

    Args:
        path: The file.
        overrides: What is laid over the file, in its shape: mappings are merged, None removes a key, anything else
            replaces what the file says.

    Raises:
        ConfigError: The file cannot be read, or something in it is wrong; it has all findings.
    """
    findings = Findings(str(path))
    config = _read(path, overrides, findings)
    return _sound(config, findings)


def config_from_mapping(
    values: Mapping[str, Any], overrides: Mapping[str, Any] | None = None, *, path: Path | None = None
) -> Config:
    """Make a config of plain values.

    Args:
        values: Values in the shape of the file; `${NAME}` in them is not filled in.
        overrides: What is laid over them, as in `load_config`.
        path: The file that findings name, and beside which a world module is looked for.

    Raises:
        ConfigError: Something is wrong with them; it has all findings.
    """
    findings = Findings(str(path or _NO_FILE))
    return _sound(draft_config(values, findings, path, overrides), findings)


def make_plan(config: Config, module: Any = None) -> Plan:
    """Find and check every class and function that a config names.

    Args:
        config: The config.
        module: What has the worlds as attributes: a module, a class, a `SimpleNamespace`. Without one the world
            module is imported, and author code runs on the calling thread.

    Raises:
        ConfigError: That is impossible; it has all findings.
    """
    findings = Findings(str(config.path or _NO_FILE))
    findings.marks = config.marks
    return _sound(_resolved(config, findings, module), findings)


def _resolved(config: Config, findings: Findings, module: Any = None) -> Plan | None:
    """Return the plan of a config; None, with a finding, where it has none. Without a module that is imported."""
    watch = NameWatch(config.compat, named=config.for_parlai)
    try:
        watch.begin()
    except RegistrationError as error:
        findings.add("module-shadowed", ("compat",), str(error))
        return None
    with watch:
        if module is None:
            module = _world_module(config, findings)
        if module is None:
            _miss_worlds(config, findings)
            return None
        return _resolve(config, module, findings, watch)


def _sound(made: _Made | None, findings: Findings) -> _Made:
    if made is None or findings.has_errors:
        found = findings.in_order()
        raise ConfigError("\n".join(map(str, found)), found)
    return made


def _read(path: Path, overrides: Mapping[str, Any] | None, findings: Findings) -> Config | None:
    text = read_text(path, findings)
    document = None if text is None else parse(text, findings)
    return None if document is None else draft_config(document, findings, path, overrides, os.environ)


def _world_module(config: Config, findings: Findings) -> Any:
    """Return the world module, an empty one where the config needs none; None if it cannot be had."""
    if config.world_module:
        return import_world_module(config.world_module, config.path, findings)
    return None if findings.has_error_at(("world_module",)) else SimpleNamespace()


def _miss_worlds(config: Config, findings: Findings) -> None:
    """Without the module nobody knows whether it has worlds for tasks that name none."""
    for task in config.tasks.values():
        if not task.task_world:
            add_missing_world(task, findings)


def _resolve(config: Config, module: Any, findings: Findings, watch: NameWatch) -> Plan | None:
    import_named = partial(_import_named, config.path, findings)
    finder = WorldFinder(module, findings, import_named)
    overworld = finder.overworld(config.overworld)
    steps = partial(StepResolver, config, finder, findings)
    tasks = {key: _resolve_task(task, module, finder, findings, steps) for key, task in config.tasks.items()}
    models: Mapping[str, ModelPlan] = FrozenDict()
    if config.models:
        onboarded = {key for key, task in tasks.items() if task is None or task.onboard is not None}
        models = resolve_models(config, module, findings, import_named, onboarded)
    if watch.standing is not None:
        check_models_of_parlai(config, findings)
    hooks = {name: finder.hook(name) for name in HOOKS}
    finder.look_for_near_names(config.tasks)
    resolved = {key: task for key, task in tasks.items() if task is not None}
    if overworld is None or len(resolved) < len(tasks) or findings.has_errors:
        return None
    worlds = [overworld, *(world for task in resolved.values() for world in _worlds_of(task))]
    config = replace(config, for_parlai=watch.standing is not None)
    opt = opt_with_house(config) if any(map(_reads_config, worlds)) else config.opt
    return Plan(
        config=config,
        opt=opt if watch.standing is None else parlai_opt(config, opt),
        standing_names=None if watch.standing is None else watch.standing.described,
        module=module,
        overworld=overworld,
        tasks=FrozenDict(resolved),
        models=models,
        **hooks,
    )


def _worlds_of(task: TaskPlan) -> list[type[Any]]:
    of_steps = [getattr(steps, "of_steps", ()) for steps in (task.onboard, task.afterwards, task.meanwhile)]
    around = [step.world for steps in of_steps for step in steps]
    return [world for world in (task.world, task.onboard, *around) if world is not None]


def _reads_config(world: Any) -> bool:
    return bool(getattr(world, "reads_config", False))


def _import_named(path: Path | None, findings: Findings, name: str, at: KeyPath) -> Any:
    return import_named_module(name, path, findings, at)


def _resolve_task(
    task: TaskConfig, module: Any, finder: WorldFinder, findings: Findings, steps: Callable[[], StepResolver]
) -> TaskPlan | None:
    if task.bots or task.fill_with is not None:
        task = resolve_bots(task, module, findings)
    world = finder.task_world(task)
    onboard = steps().onboarding(task) if task.onboard else finder.onboard_world(task)
    afterwards = steps().afterwards(task) if task.afterwards else None
    if world is None:
        return None
    finder.seats(world, task)
    plan = TaskPlan(
        key=task.key,
        world=world,
        onboard=onboard,
        agents_required=task.agents_required,
        max_time_in_pool=task.max_time_in_pool,
        backup_task=task.backup_task,
        eligibility=finder.eligibility(world, task),
        assign_roles=finder.assign_roles(world, task),
        config=task,
        bots=task.bots,
        agents_by=task.agents_by,
        fill_with=task.fill_with,
        size=task.size,
        afterwards=afterwards,
        meanwhile=steps().meanwhile(task) if task.waiting else None,
        waiting_text=steps().waiting_text(task) if task.waiting else "",
    )
    if getattr(world, "asks_nothing", False):
        check_something_is_asked(plan, findings)
    if task.talk is not PLAIN_TALK:
        check_roles_suffice(plan, findings)
    return plan
