"""From the values of a YAML file to a `Config`, with a finding for whatever is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ..core.forms.form import Form
from ..core.forms.form_texts import FormTexts
from ..core.message import FrozenDict, freeze
from ..core.opt import Opt
from ..text import WrittenText, did_you_mean, kind_of, quoted
from .diagnostics import Findings, KeyPath, part
from .engine.engine_entries import check_engine
from .key_table import CONFIG
from .kinds import MISSING
from .models.bot_entries import with_bots
from .models.model_checks import check_models
from .models.model_entries import lift_older_forms, models_of
from .models.replaced_models import InPlace
from .page_id_checks import check_page_ids
from .page_texts import PageTexts
from .panels.arrival_entries import arrival_of, check_arrival, with_panels_links
from .panels.completion_entries import check_completion
from .parlai.project_kind import as_it_is_meant
from .schema import (
    SECRET_VARIABLES,
    ArrivalConfig,
    BrowserConfig,
    CompletionEntry,
    Config,
    ConsoleConfig,
    Limits,
    MessengerConfig,
    ModerationConfig,
    StoreConfig,
    TaskConfig,
)
from .shipped_sentences import LANGUAGES, primary, sentences
from .tasks.condition_entries import check_conditions, conditions_of
from .tasks.group_entries import check_quotas, check_sizes, with_agents
from .tasks.match_entries import MATCH_NAMES, check_matching, with_matching
from .tasks.step_entries import check_steps
from .tasks.talk_checks import check_talks
from .tasks.talk_entries import TALK_NAMES, with_talk
from .tasks.talk_settings import PLAIN_TALK
from .texts import Texts, text_rules
from .watching.alert_entries import alerts_of
from .watching.missing_extras import check_extras
from .watching.watch_settings import TracesConfig

_ARGS = "additional_args"
_SECTIONS = frozenset(
    {
        "tasks",
        "models",
        "moderation",
        "forms",
        "opt",
        "channels",
        "console",
        "alerts",
        "traces",
        "store",
        "limits",
        "arrival",
        "completion",
        "conditions",
        "texts",
        _ARGS,
    }
)
_OUR_CHANNELS = frozenset({"browser", "messenger"})
_STORE_KEYS = frozenset({"path", "synchronous", "snapshots", "unrestorable"})
PAGE = "page_"
"""What the names of the page's sentences begin with."""
OF_FORMS = "form_"
"""What the names of the sentences of forms begin with."""


def draft_config(
    document: Any,
    findings: Findings,
    path: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Config | None:
    """Make a config of whatever is right in a document.

    Names that are missing or wrong are empty, other values their defaults, so that checking can go on and find
    everything at once.

    Args:
        document: What the file holds.
        findings: Has the marks of the document, and learns what is wrong.
        path: The file.
        overrides: What is laid over the document, as in `load_config`.
        environment: What `${NAME}` in a value is filled in from; None leaves values as they are.

    Returns:
        The config; None if the document is no mapping at all.
    """
    if not isinstance(document, Mapping):
        findings.add("wrong-type", (), f"expected a mapping with world_module, tasks …, got {kind_of(document)}")
        return None
    document, for_parlai = as_it_is_meant(document, path, findings)
    values = _lift(document, findings)
    if overrides:
        if "models" in overrides and "opt" in values:
            lift_older_forms(values, findings)
        values = _lay_over(values, overrides, (), findings)
    if environment is not None:
        values = fill_in(values, (), environment, findings)
    if "opt" in values and not (overrides and "models" in overrides):
        lift_older_forms(values, findings)
    config = _config(CONFIG.check(values, (), findings), values, path, findings)
    config = replace(config, for_parlai=for_parlai)
    for rule in (_check_language, _check_messenger, _check_threads, _check_tasks, check_sizes):
        rule(config, findings)
    if config.metrics or config.traces is not None:
        check_extras(config, findings)
    if any(task.matching for task in config.tasks.values()):
        check_matching(config, findings)
    of_models = ((one.replicas, one.resources, one.cpus_per_replica != 1) for one in config.models.values())
    if config.engine or any(task.resources for task in config.tasks.values()) or any(map(any, of_models)):
        check_engine(config, findings)
    if config.conditions or any(task.agents_by or task.bots for task in config.tasks.values()):
        check_conditions(config, findings)
        check_quotas(config, findings)
    if config.forms or any(task.onboard or task.afterwards or task.waiting for task in config.tasks.values()):
        check_steps(config, findings)
    if any(task.talk is not PLAIN_TALK for task in config.tasks.values()):
        check_talks(config, findings)
    if config.models or _speaks_of_models(config):
        check_models(config, findings)
    if config.completion:
        check_completion(config, findings)
    if config.arrival != ArrivalConfig():
        config = check_arrival(config, findings)
    return config


def _lift(document: Mapping[Any, Any], findings: Findings) -> dict[Any, Any]:
    """Move keys that belong to the top from `additional_args` there."""
    values = dict(document)
    args = values.get(_ARGS)
    if not isinstance(args, Mapping):
        return values
    values[_ARGS] = {key: value for key, value in args.items() if key not in CONFIG.names or key == _ARGS}
    for key in args:
        if key in values[_ARGS]:
            continue
        if key in document:
            message = f"expected '{key}' at the top or under {_ARGS}, got both"
            findings.add("both-given", (_ARGS, key), message, "remove one of the two", at_key=True)
            continue
        values[key] = args[key]
        findings.marks = findings.marks.with_alias((_ARGS, key), (key,))
    return values


def _lay_over(
    values: Mapping[Any, Any], overrides: Mapping[str, Any], path: KeyPath, findings: Findings
) -> dict[Any, Any]:
    """Return values with others laid over them: mappings are merged, None removes a key, all else replaces."""
    merged = dict(values)
    for key, change in overrides.items():
        at = (*path, key)
        if change is None:
            merged.pop(key, None)
        elif isinstance(change, Mapping) and not isinstance(change, InPlace):
            below = merged.get(key)
            merged[key] = _lay_over(below if isinstance(below, Mapping) else {}, change, at, findings)
        else:
            merged[key] = change
            findings.marks = findings.marks.without(at)
    return merged


_REFERENCE = re.compile(r"\$(?:(\$)(?=\{)|\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})")
"""`${NAME}`, `${NAME:-default}`, and `$${`, which stands for `${` itself."""


def fill_in(value: Any, path: KeyPath, environment: Mapping[str, str], findings: Findings) -> Any:
    """Return a value with what stands for variables of the environment replaced, in everything that it holds."""
    if isinstance(value, Mapping):
        return {key: fill_in(item, (*path, part(key)), environment, findings) for key, item in value.items()}
    if isinstance(value, list):
        return [fill_in(item, (*path, index), environment, findings) for index, item in enumerate(value)]
    if not isinstance(value, str) or "${" not in value:
        return value
    unset = [
        found[2]
        for found in _REFERENCE.finditer(value)
        if found[2] and found[3] is None and found[2] not in environment
    ]
    for name in dict.fromkeys(unset):
        message = f"expected the variable {name} in the environment, as the value refers to it, and it is not set"
        hint = f"set it, write ${{{name}:-…}} with what holds without it, or $${{{name}}} for these very letters"
        findings.add("missing-variable", path, message, hint)
    if unset:
        return MISSING

    def filled(found: re.Match[str]) -> str:
        escaped, name, default = found.groups()
        return "$" if escaped else environment.get(name, default or "")

    return WrittenText(_REFERENCE.sub(filled, value), written=value)


def _plain(value: Any) -> Any:
    """Return a value for authors, who need not know what came from the environment."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, WrittenText) else value


def _config(
    checked: Mapping[str, Any], values: Mapping[Any, Any], path: Path | None, findings: Findings
) -> Config:
    simple = {name: value for name, value in checked.items() if name not in _SECTIONS}
    simple["page_ids"] = simple.pop("page_id", ())
    password = simple.get("password")
    if password is not None and password.casefold() == "none":
        simple["password"] = None
    arrival = arrival_of(checked["arrival"]) if "arrival" in checked else ArrivalConfig()
    shipped = sentences(simple["language"]) if "language" in simple else {}
    said = {**shipped, **checked.get("texts", {})}
    channels = checked.get("channels", {})
    moderation, console, traces = checked.get("moderation"), checked.get("console"), checked.get("traces")
    named = values.get("channels")
    doors = tuple(name for name in named if name in channels) if isinstance(named, Mapping) else ()
    return Config(
        **simple,
        path=path,
        tasks=_tasks(checked.get("tasks", {}), path, findings),
        opt=Opt(_plain(checked.get("opt", {}))),
        models=models_of(checked["models"]) if "models" in checked else FrozenDict(),
        moderation=ModerationConfig(**moderation) if moderation else None,
        forms=_forms(checked.get("forms", {}), path, findings),
        texts=Texts(**{name: said[name] for name in said if not name.startswith((PAGE, OF_FORMS))}),
        page_texts=PageTexts(**{name: said[name] for name in said if name.startswith(PAGE)}),
        form_texts=FormTexts(**{name: said[name] for name in said if name.startswith(OF_FORMS)}),
        limits=Limits(**checked.get("limits", {})),
        arrival=arrival,
        completion=_completion(checked.get("completion", {}), arrival.panel),
        conditions=conditions_of(checked["conditions"]) if "conditions" in checked else FrozenDict(),
        store=_store(checked.get("store", {}), findings),
        browser=BrowserConfig(**channels["browser"]) if "browser" in channels else None,
        messenger=MessengerConfig(**channels["messenger"]) if "messenger" in channels else None,
        console=None if console is None else ConsoleConfig(**console),
        traces=TracesConfig(**traces) if traces and "otlp" in traces else None,
        alerts=alerts_of(checked["alerts"], checked.get("models", {}), findings)
        if checked.get("alerts")
        else None,
        doors=doors or ("messenger" if simple["page_ids"] else "browser",),
        more_channels=FrozenDict({name: channels[name] for name in channels if name not in _OUR_CHANNELS}),
        additional_args=FrozenDict(_plain(checked.get(_ARGS, {}))),
        marks=findings.marks,
    )


def _completion(checked: Mapping[str, Mapping[str, Any]], panel: str | None) -> Mapping[str, CompletionEntry]:
    entries = FrozenDict({outcome: CompletionEntry(**entry) for outcome, entry in checked.items()})
    return entries if panel is None else with_panels_links(entries, panel)


def _forms(checked: Mapping[str, Any], path: Path | None, findings: Findings) -> Mapping[str, Form]:
    if not checked:
        return FrozenDict()
    from .forms.form_files import forms_of  # only where there are forms

    return forms_of(checked, Path() if path is None else path.parent, findings)


def _store(checked: Mapping[str, Any], findings: Findings) -> StoreConfig:
    known = {name: value for name, value in checked.items() if name in _STORE_KEYS}
    kinds = [name for name in checked if name not in _STORE_KEYS]
    places = [*(["path"] if "path" in known else []), *kinds]
    for other in places[1:]:
        message = f"expected '{places[0]}' or '{other}' of store, got both"
        findings.add("both-given", ("store", other), message, "remove one of the two", at_key=True)
    kind = kinds[0] if kinds else None
    return StoreConfig(**known, kind=kind, settings=None if kind is None else freeze(checked[kind]))


def _tasks(checked: Mapping[str, Any], path: Path | None, findings: Findings) -> Mapping[str, TaskConfig]:
    folder = Path() if path is None else path.parent
    return FrozenDict({key: _task(key, entry, folder, findings) for key, entry in checked.items()})


def _task(key: str, entry: Mapping[str, Any], folder: Path, findings: Findings) -> TaskConfig:
    if not TALK_NAMES.isdisjoint(entry):
        entry = with_talk(key, entry, folder, findings)
    if "bots" in entry or "fill_with" in entry:
        entry = with_bots(entry)
    if not MATCH_NAMES.isdisjoint(entry):
        entry = with_matching(entry)
    return TaskConfig(**{"key": key, "task_world": "", **with_agents(entry)})


def _speaks_of_models(config: Config) -> bool:
    """Whether a config without models wants some, or limits what they cost."""
    if config.moderation is not None or config.limits.max_cost is not None:
        return True
    return any(
        task.bots or task.fill_with is not None or task.max_cost is not None for task in config.tasks.values()
    )


def _check_language(config: Config, findings: Findings) -> None:
    """Of a language that does not come with parleyrun, what its author left out is said in English."""
    if config.language == "en" or primary(config.language) in LANGUAGES:
        return
    said = {**asdict(config.texts), **asdict(config.page_texts), **asdict(config.form_texts)}
    left_out = [rule.name for rule in text_rules() if rule.default and said[rule.name] == rule.default]
    if left_out:
        expected = f"a language that comes with parleyrun ({', '.join(LANGUAGES)}), or all sentences of another"
        message = f"expected {expected}, got {quoted(config.language)}"
        hint = f"{len(left_out)} sentences will be English; give them under texts: {left_out[0]} …"
        findings.add("english-left", ("language",), message, hint)


def _check_messenger(config: Config, findings: Findings) -> None:
    for name, variable in SECRET_VARIABLES.items():
        secret = getattr(config.messenger, name, None)
        if secret is not None and not isinstance(secret, WrittenText):
            findings.add(
                "secret-in-config",
                ("channels", "messenger", name),
                f"{name} stands in the config, where everybody who gets the file can read it",
                f"take it out and set {variable}, or have 'parleyrun messenger check' ask for it",
                at_key=True,
            )
    if "messenger" in config.doors:
        check_page_ids(config, findings)


def _check_threads(config: Config, findings: Findings) -> None:
    if config.max_threads < config.max_workers:
        key = "max_threads" if ("max_threads",) in findings.marks else "max_workers"
        findings.add(
            "out-of-range",
            (key,),
            f"expected max_threads ({config.max_threads}) to be at least max_workers ({config.max_workers})",
            "make max_threads larger, or max_workers smaller",
        )


def _check_tasks(config: Config, findings: Findings) -> None:
    if not config.tasks and not findings.has_errors:
        findings.add("no-tasks", ("tasks",), "expected at least one task, got none", at_key=True)
    for task in config.tasks.values():
        if task.backup_task is not None:
            _check_backup(task, task.backup_task, config, findings)
    for circle in _circles(config.tasks):
        findings.add(
            "backup-cycle",
            ("tasks", circle[0], "backup_task"),
            f"expected backup tasks to come to an end, got a circle: {' → '.join([*circle, circle[0]])}",
            "let one of them have no backup_task",
        )


def _check_backup(task: TaskConfig, backup: str, config: Config, findings: Findings) -> None:
    path = ("tasks", task.key, "backup_task")
    if backup not in config.tasks:
        hint = did_you_mean(backup, (key for key in config.tasks if key != task.key), "tasks")
        hint = hint or "leave it out: people then return to the overworld"
        findings.add("unknown-task", path, f"expected the key of a task, got '{backup}'", hint)
    elif task.max_time_in_pool is None:
        message = f"'{backup}' is never used as a backup: people wait for '{task.key}' for ever"
        findings.add("backup-never-used", path, message, "add max_time_in_pool")


def _circles(tasks: Mapping[str, TaskConfig]) -> list[list[str]]:
    """Return each circle of backup tasks once, from the task of it that stands first in the file."""
    circles = []
    seen: set[str] = set()
    for start in tasks:
        way: dict[str, int] = {}
        key: str | None = start
        while key is not None and key in tasks and key not in seen:
            seen.add(key)
            way[key] = len(way)
            key = tasks[key].backup_task
        if key in way:
            circle = list(way)[way[key] :]
            members = set(circle)
            first = circle.index(next(task for task in tasks if task in members))
            circles.append(circle[first:] + circle[:first])
    return circles
