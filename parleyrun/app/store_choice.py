"""Which store a config asks for."""

from __future__ import annotations

import re
from pathlib import Path

from ..config.extensions import STORES
from ..config.schema import MEMORY, Config
from ..runner.timers import Timers
from ..store.memory_store import MemoryStore
from ..store.protocol import Store
from .context import AppContext


def make_store(config: Config, path: Path | str | None, timers: Timers) -> Store:
    """Return the store of a config, still closed.

    Args:
        config: What the store keeps is as it says.
        path: Where to keep it, whatever the config says; None is for where that does.
        timers: What the record is dated by.
    """
    if path is None and config.store.kind is not None:
        made: Store = STORES.required(config.store.kind)(
            config.store.settings, AppContext(config=config, timers=timers)
        )
        return made
    place = str(path or config.store.path or default_store_path(config.task_name))
    if place == MEMORY:
        return MemoryStore(timers.clock)
    # What lasts costs an import that what does not can do without.
    from ..store.sqlite.sqlite_store import SqliteStore

    return SqliteStore(
        place,
        timers.clock,
        synchronous="normal" if config.store.synchronous == "normal" else "full",
        snapshots=config.store.snapshots,
        refusal=config.texts.trouble,
    )


def default_store_path(task_name: str) -> str:
    """Return the file in the current folder that belongs to a task name."""
    return re.sub(r"[^\w.-]+", "-", task_name).strip(".-") + ".db"
