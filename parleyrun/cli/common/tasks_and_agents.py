"""Tasks and agents by the names people type."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...bots import NAMES
from ...core.agents import Agent
from ...core.create import create_agent
from ...errors import AgentError
from ...tasks.loading import expand_tasks, load_teacher_class
from ...text import did_you_mean


def find_tasks(text: str) -> list[str]:
    """Return the single tasks that were asked for; each of them has a teacher. Raises `TaskError`."""
    look_in_current_folder()
    names = expand_tasks(text)
    for name in names:
        load_teacher_class(name)
    return names


def make_agent(opt: Mapping[str, Any]) -> Agent:
    """Return a new agent of the class that `opt['model']` names. Raises `AgentError`, with the nearest name."""
    name = str(opt["model"])
    if name not in NAMES and not set(name) & {":", "."}:
        raise AgentError(
            f"expected the name of an agent, or module.path:Class, got '{name}': "
            f"{did_you_mean(name, NAMES, 'agents')}"
        )
    look_in_current_folder()
    return create_agent(opt)


def look_in_current_folder() -> None:
    """Let modules in the current folder be imported, as `python -m` does and an installed command does not."""
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:
        sys.path.insert(0, here)
        importlib.invalidate_caches()
