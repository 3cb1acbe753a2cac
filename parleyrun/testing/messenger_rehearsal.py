"""A service whose people use Messenger, over real sockets, with a page that is ours."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..app.app import App
from ..app.planning import ConfigSource, plan_of
from ..channels.messenger.messenger_channel import MessengerChannel
from ..config.plan import Plan
from ..config.schema import MEMORY, BrowserConfig
from ..events import Delivery, participant_id
from ..fake_graph import FakeGraph, FakeMessengerPerson
from ..fake_graph.our_page import OUR_PAGE, PAGE_ID, settings_for
from ..runner.timers import SystemClock
from ..service.service import Service
from .rehearsal import DEFAULTS, QUIET_TIMEOUT_SECONDS
from .showable import check_showable
from .virtual_timers import VirtualTimers

START_SECONDS = 1_800_000_000.0
"""When a clock of ours begins. Meta's times are in milliseconds, and those of an early one could be seconds."""


class MessengerRehearsal:
    """A service with a webhook, and a Graph API whose people write to it. Use it as a context manager.

    `graph` is open for as long as it lasts; `app`, `service` and `channel` are there from its beginning. It
    fails at its end where something was said that Messenger cannot show.
    """

    app: App
    channel: MessengerChannel

    def __init__(self, plan: Plan, *, store_path: Path | str | None = None, real_time: bool = False) -> None:
        """Put a rehearsal together; nothing is opened yet.

        Args:
            plan: One with `OUR_PAGE` laid over its config.
            store_path: A file to keep the record in; without one it ends with the rehearsal.
            real_time: Whether the clock is that of this machine; otherwise it stands still until `advance()`.
        """
        self.timers = None if real_time else VirtualTimers(START_SECONDS)
        self.graph = FakeGraph(page_id=PAGE_ID, clock=self.timers or SystemClock())
        self._plan = plan
        self._store_path = store_path
        self._parts = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as parts:
            parts.enter_context(self.graph)
            self.app = App(
                self._plan,
                store=self._store_path or MEMORY,
                timers=self.timers,
                pages=[settings_for(self.graph, self._plan.config.messenger)],
                address=BrowserConfig(port=0),
            )
            self.channel = self.app.channel(MessengerChannel)
            self.app.start()
            parts.push(self._close_app)
            self.graph.connect(f"{self.app.url}/webhook")
            self._parts = parts.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._parts.__exit__(kind, error, traceback)

    def _close_app(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        said = [] if error is not None else self._said()
        stuck = self.app.close(grace_seconds=0)
        if error is None:
            if stuck:
                raise AssertionError(f"author code would not stop: {', '.join(map(str, stuck))}")
            check_showable(said)

    def _said(self) -> list[Delivery]:
        """Return all that people with Messenger were to be sent, once nothing more is being said."""
        self.service.wait_quiet(QUIET_TIMEOUT_SECONDS)
        ids = [participant_id(self.channel.name, person.psid) for person in self.graph.everybody]
        return [line for known in ids for line in self.service.lines_after(known, 0)]

    @property
    def service(self) -> Service:
        """The service that is rehearsed."""
        return self.app.service

    @property
    def url(self) -> str:
        """Where a browser finds the chat page, so that people of both kinds can meet."""
        assert self.app.url is not None, "expected the rehearsal to have begun"
        return self.app.url

    def person(self, psid: str | None = None) -> FakeMessengerPerson:
        """Return the person of that id; without one, somebody new."""
        return self.graph.person(psid)

    def people(self, *psids: str) -> list[FakeMessengerPerson]:
        """Return the people of these ids."""
        return self.graph.people(*psids)

    def advance(self, seconds: float) -> None:
        """Let so much time pass, and all come to rest that is due in it.

        Raises:
            AssertionError: The rehearsal goes by the clock of this machine.
        """
        assert isinstance(self.timers, VirtualTimers), "expected a rehearsal whose time stands still"
        self.settle()
        self.timers.advance(seconds, self.settle)

    def settle(self) -> None:
        """Wait until only people or time can move anything, and everybody sees what was said.

        Raises:
            AssertionError: Service and page did not come to rest within `QUIET_TIMEOUT_SECONDS` of real time.
        """
        quiet = (
            self.service.wait_quiet(QUIET_TIMEOUT_SECONDS)
            and self.channel.wait_at_rest(QUIET_TIMEOUT_SECONDS)
            and self.graph.wait_quiet(QUIET_TIMEOUT_SECONDS)
            and self.service.wait_quiet(QUIET_TIMEOUT_SECONDS)
        )
        if not quiet:
            raise AssertionError(f"service and page did not come to rest within {QUIET_TIMEOUT_SECONDS:g} s")


def rehearse_messenger(
    config: ConfigSource,
    worlds: Any = None,
    *,
    store_path: Path | str | None = None,
    real_time: bool = False,
) -> MessengerRehearsal:
    """Return a rehearsal of a config with people who use Messenger. The config needs no page.

    Args:
        config: The path of a file, or the values that would stand in one.
        worlds: The module (or anything with the worlds as attributes) to take instead of `world_module`.
        store_path: A file to keep the record in; without one it ends with the rehearsal.
        real_time: Whether the clock is that of this machine; otherwise it stands still until `advance()`.

    Raises:
        ConfigError: The config cannot be used; its text tells all that `parleyrun validate` would.
    """
    plan = plan_of(config, worlds, overrides=OUR_PAGE, defaults=DEFAULTS)
    return MessengerRehearsal(plan, store_path=store_path, real_time=real_time)
