"""The configs that the measurements start `parleyrun serve` with, written into a folder that is thrown away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TASKS: dict[str, dict[str, Any]] = {
    "echo": {"task_world": "EchoWorld"},
    "brief": {"task_world": "BriefWorld"},
    "chat": {"task_world": "ChatWorld", "agents_required": 2},
    "compute": {"task_world": "ComputingWorld", "agents_required": 2},
    "roles": {"task_world": "RolesWorld", "agents_required": 2},
    "block": {"task_world": "BlockingWorld"},
}


def write_config(folder: Path, **values: Any) -> Path:
    """Write a config (JSON is YAML too) with these values beside or instead of the usual ones; return its path."""
    config = {
        "task_name": "benchmark",
        "world_module": "benchmarks.worlds",
        "overworld": "MenuOverworld",
        "tasks": TASKS,
        "channels": {"browser": {}},
        **values,
    }
    path = folder / "benchmark.yml"
    path.write_text(json.dumps(config, indent=1))
    return path
