"""Tasks and agents by the names people type."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.agents import Agent
from ..core.create import create_agent
from ..core.task_names import expand_tasks, load_teacher_class


def find_tasks(text: str) -> list[str]:
    """Return the single tasks that were asked for; each of them has a teacher. Raises `TaskError`."""
    look_in_current_folder()
    names = expand_tasks(text)
    for name in names:
        load_teacher_class(name)
    return names


def make_agent(opt: Mapping[str, Any]) -> Agent:
    """Return a new agent of the class that `opt['model']` names. Raises `AgentError`, with the nearest name."""
    look_in_current_folder()
    return create_agent(opt)


def look_in_current_folder() -> None:
    """Let modules in the current folder be imported, as `python -m` does and an installed command does not."""
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:
        sys.path.insert(0, here)
        importlib.invalidate_caches()
