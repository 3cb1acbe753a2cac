"""Models of a plan: each with its class, and with the functions of the world module that it may call.

The class of a kind may say more of its settings than their types. It has, where it wants to:

- `settings_section`: the `config.sections.Section` of what may stand in an entry, besides the keys that all have;
- `settings_of_reference(reference)`: settings that stand in the kind's name behind a colon, as an address may;
- `check_settings(settings, place)`: yields a `SettingFault` for whatever is wrong with settings that are of the
  right types. It asks no server.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...core.agents import Agent
from ...core.bot_seats.bot_settings import BotSettings
from ...core.message import FrozenDict
from ...text import did_you_mean, quoted
from ..author_functions import function_fault, named, written_at
from ..diagnostics import Findings, KeyPath
from ..schema import Config, ModelConfig, TaskConfig
from ..world_classes import ImportNamed
from .bot_entries import REPLIES
from .model_checks import bots_of, models_in_use
from .model_entries import checked_settings, is_class_path, kind_of_model, section_of

TOOLS = "tools"
"""Under this key of its settings a model has the names of functions that it may call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingFault:
    """What is wrong with a setting. `code` is that of the finding, `path` leads to it within the entry."""

    path: KeyPath
    message: str
    hint: str = ""
    code: str = "bad-setting"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsPlace:
    """What settings of a model may refer to.

    Attributes:
        folder: Where the paths of files begin: beside the config.
        functions: The functions of the world module that the model may call.
        knows_onboarding: Whether what people said while they were onboarded may be known where the model sits.
        conditions: The conditions of the config, by name.
    """

    folder: Path
    functions: tuple[Callable[..., Any], ...] = ()
    knows_onboarding: bool = True
    conditions: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPlan:
    """One model, resolved.

    Attributes:
        name: Its key under `models:`.
        kind: What it is an agent of; built as `kind(opt, shared)`.
        config: Its entry, whose settings are checked.
        folder: Where the paths of its files begin.
        functions: The functions of the world module that it may call.
    """

    name: str
    kind: type[Agent]
    config: ModelConfig
    folder: Path
    functions: tuple[Callable[..., Any], ...] = ()


def folder_of(config: Config) -> Path:
    """Return where a config's paths begin: beside it, or in the current folder if it never was a file."""
    return Path() if config.path is None else config.path.parent


def resolve_models(
    config: Config, module: Any, findings: Findings, import_named: ImportNamed, onboarded: Collection[str]
) -> Mapping[str, ModelPlan]:
    """Return the models of a config that are sound; findings say what is wrong with the others.

    Args:
        config: The config.
        module: The world module.
        findings: Learns what is wrong.
        import_named: Imports what `module:Class` names.
        onboarded: The keys of the tasks that people are onboarded for.
    """
    resolved = {}
    for name, entry in config.models.items():
        path: KeyPath = ("models", name)
        kind = _kind_of(entry, path, findings, import_named)
        if kind is None:
            continue
        place = SettingsPlace(
            folder=folder_of(config),
            functions=tuple(_functions_of(entry, module, path, findings)),
            knows_onboarding=_may_know_onboarding(name, config, onboarded),
            conditions=tuple(config.conditions),
        )
        plan = _plan_of(entry, kind, place, findings)
        if plan is not None:
            resolved[name] = plan
    if not findings.has_errors:
        _warn_of_unused(config, module, findings)
    return FrozenDict(resolved)


def resolve_bots(task: TaskConfig, module: Any, findings: Findings) -> TaskConfig:
    """Return a task whose bots have the functions of the world module that say when they speak."""
    found = {path: _with_function(bot, path, module, findings) for path, bot in bots_of(task)}
    own: KeyPath = ("tasks", task.key)
    bots = FrozenDict({role: found[(*own, "bots", role)] for role in task.bots})
    fill_with = task.fill_with
    if fill_with is not None:
        fill_with = replace(fill_with, bot=found[(*own, "fill_with")])
    return replace(task, bots=bots, fill_with=fill_with)


def _with_function(bot: BotSettings, path: KeyPath, module: Any, findings: Findings) -> BotSettings:
    name = bot.reply.function
    if not name:
        return bot
    at = (*path, "reply")
    function = getattr(module, name, None)
    if function is None:
        known = [*REPLIES, *_functions_in(module)]
        message = f"expected {', '.join(REPLIES)}, or a function of the world module, got {quoted(name)}"
        findings.add("function-not-found", at, message, did_you_mean(name, known))
        return bot
    fault = function_fault(module, name, function, ("seat", "acts"))
    if fault is not None:
        findings.add(fault.code, at, fault.message, fault.hint)
        return bot
    return replace(bot, reply=replace(bot.reply, decides=function))


def _kind_of(
    entry: ModelConfig, path: KeyPath, findings: Findings, import_named: ImportNamed
) -> type[Agent] | None:
    at = (*path, "model")
    if not is_class_path(entry.kind):
        # What is wrong with it has been found already.
        return None if findings.has_error_at(path) else kind_of_model(entry.kind, at, findings)
    module_name, _, name = entry.kind.rpartition(":")
    module = import_named(module_name, at)
    if module is None:
        return None
    kind = getattr(module, name, None)
    whole = named(module, name)
    if kind is None:
        own = [known for known, value in vars(module).items() if _is_agent_class(value)]
        findings.add(
            "class-not-found", at, f"expected a class {whole}, got none", did_you_mean(name, own, "agents")
        )
        return None
    if not _is_agent_class(kind):
        message = f"expected {whole} to be a subclass of parleyrun.Agent, got {kind!r:.60}{written_at(kind)}"
        findings.add("not-a-class", at, message, "write class …(parleyrun.Agent): with act(self)")
        return None
    try:
        inspect.signature(kind).bind({}, {})
    except TypeError as error:
        message = f"expected {whole} to be built from (opt, shared), got: {error}{written_at(kind.__init__)}"
        findings.add("wrong-arguments", at, message, "write def __init__(self, opt, shared=None):")
        return None
    agent: type[Agent] = kind
    return agent


def _is_agent_class(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, Agent) and value is not Agent


def _may_know_onboarding(name: str, config: Config, onboarded: Collection[str]) -> bool:
    """Whether a model sits where people were onboarded; of one that sits in no task nobody knows."""
    tasks = [task.key for task in config.tasks.values() if any(bot.model == name for _, bot in bots_of(task))]
    return not tasks or any(key in onboarded for key in tasks)


def _plan_of(entry: ModelConfig, kind: type[Agent], place: SettingsPlace, findings: Findings) -> ModelPlan | None:
    path: KeyPath = ("models", entry.name)
    section = section_of(kind)
    if is_class_path(entry.kind) and section is not None:
        checked = checked_settings(entry, section, path, findings)
        if checked is None:
            return None
        entry = checked
    if entry.max_batch is not None and not callable(getattr(kind, "batch_act", None)):
        message = (
            f"expected a kind that answers many at once, got {entry.kind}, which has no batch_act(observations)"
        )
        findings.add("bad-setting", (*path, "max_batch"), message, "take max_batch out", at_key=True)
    if entry.replicas is not None and getattr(kind, "is_elsewhere", False):
        message = f"expected a kind that answers where it is built, got {entry.kind}, whose server is elsewhere"
        findings.add("bad-setting", (*path, "replicas"), message, "take replicas out", at_key=True)
    check = getattr(kind, "check_settings", None)
    faults: Iterable[SettingFault] = () if check is None else check(entry.all_settings, place)
    for fault in faults:
        findings.add(fault.code, (*path, *fault.path), fault.message, fault.hint)
    if findings.has_error_at(path):
        return None
    return ModelPlan(name=entry.name, kind=kind, config=entry, folder=place.folder, functions=place.functions)


def _functions_of(
    entry: ModelConfig, module: Any, path: KeyPath, findings: Findings
) -> Iterable[Callable[..., Any]]:
    names = entry.settings.get(TOOLS)
    for index, name in enumerate(names if isinstance(names, list | tuple) else ()):
        each = (*path, TOOLS, index)
        at = each if each in findings.marks else (*path, TOOLS)
        function = getattr(module, name, None) if isinstance(name, str) else None
        if function is None:
            message = f"expected the name of a function of the world module, got {quoted(str(name))}"
            findings.add("function-not-found", at, message, did_you_mean(str(name), _functions_in(module)))
        elif not inspect.isroutine(function):
            message = f"expected {named(module, name)} to be a function, got a {type(function).__name__}"
            findings.add("not-callable", at, message, "write def and the function's name")
        else:
            yield function


def _functions_in(module: Any) -> list[str]:
    """Return the functions that a module has of its own."""
    home = getattr(module, "__name__", None)
    return [
        name
        for name, value in vars(module).items()
        if inspect.isfunction(value) and not name.startswith("_") and home in (None, value.__module__)
    ]


def _warn_of_unused(config: Config, module: Any, findings: Findings) -> None:
    """Warn of models that no bot thinks with, unless the world module seems to ask for them itself."""
    unused = set(config.models) - models_in_use(config)
    if not unused:
        return
    text = _text_of(module)
    for name in config.models:
        if name in unused and "shared_bot_params" not in text and name not in text:
            message = f"nobody thinks with the model {quoted(name)}"
            findings.add(
                "model-not-used",
                ("models", name),
                message,
                f"write bots: {{Role: {name}}} under a task, or take it out",
                at_key=True,
            )


def _text_of(module: Any) -> str:
    try:
        return inspect.getsource(module)
    except (OSError, TypeError):
        return ""
