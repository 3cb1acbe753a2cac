"""What stands under `models:`, and in the two older forms of the same: `opt.models`, and `opt.model`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...core.agents import Agent
from ...core.create import AGENTS
from ...core.message import FrozenDict, freeze
from ...errors import RegistrationError
from ...text import WrittenText, did_you_mean, nearest, quoted
from ..amounts import Amounts
from ..diagnostics import Findings, KeyPath
from ..kinds import INVALID, MISSING, Flag, JsonSchema, Quantity, Secret, Text, refuse_type
from ..schema import ModelConfig
from ..sections import Field, Section

ONE_FOR_ALL = "model"
"""What the only model is called where `opt` itself describes it."""

_HOW = (
    "name what answers under models:, such as {model: chat_completions, base_url: …}, or {model: parlai, "
    "model_file: …} where ParlAI is installed (docs/models.md)"
)

_SECRET = re.compile(r"(key|token|secret|password|headers|credentials)$", re.IGNORECASE)

_COMMON = (
    Field(
        "model",
        Text("the kind of a model"),
        "its kind: chat_completions, the name of another, or your own class as module:Class",
        required=True,
    ),
    Field("check", Flag(), "whether it is asked once before the doors open"),
    Field(
        "max_batch",
        Quantity(1, 4096, whole=True),
        "how many conversations a local model answers at once; default each by itself",
        optional=True,
    ),
    Field(
        "max_wait_ms", Quantity(0, 60_000), "how many milliseconds an answer waits for others to be made with it"
    ),
    Field(
        "replicas",
        Quantity(1, 1000, whole=True),
        "how many times it lives on the cluster (engine: ray), for all conversations; default once on each host",
        optional=True,
    ),
    Field("cpus_per_replica", Quantity(0, 1024), "how many of the cluster's processors each replica takes"),
    Field("resources", Amounts(), "what else of the cluster each replica takes, such as {GPU: 1}", optional=True),
)
_COMMON_NAMES = tuple(field.name for field in _COMMON)


@dataclass(frozen=True)
class ModelSection(Section):
    """An entry: keys that all kinds have in common, and those of its kind (`settings_section` of its class)."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if not isinstance(value, Mapping):
            return refuse_type(findings, path, "a mapping with model, base_url, system …", value)
        name = value.get("model")
        if name is MISSING or _is_of_parlai(value, path, findings):
            return INVALID
        if isinstance(name, str) and name:
            kind = kind_of_model(name, (*path, "model"), findings)
            if kind is not None:
                return _checked(value, section_of(kind), _referred(kind, name), path, findings)
        common = {key: item for key, item in value.items() if key in _COMMON_NAMES}
        checked: dict[str, Any] = super().check(common, path, findings)
        rest = {key: item for key, item in value.items() if key not in _COMMON_NAMES}
        return {**checked, "settings": freeze(rest)}

    def json_schema(self) -> JsonSchema:
        schema = {**super().json_schema(), "additionalProperties": True}
        kinds = [(name, section) for name in AGENTS.names() if (section := _section_by_name(name)) is not None]
        schema["allOf"] = [
            {
                "if": {"properties": {"model": {"const": name}}, "required": ["model"]},
                "then": Section(section.what, (*_COMMON, *section.fields), section.of).json_schema(),
            }
            for name, section in kinds
        ]
        return schema


MODEL = ModelSection("a model", _COMMON, ModelConfig)


def check_model_name(name: str, path: KeyPath, findings: Findings) -> None:
    """Find a name that no model can have."""
    if not name.strip() or not name.isprintable():
        findings.add("bad-name", path, f"expected a name such as seller, got {name!r:.60}", at_key=True)


def section_of(kind: type[Any]) -> Section | None:
    """Return what an entry of this kind may hold; None if its class does not say, and takes anything."""
    section = getattr(kind, "settings_section", None)
    return section if isinstance(section, Section) else None


def is_class_path(name: str) -> bool:
    """Whether the kind of a model is named as `module:Class`."""
    return ":" in name and name.partition(":")[0] not in AGENTS.names()


def kind_of_model(name: str, path: KeyPath, findings: Findings) -> type[Agent] | None:
    """Return the class of a kind that is registered; None for `module:Class`, and, with a finding, for others."""
    if is_class_path(name):
        return None
    try:
        kind = AGENTS.find(name.partition(":")[0])
    except RegistrationError as error:
        findings.add("bad-extension", path, str(error))
        return None
    if kind is None:
        known = did_you_mean(name, AGENTS.names(), "kinds")
        message = f"expected the kind of a model, or your own class as module:Class, got {quoted(name)}"
        findings.add("unknown-model-kind", path, message, known)
    return kind


def checked_settings(
    entry: ModelConfig, section: Section, path: KeyPath, findings: Findings
) -> ModelConfig | None:
    """Return a model with its settings checked, where its class is known only now; None if they are wrong."""
    checked = _checked({"model": entry.kind, **entry.all_settings}, section, {}, path, findings)
    if findings.has_error_at(path):
        return None
    return replace(entry, **_settings_and_secrets(checked["settings"]))


def models_of(checked: Mapping[str, Mapping[str, Any]]) -> Mapping[str, ModelConfig]:
    """Return the models of a config, by name."""
    return FrozenDict(
        {
            name: ModelConfig(
                name=name,
                kind=str(entry["model"]),
                **_settings_and_secrets(entry["settings"]),
                **{key: entry[key] for key in _COMMON_NAMES[1:] if entry.get(key) is not None},
            )
            for name, entry in checked.items()
            if "model" in entry
        }
    )


def _settings_and_secrets(held: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings apart from what may hold a secret, by its name: whoever names a key writes `api_key_env`."""
    secrets = {key for key in held if is_secret(key)}
    return {
        "settings": FrozenDict({key: value for key, value in held.items() if key not in secrets}),
        "secrets": FrozenDict({key: value for key, value in held.items() if key in secrets}),
    }


def is_secret(key: str) -> bool:
    """Whether a setting may hold a secret, by its name."""
    return _SECRET.search(key) is not None


def lift_older_forms(values: dict[Any, Any], findings: Findings) -> None:
    """Have models that stand under `opt` stand under `models:` too; `opt` keeps them, for worlds to read."""
    opt = values.get("opt")
    if not isinstance(opt, Mapping):
        return
    table = opt.get("models")
    if isinstance(table, Mapping) and any(_describes_a_model(entry) for entry in table.values()):
        if "models" in values:
            message = "expected models: at the top, or models under opt, got both"
            findings.add("both-given", ("opt", "models"), message, "remove one of the two", at_key=True)
            return
        values["models"] = {name: entry for name, entry in table.items() if _describes_a_model(entry)}
        findings.marks = findings.marks.with_alias(("opt", "models"), ("models",))
    elif "models" not in values and _is_one_for_all(opt, findings):
        values["models"] = {ONE_FOR_ALL: _one_for_all(opt)}
        findings.marks = findings.marks.with_alias(("opt",), ("models", ONE_FOR_ALL))


def _describes_a_model(entry: Any) -> bool:
    """Whether a table under `opt.models` is one of a model; those of authors may hold anything else."""
    return isinstance(entry, Mapping) and ("model" in entry or "model_file" in entry)


def _is_one_for_all(opt: Mapping[Any, Any], findings: Findings) -> bool:
    name = opt.get("model")
    if "model_file" in opt:
        return True
    if not isinstance(name, str):
        return False
    kind = name.partition(":")[0]
    if kind in AGENTS.names() or is_class_path(name):
        return True
    if nearest(kind, AGENTS.names()) is not None:
        message = f"{quoted(name)} is no kind of model, so it fills no seat"
        findings.add("older-model-unknown", ("opt", "model"), message, did_you_mean(kind, AGENTS.names()))
    return False


def _one_for_all(opt: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return the entry that `opt` is: of all options there those that the kind knows, where it says."""
    section = _section_by_name(str(opt.get("model")).partition(":")[0])
    known = None if section is None else {*_COMMON_NAMES, *section.names}
    return {
        key: value for key, value in opt.items() if key in ("model", "model_file") or known is None or key in known
    }


def _is_of_parlai(value: Mapping[Any, Any], path: KeyPath, findings: Findings) -> bool:
    """Find a model that ParlAI would load from a file; whoever can do that here says so by its kind."""
    name = value.get("model")
    if "model_file" not in value or (isinstance(name, str) and _is_known(name)):
        return False
    message = f"expected a model that can be had here, got ParlAI's model_file {quoted(str(value['model_file']))}"
    hint = f"put another in its place: --model {path[-1]}=chat_completions:http://localhost:11434/v1; or {_HOW}"
    findings.add("model-file", (*path, "model_file"), message, hint, at_key=True)
    return True


def _is_known(name: str) -> bool:
    return name.partition(":")[0] in AGENTS.names() or is_class_path(name)


def _section_by_name(name: str) -> Section | None:
    try:
        kind = AGENTS.find(name)
    except RegistrationError:
        return None  # told of where the entry itself is checked
    return None if kind is None else section_of(kind)


def _referred(kind: type[Any], name: str) -> Mapping[str, Any]:
    """Return the settings that stand in the kind's name, behind its colon."""
    _, colon, reference = name.partition(":")
    read = getattr(kind, "settings_of_reference", None)
    found: Mapping[str, Any] = read(reference) if colon and read is not None else {}
    return found


def _checked(
    value: Mapping[Any, Any],
    section: Section | None,
    referred: Mapping[str, Any],
    path: KeyPath,
    findings: Findings,
) -> dict[str, Any]:
    """Return the common keys that are right, and under `settings` the others: those of the kind, or all."""
    if section is None:
        common = {key: item for key, item in value.items() if key in _COMMON_NAMES}
        checked = Section("a model", _COMMON).check(common, path, findings)
        settings = {**referred, **{key: item for key, item in value.items() if key not in _COMMON_NAMES}}
        return {**checked, "settings": freeze(settings)}
    fields = tuple(field for field in section.fields if field.name not in _COMMON_NAMES)
    whole = Section(section.what, (*_COMMON, *fields))
    checked = whole.check({**referred, **value}, path, findings)
    _warn_of_secrets(fields, checked, path, findings)
    settings = {key: item for key, item in checked.items() if key not in _COMMON_NAMES and item is not None}
    return {**{key: checked[key] for key in _COMMON_NAMES if key in checked}, "settings": freeze(settings)}


def _warn_of_secrets(
    fields: tuple[Field, ...], checked: Mapping[str, Any], path: KeyPath, findings: Findings
) -> None:
    for field in fields:
        secret = checked.get(field.name)
        if isinstance(field.kind, Secret) and secret is not None and not isinstance(secret, WrittenText):
            message = f"{field.name} stands in the config, where everybody who gets the file can read it"
            hint = f"write {field.name}: ${{NAME_OF_A_VARIABLE}}"
            if any(other.name == f"{field.name}_env" for other in fields):
                hint += f", or name the variable by {field.name}_env"
            findings.add("secret-in-config", (*path, field.name), message, hint, at_key=True)
