"""From what an author gives to a plan: the one way for scripts, notebooks and tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..config.plan import Plan, config_from_mapping, load_config, make_plan

ConfigSource = str | Path | Mapping[str, Any]
"""A config: the path of its file, or the values that would stand in one."""


def plan_of(
    config: ConfigSource,
    worlds: Any = None,
    *,
    overrides: Mapping[str, Any] | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> Plan:
    """Return the plan of a config.

    Without `worlds` the world module is imported, and author code runs on the calling thread.

    Args:
        config: A path, or values in the shape of the file.
        worlds: Where the worlds are, instead of `world_module`: a module, or anything with them as attributes.
        overrides: What is laid over the config, in its shape. Mappings are merged, None removes a key.
        defaults: What holds where values do not say anything else; a file says it all by itself.

    Raises:
        ConfigError: The config cannot be used; its text tells all that `parleyrun validate` would.
    """
    if not isinstance(config, Mapping):
        return make_plan(load_config(Path(config), overrides), module=worlds)
    standing_in = {} if worlds is None else {"world_module": "worlds"}
    return make_plan(config_from_mapping({**standing_in, **(defaults or {}), **config}, overrides), module=worlds)
