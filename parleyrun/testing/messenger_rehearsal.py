"""A service whose people use Messenger, over real sockets, with a page that is ours."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..channels.browser.browser_channel import BrowserChannel
from ..channels.messenger.messenger_channel import MessengerChannel
from ..channels.messenger.settings import MessengerSettings
from ..config.plan import Plan, config_from_mapping, load_config, make_plan
from ..events import Delivery
from ..fake_graph import FakeGraph, FakeMessengerPerson
from ..fake_graph.our_page import OUR_PAGE, PAGE_ID, settings_for, with_our_page
from ..runner.timers import ThreadTimers
from ..service.service import Service
from ..store.memory_store import MemoryStore
from ..store.sqlite.sqlite_store import SqliteStore
from ..web.web_server import WebServer
from .rehearsal import QUIET_TIMEOUT_SECONDS
from .showable import check_showable
from .virtual_timers import VirtualTimers

START_SECONDS = 1_800_000_000.0
"""When a clock of ours begins. Meta's times are in milliseconds, and those of an early one could be seconds."""


class _Overheard(MessengerChannel):
    """A channel that keeps what it was given to send, in `said`. Any thread."""

    def __init__(self, settings: MessengerSettings, said: list[Delivery], **parts: Any) -> None:
        super().__init__(settings, **parts)
        self.said = said

    def send(self, delivery: Delivery) -> None:
        self.said.append(delivery)
        super().send(delivery)


class MessengerRehearsal:
    """A service with a webhook, and a Graph API whose people write to it. Use it as a context manager.

    The plan is one with `OUR_PAGE` laid over its config. The clock stands still until `advance()`, unless
    `real_time` lets it run. `store_path` is a file to keep the record in; without one it ends with the rehearsal.
    `graph` is open for as long as it lasts, `service` and `channel` are there from its beginning. It fails at its
    end where something was said that Messenger cannot show.
    """

    service: Service
    channel: MessengerChannel

    def __init__(self, plan: Plan, *, store_path: Path | str | None = None, real_time: bool = False) -> None:
        self.timers = ThreadTimers() if real_time else VirtualTimers(START_SECONDS)
        self.graph = FakeGraph(page_id=PAGE_ID, clock=self.timers.clock)
        self._plan = plan
        self._store_path = store_path
        self._server: WebServer | None = None
        self._said: list[Delivery] = []
        self._parts = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as parts:
            parts.enter_context(self.graph)
            if isinstance(self.timers, ThreadTimers):
                self.timers.start()
                parts.callback(self.timers.close)
            self._make()
            assert self._server is not None, "it was just made"
            self._server.open()
            parts.callback(self._server.close)
            self.service.start()
            parts.push(self._close_service)
            self._server.start()
            self.graph.connect(f"{self._server.url}/webhook")
            self._parts = parts.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._parts.__exit__(kind, error, traceback)

    def _close_service(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        stuck = self.service.close(grace_seconds=0)
        if stuck and error is None:
            raise AssertionError(f"author code would not stop: {', '.join(map(str, stuck))}")
        if error is None:
            check_showable(self._said)

    def _make(self) -> None:
        config, clock = self._plan.config, self.timers.clock
        browser = BrowserChannel(texts=config.texts, limits=config.limits, title=config.task_name)
        self.channel = _Overheard(
            settings_for(self.graph, config.messenger),
            self._said,
            texts=config.texts,
            limits=config.limits,
            timers=self.timers,
        )
        self.service = Service(
            self._plan,
            store=MemoryStore(clock) if self._store_path is None else SqliteStore(self._store_path, clock),
            channels=[browser, self.channel],
            timers=self.timers,
        )
        self._server = WebServer(
            browser,
            webhook=self.channel.intake,
            host="127.0.0.1",
            port=0,
            figures=self.service.figures,
            closing=lambda: self.service.closing,
            trouble=self.service.trouble,
        )

    @property
    def url(self) -> str:
        """Where a browser finds the chat page, so that people of both kinds can meet."""
        assert self._server is not None, "expected the rehearsal to have begun"
        return self._server.url

    def person(self, psid: str | None = None) -> FakeMessengerPerson:
        """Return the person of that id; without one, somebody new."""
        return self.graph.person(psid)

    def people(self, *psids: str) -> list[FakeMessengerPerson]:
        return self.graph.people(*psids)

    def advance(self, seconds: float) -> None:
        """Let time pass, on a clock of ours."""
        assert isinstance(self.timers, VirtualTimers), "expected a rehearsal whose time stands still"
        self.settle()
        self.timers.advance(seconds, self.settle)

    def settle(self) -> None:
        """Wait until nothing moves any more but by people or time, and everybody sees what was said."""
        quiet = (
            self.service.wait_quiet(QUIET_TIMEOUT_SECONDS)
            and self.channel.wait_at_rest(QUIET_TIMEOUT_SECONDS)
            and self.graph.wait_quiet(QUIET_TIMEOUT_SECONDS)
            and self.service.wait_quiet(QUIET_TIMEOUT_SECONDS)
        )
        if not quiet:
            raise AssertionError(f"service and page did not come to rest within {QUIET_TIMEOUT_SECONDS:g} s")


def rehearse_messenger(
    config: str | Path | Mapping[str, Any],
    worlds: Any = None,
    *,
    store_path: Path | str | None = None,
    real_time: bool = False,
) -> MessengerRehearsal:
    """Return a rehearsal of a config, a path to one or its values, with people who use Messenger.

    `worlds` is as for `rehearse`, the rest as for `MessengerRehearsal`; the config needs no page. Raises
    `ConfigError` with everything that `parleyrun validate` would say.
    """
    if isinstance(config, Mapping):
        values = {"world_module": "worlds", "task_name": "rehearsal", **config}
        loaded = config_from_mapping(with_our_page(values))
    else:
        loaded = load_config(Path(config), OUR_PAGE)
    return MessengerRehearsal(make_plan(loaded, module=worlds), store_path=store_path, real_time=real_time)
