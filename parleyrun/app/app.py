"""The app: a plan with everything that it takes to run it, started and closed in the right order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ..config.plan import Plan
from ..config.schema import BrowserConfig
from ..events import Channel
from ..runner.runner import Runner, RunnerMaker
from ..runner.timers import ThreadTimers, Timers
from ..runner.turn import RunIdentity
from ..service.service import Service
from ..store.media_library import MediaLibrary
from ..store.protocol import Store
from .console_door import ConsoleDoor, make_console
from .doors import DoorFigures, address_of, door_figures, make_channels, make_web_servers
from .module_token import config_with_module_token
from .plan_change import refuse_what_needs_a_restart
from .planning import ConfigSource, plan_of
from .shared_models import has_hidden_bots, is_other_model, make_model_shelf, with_shared_models
from .store_choice import attachments_beside, file_of, link_secret_beside, make_store, tell_of_record
from .watching.alerts_door import make_alerts_door
from .watching.metrics_door import make_metrics_door
from .watching.traces_door import make_traces_door
from .world_module_setup import with_guarded_setup

if TYPE_CHECKING:
    from ..channels.messenger.settings import MessengerSettings
    from ..web.web_server import WebServer
    from .hosting.engine_choice import HostsEngine

C = TypeVar("C")


def _nothing() -> None:
    """Nobody is to be told."""


class App:
    """One config as it runs: store, channels, web server and service, made here and nowhere else.

    For instance:

        with parleyrun.App.from_config("my.yml", port=0) as app:
            print(app.url)
            input("Enter ends it")

    Constructing is cheap and silent. `start()` opens everything and `close()` shuts it; as a context manager an
    app is closed without grace, unless it was closed before. It works on any thread, whether or not an event
    loop runs there, takes no signals, and tells what goes wrong by exceptions. It starts once.

    `plan` is what runs, `service`, `models` and `channels` are there from the beginning, and so is `web_server`,
    where one of the channels needs it. `console` is there where the config has one.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        store: Store | Path | str | None = None,
        channels: Sequence[Channel] | None = None,
        timers: Timers | None = None,
        pages: Sequence[MessengerSettings] | None = None,
        address: BrowserConfig | None = None,
        on_failure: Callable[[], None] = _nothing,
    ) -> None:
        """Put together what runs a plan; whatever is None is as its config says.

        Args:
            plan: A checked config (see `from_config`).
            store: Where the record is kept: a path, `":memory:"`, or a store that is not open yet.
            channels: How people come, instead of through the config's doors.
            timers: What time it is, and when it has passed. Whoever gives them starts and closes them; without
                them the app goes by the clock of this machine.
            pages: How the Messenger pages are reached, their secrets among it. None looks for these in the
                environment, the config and the user's files.
            address: Where the web server listens.
            on_failure: Called, on the web server's thread, if that stops by itself.

        Raises:
            ChannelError: A secret of a Messenger page is not known.
            MissingExtra: A channel needs a package that is not installed.
        """
        self._own_timers: ThreadTimers | None = None
        if timers is None:
            timers = self._own_timers = ThreadTimers()
        self.timers = timers
        config = plan.config
        store_is_chosen = store is not None
        if store is None or isinstance(store, Path | str):
            store = make_store(config, store, timers)
        self._tell_of_record = partial(tell_of_record, config, store, chosen=store_is_chosen)
        self.store_file = file_of(store)
        """The file of the record, or the path beside which its files lie; None where it is in memory."""
        library = MediaLibrary(attachments_beside(store))
        self.models = make_model_shelf(plan, timers, library)
        self.plan = with_shared_models(with_guarded_setup(plan), self.models)
        if channels is None:
            channels = make_channels(
                config_with_module_token(self.plan), pages, timers, library, partial(link_secret_beside, store)
            )
        self.channels = tuple(channels)
        self._engine = self._make_engine(store)
        if self._engine is not None:
            self.models.reach_replicas(self._engine.replicas)
        self._traces = make_traces_door(config, store, timers.clock)
        self.service = Service(
            self.plan,
            store=store,
            channels=self.channels,
            timers=timers,
            library=library,
            models=self.models,
            make_runner=self._make_runner(),
        )
        address = address or address_of(config)
        self.console: ConsoleDoor | None = make_console(config, self.service, store, timers, address)
        """The operators' pages, where the config has them."""
        self.web_server, self._console_server = make_web_servers(
            self.channels,
            self.service,
            library=library,
            address=address,
            on_failure=on_failure,
            models=self.models,
            hides_models=has_hidden_bots(self.plan),
            console=self.console,
            metrics=make_metrics_door(config, self.service, store, self.console),
        )
        self._alerts = make_alerts_door(config, self.service.operators, timers, self.store_file)
        self._lock = threading.Lock()  # guards _was_started and _opened
        self._was_started = False
        self._url: str | None = None
        self._opened: ExitStack | None = None

    @classmethod
    def from_config(
        cls,
        config: ConfigSource,
        *,
        worlds: Any = None,
        overrides: Mapping[str, Any] | None = None,
        store: Store | Path | str | None = None,
        host: str | None = None,
        port: int | None = None,
    ) -> Self:
        """Return the app of a config, still closed.

        Args:
            config: The path of a file, or the values that would stand in one.
            worlds: Where the worlds are, instead of `world_module`: a module, or anything that has them as
                attributes. In a notebook that is `sys.modules["__main__"]`.
            overrides: What is laid over the config, in its shape. Mappings are merged, None removes a key.
            store: Where to keep the record, as for `App`.
            host: The address to listen on; without it the config's, or 127.0.0.1.
            port: The port to listen on, 0 for any free one; without it the config's, or 8765.

        Raises:
            ConfigError: The config cannot be used; its text tells all that `parleyrun validate` would.
            ChannelError: A secret of a Messenger page is not known.
            MissingExtra: A channel needs a package that is not installed.
        """
        plan = plan_of(config, worlds, overrides=overrides)
        return cls(plan, store=store, address=address_of(plan.config, host, port))

    def _make_engine(self, store: Store) -> HostsEngine | None:
        """Return what has conversations executed elsewhere; None where this process does everything itself."""
        if self.plan.config.engine is None:
            return None
        from .hosting.engine_choice import make_engine  # only where a config asks for it

        return make_engine(self.plan, store, self.timers)

    def _make_runner(self) -> RunnerMaker:
        make: RunnerMaker = Runner if self._engine is None else self._engine.make_runner
        return make if self._traces is None else self._traces.maker(make)

    @property
    def url(self) -> str | None:
        """Where people find the page; None before the app is started, and where no channel needs a web server."""
        return self._url

    @property
    def where(self) -> str:
        """Where people come to: the `url`, or else the names of the channels, which have doors of their own."""
        return self.url or ", ".join(channel.name for channel in self.channels)

    @property
    def _servers(self) -> list[WebServer]:
        return list(dict.fromkeys(filter(None, (self.web_server, self._console_server))))

    def channel(self, kind: type[C]) -> C:
        """Return the channel of that class. Raises `LookupError` if there is none."""
        for channel in self.channels:
            if isinstance(channel, kind):
                return channel
        raise LookupError(f"expected a {kind.__name__} among the channels, got {[c.name for c in self.channels]}")

    def door_figures(self) -> list[DoorFigures]:
        """Return what an operator should know of each door. Any thread."""
        return door_figures(self.channels, self.url or "")

    def start(self) -> None:
        """Open everything; when this returns, people are let in.

        The models are built and asked first, with a line in the log for each; then the world module's
        `module_initialize` runs on the calling thread. Where something fails, nothing is left open.

        Raises:
            AgentError: A model cannot be built.
            ChannelError: A door cannot be opened.
            EngineError: A host cannot be started, or does not fit.
            ModelError: A model does not answer.
            StoreError: The record cannot be opened.
            WorldError: `module_initialize` fails.
            RuntimeError: The app was started before.
        """
        with self._lock:
            if self._was_started:
                raise RuntimeError("expected an app that was not started before: make another one")
            self._was_started = True
        with ExitStack() as opened:
            if self._own_timers is not None:
                opened.callback(self._own_timers.close)
            for server in self._servers:
                # First of all: a busy port is to be known before any model is loaded.
                server.open()
                opened.callback(server.close)
            if self.web_server is not None:
                self._url = self.web_server.url
            if self.console is not None and self._console_server is not None:
                self.console.stands_at(self._console_server.url)
                opened.callback(self.console.app.close)
            if self._own_timers is not None:
                self._own_timers.start()
            opened.enter_context(self.service.operators.troubles.listening())
            if self._traces is not None:
                opened.callback(self._traces.close)
            if self._engine is not None:
                opened.callback(self._engine.close)
            opened.callback(self.models.close)
            self.models.start()
            self._tell_of_record()
            if self._engine is not None:
                self._engine.start()
            self.service.start()
            if self._alerts is not None:
                self._alerts.start()
                opened.callback(self._alerts.close)
            try:
                for server in self._servers:
                    server.start()
            except BaseException:
                self.service.close(grace_seconds=0)
                raise
            self._opened = opened.pop_all()

    def change(self, plan: Plan, files: Collection[Path] = ()) -> None:
        """Have whatever begins from now on be of another plan; what goes on keeps what it was begun with. Blocks.

        Who waits goes on waiting, for what their task is now. Where something fails, everything is as it was.

        Args:
            plan: The other one. The `module_initialize` of a world module that was imported anew runs on this
                thread.
            files: Files that have changed: a model that is told what stands in one of them is opened once more.

        Raises:
            ConfigError: It differs in what cannot be changed while people are served; the message says in what.
            AgentError: A model cannot be built.
            ModelError: A model does not answer.
            WorldError: `module_initialize` fails.
            RuntimeError: The app is not open.
        """
        if self._opened is None:
            raise RuntimeError("expected an app that is open")
        refuse_what_needs_a_restart(self.plan, plan)
        models = self.models.open_others(plan.models, partial(is_other_model, self.models, files=files))
        try:
            changed = with_shared_models(with_guarded_setup(plan), self.models, self.plan)
            if changed.module_initialize is not None and changed.module is not self.plan.module:
                changed.module_initialize(changed.opt, self.service.authors)
        except BaseException:
            models.close()
            raise
        self.models.take(models)
        self.service.changes.take(changed)
        self.plan = changed

    def close(self, grace_seconds: float | None = None) -> list[RunIdentity]:
        """Close everything in good order. Calling it twice is harmless. Any thread.

        Newcomers are refused and everybody is told; conversations have the grace to come to an end, and are
        stopped then. All that was said goes on record and out to people, before channels, store and web server
        are closed.

        Args:
            grace_seconds: How long conversations may go on; None is the config's `shutdown_grace`.

        Returns:
            The runs whose author code would not stop.
        """
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is None:
            return []
        with opened:
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
