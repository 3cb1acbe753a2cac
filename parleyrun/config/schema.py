"""What a config is, once it is checked: frozen values that any thread may hold. Durations are in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..core.message import FrozenDict
from ..core.opt import Opt
from .diagnostics import Marks
from .texts import Texts

MEMORY = ":memory:"
"""The store path that keeps the record in memory only."""

SECRET_VARIABLES: Mapping[str, str] = FrozenDict(
    {name: f"PARLEYRUN_{name.upper()}" for name in ("page_token", "app_secret", "verify_token")}
)
"""Where a page's secrets stand in the environment, by their keys under `channels.messenger`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskConfig:
    """One entry under `tasks:`. `max_time_in_pool` None is for ever."""

    key: str
    task_world: str
    onboard_world: str | None = None
    agents_required: int = 1
    max_time_in_pool: float | None = None
    backup_task: str | None = None


@dataclass(frozen=True, slots=True)
class BrowserConfig:
    """Where the browser channel listens. Port 0 takes any free one."""

    host: str = "127.0.0.1"
    port: int = 8765


@dataclass(frozen=True, slots=True, kw_only=True)
class MessengerConfig:
    """How the page is reached. What is secret belongs elsewhere, and its `repr` keeps it to itself.

    `public_url` is where Meta finds this machine, without the `/webhook`; only checks use it. `allow_images`
    lets people send any kind of attachment. With `human_agent` a person is answered for seven days.
    """

    graph_url: str = "https://graph.facebook.com"
    api_version: str = "v26.0"
    verify_token: str | None = field(default=None, repr=False)
    app_secret: str | None = field(default=None, repr=False)
    page_token: str | None = field(default=None, repr=False)
    allow_images: bool = False
    public_url: str | None = None
    max_sends_per_second: float = 250.0
    human_agent: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one person may send."""

    messages_per_second: float = 20.0
    text_bytes: int = 65536


@dataclass(frozen=True, slots=True)
class StoreConfig:
    """Where the record is kept, and how.

    `path` None is `<task_name>.db` in the current folder. `synchronous` 'full' outlives a loss of power,
    'normal' a crash of the process only. Without `snapshots` conversations cannot go on after a restart. `kind`
    is the name of a registered store and `settings` what stands under it; None for the one that `path` is of.
    """

    path: str | None = None
    synchronous: str = "full"
    snapshots: bool = True
    kind: str | None = None
    settings: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A whole config.

    `doors` are the channels people come through: what stands under `channels:`, in the order of the file, or else
    the one that a `page_id` tells of. `more_channels` are the settings of those that are neither `browser` nor
    `messenger`, by their names. `path` is None for a config that was built from values; then `marks` is empty.
    Its `repr` keeps the password to itself.
    """

    world_module: str
    overworld: str
    path: Path | None = None
    task_name: str = "parleyrun"
    tasks: Mapping[str, TaskConfig] = field(default_factory=FrozenDict)
    opt: Opt = field(default_factory=Opt)
    texts: Texts = field(default_factory=Texts)
    limits: Limits = field(default_factory=Limits)
    store: StoreConfig = field(default_factory=StoreConfig)
    max_workers: int = 30
    max_threads: int = 2000
    tick_seconds: float = 5.0
    disconnect_grace: float = 60.0
    shutdown_grace: float = 300.0
    page_id: str | None = None
    password: str | None = field(default=None, repr=False)
    browser: BrowserConfig | None = None
    messenger: MessengerConfig | None = None
    doors: tuple[str, ...] = ("browser",)
    more_channels: Mapping[str, Any] = field(default_factory=FrozenDict)
    additional_args: Mapping[str, Any] = field(default_factory=FrozenDict)
    marks: Marks = field(default_factory=Marks, repr=False, compare=False)
