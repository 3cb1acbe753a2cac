"""A store that a package adds, by its name in a config; and what is asked of one."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from parleyrun.app.app import App
from parleyrun.app.planning import plan_of
from parleyrun.channels.browser.browser_channel import BrowserChannel
from parleyrun.channels.memory_channel import MemoryChannel
from parleyrun.channels.messenger.messenger_channel import MessengerChannel
from parleyrun.config.extensions import STORES
from parleyrun.core.worlds.world import World
from parleyrun.errors import RegistrationError
from parleyrun.events import Channel
from parleyrun.registry import lacks
from parleyrun.store.memory_store import MemoryStore
from parleyrun.store.protocol import Store
from parleyrun.store.sqlite.sqlite_store import SqliteStore
from parleyrun.terminal.terminal_channel import TerminalChannel
from parleyrun.testing import VirtualTimers


class Lobby(World):
    def parley(self):
        return None


class PaperStore(MemoryStore):
    made: list[tuple[object, str]] = []

    def __init__(self, settings, context):
        super().__init__(context.timers.clock)
        self.made.append((settings, context.config.task_name))


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    STORES.names()
    monkeypatch.setattr(STORES, "_things", {**STORES._things})


def test_a_config_has_its_record_kept_by_a_store_that_was_added():
    STORES.register("paper", PaperStore)
    values = {
        "task_name": "study",
        "world_module": "worlds",
        "overworld": "Lobby",
        "tasks": {},
        "store": {"paper": {"drawer": 2}},
    }
    with App(plan_of(values, SimpleNamespace(Lobby=Lobby)), channels=[], timers=VirtualTimers()) as app:
        assert app.url is None
    assert PaperStore.made == [({"drawer": 2}, "study")]


def test_a_store_that_lacks_something_is_refused_when_it_is_registered():
    class Forgetful(PaperStore):
        lines_after = None

    with pytest.raises(RegistrationError, match=r"Forgetful has no method lines_after\("):
        STORES.register("forgetful", Forgetful)
    with pytest.raises(RegistrationError, match=r"MemoryStore cannot be called with \(settings, context\)"):
        STORES.register("plain", MemoryStore)


@pytest.mark.parametrize("kind", [MemoryStore, SqliteStore])
def test_the_bundled_stores_lack_nothing(kind):
    assert lacks(kind, Store) is None


@pytest.mark.parametrize("kind", [BrowserChannel, MessengerChannel, MemoryChannel, TerminalChannel])
def test_the_bundled_channels_lack_nothing(kind):
    assert lacks(kind, Channel) is None
