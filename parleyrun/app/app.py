"""The composition: a plan with everything that it takes to run it, started and closed in the right order."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from traceback import extract_tb
from types import TracebackType
from typing import Any, Protocol, Self

from ..config.plan import Plan
from ..config.schema import MEMORY, Config
from ..errors import WorldError
from ..events import Channel
from ..runner.timers import Clock, ThreadTimers
from ..runner.turn import RunIdentity
from ..service.service import Service
from ..store.memory_store import MemoryStore
from ..store.protocol import Store


class Server(Protocol):
    """A web server in front of a channel.

    `open()` takes the address, and raises `ChannelError` if that is impossible; `start()` begins to let people
    in; after `open()`, `url` is where.
    """

    @property
    def url(self) -> str: ...

    def open(self) -> None: ...

    def start(self) -> None: ...

    def close(self) -> None: ...


MakeServer = Callable[[Service], Server]
"""Builds a server, cheaply and silently, for the service that it tells of."""


class Composition:
    """A service with its clock, its store, its channels and, for channels that need one, a web server.

    Constructing is silent. `start()` opens everything and `close()` shuts it; as a context manager it is
    closed without grace, unless it was closed before. `store_path` None takes the config's. `timers` are those
    that the channels were given, if they need any; they are started and closed here.
    """

    def __init__(
        self,
        plan: Plan,
        channels: Sequence[Channel],
        *,
        store_path: str | None = None,
        make_server: MakeServer | None = None,
        timers: ThreadTimers | None = None,
    ) -> None:
        self._timers = timers or ThreadTimers()
        store = make_store(plan.config, store_path, self._timers.clock)
        self.service = Service(_with_guarded_start(plan), store=store, channels=channels, timers=self._timers)
        self._server = None if make_server is None else make_server(self.service)
        self._parts = ExitStack()
        self._open = False

    @property
    def url(self) -> str | None:
        """Where people find the page; None where there is no server. Known once this is started."""
        return None if self._server is None else self._server.url

    def start(self) -> None:
        """Open everything; when this returns, people are let in.

        Author code (`module_initialize`) runs on the calling thread. Raises `ChannelError` if a door cannot be
        opened and `WorldError` if `module_initialize` fails; nothing is left open then.
        """
        with ExitStack() as parts:
            parts.callback(self._timers.close)
            if self._server is not None:
                # First of all: a busy port is to be known before a world module loads its models.
                self._server.open()
                parts.callback(self._server.close)
            self._timers.start()
            self.service.start()
            try:
                if self._server is not None:
                    self._server.start()
            except BaseException:
                self.service.close(grace_seconds=0)
                raise
            self._parts = parts.pop_all()
            self._open = True

    def close(self, grace_seconds: float | None = None) -> list[RunIdentity]:
        """Close the service, then what it stands on. Calling it twice is harmless.

        `grace_seconds` is as in `Service.close`. Returns the runs whose author code would not stop.
        """
        if not self._open:
            return []
        self._open = False
        with self._parts:
            return self.service.close(grace_seconds)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close(grace_seconds=0)


def make_store(config: Config, path: str | None, clock: Clock) -> Store:
    """Return the store of a config; `path`, if given, goes before what the config says."""
    path = path or config.store.path or default_store_path(config.task_name)
    if path == MEMORY:
        return MemoryStore(clock)
    from ..store.sqlite.sqlite_store import (
        SqliteStore,  # what lasts costs an import that what does not can do without
    )

    return SqliteStore(
        path,
        clock,
        synchronous="normal" if config.store.synchronous == "normal" else "full",
        snapshots=config.store.snapshots,
        refusal=config.texts.trouble,
    )


def default_store_path(task_name: str) -> str:
    """Return the file in the current folder that belongs to a task name."""
    return re.sub(r"[^\w.-]+", "-", task_name).strip(".-") + ".db"


def _with_guarded_start(plan: Plan) -> Plan:
    """Have what `module_initialize` raises say whose mistake it is."""
    if plan.module_initialize is None:
        return plan
    return replace(plan, module_initialize=partial(_initialize, plan.module_initialize, plan.config.world_module))


def _initialize(module_initialize: Callable[[Any, Any], Any], module: str, opt: Any, service: Any) -> None:
    try:
        module_initialize(opt, service)
    except (Exception, SystemExit) as error:
        # The first frame is this one; all that follow are the author's, and what they called.
        frames = [
            f"  {frame.filename}:{frame.lineno} in {frame.name}: {frame.line}"
            for frame in extract_tb(error.__traceback__)[1:]
        ]
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise WorldError(
            "\n".join([f"{module}.module_initialize(opt, service) raised {what}", *frames])
        ) from error
