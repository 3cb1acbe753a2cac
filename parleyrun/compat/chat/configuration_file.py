"""Reading a config as ParlAI reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from ...config.parlai.parlai_opt import parlai_opt
from ...config.plan import load_config


class WorldConfig(NamedTuple):
    """A task as ParlAI keeps it."""

    world_name: str
    onboarding_name: str | None
    task_name: str
    max_time_in_pool: float | None
    agents_required: int
    backup_task: str | None


def parse_configuration_file(config_path: str) -> dict[str, Any]:
    """Return what a config says, under the keys that ParlAI's reader gives.

    Args:
        config_path: The file.

    Raises:
        ConfigError: It cannot be used.
    """
    config = load_config(Path(config_path))
    parsed: dict[str, Any] = parlai_opt(config, config.opt)["config"]
    tasks = {key: WorldConfig(**entry) for key, entry in parsed["configs"].items()}
    return {**parsed, "configs": tasks}
