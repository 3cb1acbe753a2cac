"""An app of a test's own: any worlds and channels, on a clock that stands still and a port that is free."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from parleyrun.app.app import App
from parleyrun.app.doors import address_of as configured_address
from parleyrun.app.planning import plan_of
from parleyrun.events import Channel
from parleyrun.runner.timers import Clock
from parleyrun.store.memory_store import MemoryStore
from parleyrun.store.protocol import Store
from parleyrun.testing import VirtualTimers

PATIENCE_SECONDS = 60.0
"""How long a test waits for what must come. Nothing waits for as long as this unless it fails."""


class AppLab:
    """An app whose time stands still until it is moved. Use it as a context manager.

    It fails at its end if worlds will not stop. The store is made for the clock that the app goes by; without
    `channels` they are the config's.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        worlds: Any,
        *,
        make_store: Callable[[Clock], Store] = MemoryStore,
        channels: Sequence[Channel] | None = None,
        timers: VirtualTimers | None = None,
    ) -> None:
        self.timers = timers or VirtualTimers()
        plan = plan_of(config, worlds)
        self.app = App(
            plan,
            store=make_store(self.timers),
            channels=channels,
            timers=self.timers,
            address=configured_address(plan.config, port=0),
        )
        self.service = self.app.service
        self.texts = self.app.plan.config.texts

    def __enter__(self) -> Self:
        self.app.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.app.close(grace_seconds=0) == []

    @property
    def url(self) -> str:
        assert self.app.url is not None
        return self.app.url

    @property
    def address(self) -> tuple[str, int]:
        return address_of(self.url)

    def advance(self, seconds: float) -> None:
        """Let time pass for the service."""
        self.timers.advance(seconds, self.settle)

    def settle(self) -> None:
        assert self.service.wait_quiet(PATIENCE_SECONDS)


def address_of(url: str) -> tuple[str, int]:
    """Return the host and the port of an address such as `http://127.0.0.1:8765`."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    return host, int(port)
