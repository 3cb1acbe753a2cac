"""What stands under `engine:`, and what a task asks of where it is executed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...core.message import FrozenDict, freeze
from ...text import kind_of, quoted
from ..amounts import Amounts
from ..diagnostics import Findings, KeyPath
from ..kinds import INVALID, Anything, JsonSchema, Quantity, Several, Shaped, Text
from ..sections import Field, Section, Table
from .engine_settings import HostGroup, RayConfig

if TYPE_CHECKING:
    from ..schema import Config, ModelConfig

THREADS = "threads"
RAY = "ray"


def check_group_name(name: str, path: KeyPath, findings: Findings) -> None:
    """Find a name that no group of hosts can have."""
    if name == "host" or not name.replace("-", "").replace("_", "").isalnum():
        message = f"expected a name of letters and digits, other than 'host', got {quoted(name)}"
        findings.add("bad-name", path, message, at_key=True)


_CPUS = Field("cpus_per_host", Quantity(0, 1024), "how many of the cluster's processors each host takes")
_RESOURCES = Field("resources", Amounts(), "what else of the cluster each host takes, such as {GPU: 1}")

HOST_GROUP = Section(
    "a group of hosts",
    (Field("hosts", Quantity(1, 1000, whole=True), "how many hosts"), _CPUS, _RESOURCES),
    HostGroup,
)

RAY_SECTION = Section(
    "engine.ray",
    (
        Field(
            "address",
            Shaped(
                "'local', 'auto' or an address such as ray://10.0.0.1:10001", r"local|auto|(ray://)?[^\s/]+:\d+"
            ),
            "'local' starts a cluster on this machine, 'auto' takes the one that runs here; or where one is",
        ),
        Field("hosts", Quantity(0, 1000, whole=True), "how many hosts conversations are executed on"),
        _CPUS,
        _RESOURCES,
        Field(
            "groups",
            Table("groups of hosts", HOST_GROUP, check_group_name),
            "hosts that have something else, besides those, by names for them",
        ),
        Field("runtime_env", Anything("what Ray takes"), "what Ray is told of the environment of hosts"),
        Field(
            "files",
            Several(Text("a path"), "a path", "path"),
            "files beside the config that worlds read on hosts; modules that worlds import travel by themselves",
        ),
        Field(
            "lost_after",
            Quantity(2, 3600, unit="seconds"),
            "after how many seconds without an answer a host's conversations go on elsewhere",
        ),
    ),
    RayConfig,
)


@dataclass(frozen=True)
class EngineRule:
    """`threads`, or a mapping with `ray`."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if value is None or value == THREADS:
            return None
        if value == RAY:
            value = {RAY: {}}
        if not isinstance(value, Mapping) or [*value] != [RAY]:
            got = quoted(value) if isinstance(value, str) else kind_of(value)
            findings.add("wrong-form", path, f"expected threads, or a mapping with ray, got {got}")
            return INVALID
        found = RAY_SECTION.check(value[RAY], (*path, RAY), findings)
        return INVALID if found is INVALID else _ray(found, (*path, RAY), findings)

    def json_schema(self) -> JsonSchema:
        described = {**RAY_SECTION.json_schema(), "description": "the cluster, and what conversations get of it"}
        ray = {"type": "object", "properties": {RAY: described}, "additionalProperties": False}
        return {"type": ["string", "object", "null"], "pattern": f"^({THREADS}|{RAY})$", **_without_type(ray)}


def check_engine(config: Config, findings: Findings) -> None:
    """Find tasks that no host fits, and what is asked of a cluster where there is none."""
    for model in config.models.values():
        _check_replicas(model, config.engine is not None, findings)
    for task in config.tasks.values():
        if not task.resources:
            continue
        path = ("tasks", task.key, "resources")
        needed = ", ".join(f"{name}: {amount:g}" for name, amount in task.resources.items())
        if config.engine is None:
            message = f"expected an engine with hosts, as task '{task.key}' asks for {needed}, got threads"
            findings.add("no-hosts", path, message, "say engine: {ray: …}, or leave resources out", at_key=True)
        elif not any(_has(group, task.resources) for group in config.engine.all_groups.values()):
            message = f"expected a host with {needed} for task '{task.key}', got none under engine.ray"
            findings.add("no-hosts", path, message, "give resources to a group of hosts", at_key=True)


def _check_replicas(model: ModelConfig, has_cluster: bool, findings: Findings) -> None:
    path = ("models", model.name)
    if model.replicas is None:
        for key, is_given in (("resources", model.resources), ("cpus_per_replica", model.cpus_per_replica != 1)):
            if is_given:
                message = f"expected replicas of the model '{model.name}' beside its {key}, got none"
                findings.add("no-hosts", (*path, key), message, "say replicas: 1", at_key=True)
        return
    if not has_cluster:
        message = f"expected an engine with hosts for {model.replicas} replicas of '{model.name}', got threads"
        findings.add(
            "no-hosts", (*path, "replicas"), message, "say engine: {ray: …}, or leave it out", at_key=True
        )


def _has(group: HostGroup, needed: Mapping[str, float]) -> bool:
    had = {"CPU": group.cpus_per_host, **group.resources}
    return all(amount <= had.get(name, 0.0) for name, amount in needed.items())


def _ray(found: Mapping[str, Any], path: KeyPath, findings: Findings) -> RayConfig:
    values = {**found}
    values["groups"] = FrozenDict({name: HostGroup(**group) for name, group in found.get("groups", {}).items()})
    values["runtime_env"] = freeze(found.get("runtime_env", {}))
    ray = RayConfig(**values)
    if not ray.all_groups:
        findings.add("out-of-range", (*path, "hosts"), "expected at least one host, got none", "leave the key out")
    for name in _given_files(ray.files):
        message = f"expected a path below the config's folder, got {quoted(name)}"
        findings.add(
            "wrong-form", (*path, "files"), message, "hosts get files at the same place beside the config"
        )
    return ray


def _given_files(files: tuple[str, ...]) -> Iterator[str]:
    for name in files:
        if name.startswith(("/", "~")) or ".." in name.replace("\\", "/").split("/"):
            yield name


def _without_type(schema: JsonSchema) -> JsonSchema:
    return {name: value for name, value in schema.items() if name != "type"}
