"""Which store a config asks for."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..config.extensions import STORES, takes_settings_and_context
from ..config.schema import MEMORY, Config
from ..registry import lacks
from ..runner.timers import Timers
from ..store.media_library import attachments_of
from ..store.memory_store import MemoryStore
from ..store.postgres.database_url import is_database, needing_psycopg
from ..store.protocol import Store
from ..study.signed_links import link_secret
from .context import AppContext

if TYPE_CHECKING:
    from ..store.postgres.postgres_store import PostgresStore
    from ..store.sqlite.sqlite_store import SqliteStore


_NAMELESS = "parleyrun"
"""What the file is called if the task name has neither letters nor digits: `..`, emoji, blanks."""

_LONGEST_NAME_BYTES = 200
"""File systems take 255, and what lies beside a store has a longer name than it."""


def make_store(config: Config, path: Path | str | None, timers: Timers) -> Store:
    """Return the store of a config, still closed.

    Args:
        config: What the store keeps is as it says.
        path: Where to keep it, whatever the config says: a file, ':memory:', or the URL of a database; None is for
            where that does.
        timers: What the record is dated by.
    """
    context = AppContext(config=config, timers=timers)
    if path is None and config.store.kind is not None:
        own: Store = STORES.required(config.store.kind)(config.store.settings, context)
        return own
    place = store_path(config, path)
    if is_database(place):
        return make_postgres_store(place, context)
    store: Store = STORES.required("memory" if place == MEMORY else "sqlite")(place, context)
    return store


def store_named(place: str) -> dict[str, Any]:
    """Return what is laid over a config's `store`, for its record to be at a path or in the database of a URL."""
    others = dict.fromkeys((*STORES.names(), "path"))
    return others | {"postgres" if is_database(place) else "path": place}


def store_path(config: Config, path: Path | str | None = None) -> str:
    """Return the file that keeps a config's record, or ':memory:'; `path` goes before what the config says."""
    return str(path or config.store.path or default_store_path(config.task_name))


def tell_of_record(config: Config, store: Store, *, chosen: bool) -> None:
    """Log which record is about to be opened and what is in it, where it is a file.

    `chosen` is whether somebody has named it, other than by the config's `store.path`.
    """
    path = getattr(store, "path", None)
    if isinstance(path, Path):
        from .opened_record import tell_what_is_opened  # which needs SQLite, as such a store does

        by_task_name = not chosen and config.store.path is None and config.store.kind is None
        tell_what_is_opened(path, config, by_task_name=by_task_name)


def attachments_beside(store: Store) -> Path | None:
    """Return the folder for what authors upload: beside the file of a store, None where that is in memory."""
    path = file_of(store)
    return None if path is None else attachments_of(path)


def link_secret_beside(store: Store) -> bytes:
    """Return what people's links are signed with: the environment's secret, or that beside the file of a store.

    Raises `ChannelError` where there is none.
    """
    return link_secret(file_of(store), os.environ)


def file_of(store: Store) -> Path | None:
    """Return the file of a store, or the path beside which files of one in a database lie; None for neither."""
    path = getattr(store, "path", None) or getattr(store, "beside", None)
    return None if path is None else Path(path)


def record_of(store: Store) -> str | None:
    """Return what commands call a store that they read: its file, or the URL of its database; None for neither."""
    path, address = getattr(store, "path", None), getattr(store, "address", None)
    if path is not None:
        return str(path)
    return None if address is None else str(address.conninfo)


def make_memory_store(_place: str, context: AppContext) -> MemoryStore:
    """Build the store that ends with the process."""
    return MemoryStore(context.timers.clock)


def make_sqlite_store(place: str, context: AppContext) -> SqliteStore:
    """Build the store that is a file."""
    # What lasts costs an import that what does not can do without.
    from ..store.sqlite.sqlite_store import SqliteStore

    config = context.config
    return SqliteStore(
        place,
        context.timers.clock,
        synchronous="normal" if config.store.synchronous == "normal" else "full",
        snapshots=config.store.snapshots,
    )


def make_postgres_store(url: Any, context: AppContext) -> PostgresStore:
    """Build the store that is a database. Raises `StoreError` for what is no URL, and `MissingExtra`."""
    with needing_psycopg():
        from ..store.postgres.postgres_store import PostgresStore
    config = context.config
    return PostgresStore(
        url,
        context.timers.clock,
        durable=config.store.synchronous != "normal",
        snapshots=config.store.snapshots,
        beside=Path(default_store_path(config.task_name)),
    )


def _fault(_name: str, make: Any) -> str | None:
    lack = lacks(make, Store) if isinstance(make, type) else None
    return lack or takes_settings_and_context(make)


STORES.expect(_fault)
STORES.register("memory", make_memory_store)
STORES.register("sqlite", make_sqlite_store)
STORES.register("postgres", make_postgres_store)


def default_store_path(task_name: str) -> str:
    """Return the file in the current folder that belongs to a task name; it is never a hidden one."""
    name = re.sub(r"[^\w.-]+", "-", task_name).encode()[:_LONGEST_NAME_BYTES].decode(errors="ignore")
    return (name.strip(".-_") or _NAMELESS) + ".db"
