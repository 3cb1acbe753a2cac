"""The app: everything is opened in order, closed in order, and nothing stays open where something fails."""

from __future__ import annotations

import socket
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from app_lab import address_of

from parleyrun import World
from parleyrun.app.app import App
from parleyrun.app.planning import plan_of
from parleyrun.app.store_choice import default_store_path, make_store
from parleyrun.channels.browser.browser_channel import BrowserChannel
from parleyrun.channels.memory_channel import MemoryChannel
from parleyrun.config.plan import Plan, config_from_mapping
from parleyrun.config.schema import BrowserConfig
from parleyrun.errors import ChannelError, StoreError, WorldError
from parleyrun.events import Delivery
from parleyrun.signals import Ended, Signal
from parleyrun.store.memory_store import MemoryStore
from parleyrun.store.sqlite.sqlite_store import SqliteStore
from parleyrun.testing import VirtualTimers
from parleyrun.web.web_server import WebServer

LEAST = {"world_module": "worlds", "overworld": "Hall", "tasks": {}}
ANY_PORT = BrowserConfig(port=0)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records are made in the current folder."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def threads():
    """No thread outlives the app that started it."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in set(threading.enumerate()) - before if thread.name.startswith("parleyrun")]
    for thread in left:
        thread.join(60)
    assert [thread.name for thread in left if thread.is_alive()] == []


class Hall(World):
    """Where nothing happens."""

    def parley(self) -> None:
        self.agents[0].act()


def plan(config: dict[str, Any] | None = None, **hooks: Any) -> Plan:
    return plan_of({**LEAST, **(config or {})}, SimpleNamespace(Hall=Hall, **hooks))


class Noted:
    """What happens to the parts of an app, in order; a part fails where it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fails: str = "") -> None:
        self.happened: list[str] = []
        self.fails = fails
        for verb in ("open", "start", "close"):
            self._watch(monkeypatch, WebServer, verb, "server")
        for verb in ("open", "close"):
            self._watch(monkeypatch, SqliteStore, verb, "store")
        for verb in ("start", "close"):
            self._watch(monkeypatch, BrowserChannel, verb, "browser")
            self._watch(monkeypatch, MemoryChannel, verb, "memory")

    def app(self) -> App:
        def module_initialize(_opt: Any, _service: Any) -> None:
            self.note("worlds start")

        values = plan({"channels": {"browser": {}}}, module_initialize=module_initialize)
        browser = App(values, store=":memory:").channel(BrowserChannel)
        return App(values, store="noted.db", channels=[browser, MemoryChannel()], address=ANY_PORT)

    def note(self, what: str) -> None:
        self.happened.append(what)
        if what == self.fails:
            raise ChannelError(f"{what}: it fails")

    def _watch(self, monkeypatch: pytest.MonkeyPatch, part: type[Any], verb: str, name: str) -> None:
        original = getattr(part, verb)

        def noted(instance: Any, *args: Any, **kwargs: Any) -> Any:
            self.note(f"{name} {verb}")
            return original(instance, *args, **kwargs)

        monkeypatch.setattr(part, verb, noted)


STAGES = ["server open", "store open", "worlds start", "browser start", "memory start", "server start"]


class TestOrder:
    def test_doors_are_opened_last_and_the_record_is_closed_last_but_for_the_server(self, monkeypatch):
        noted = Noted(monkeypatch)
        with noted.app():
            assert noted.happened == STAGES
            noted.happened.clear()
        assert noted.happened == ["browser close", "memory close", "store close", "server close"]

    @pytest.mark.parametrize("stage", STAGES)
    def test_where_a_stage_fails_what_was_opened_is_closed_and_no_more_is_opened(self, monkeypatch, stage):
        noted = Noted(monkeypatch, stage)
        app = noted.app()
        with pytest.raises((ChannelError, WorldError), match=f"{stage}: it fails"):
            app.start()
        opened = STAGES[: STAGES.index(stage) + 1]
        assert noted.happened[: len(opened)] == opened
        closed = noted.happened[len(opened) :]
        for part in ("server", "store", "browser", "memory"):
            was_open = any(what.startswith(part) for what in opened[:-1])
            assert not was_open or f"{part} close" in closed, closed
        assert not set(STAGES) & set(closed)
        assert app.close() == []
        # Nothing of it holds the record any more.
        noted.fails = ""
        with App(plan(), store="noted.db", channels=[MemoryChannel()]):
            pass

    def test_a_busy_port_leaves_the_worlds_alone(self):
        def module_initialize(_opt: Any, _service: Any) -> None:
            pytest.fail("the worlds were set up")

        values = plan({"channels": {"browser": {}}}, module_initialize=module_initialize)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            app = App(values, store=":memory:", address=BrowserConfig(port=taken.getsockname()[1]))
            with pytest.raises(ChannelError, match="is taken by another program"):
                app.start()

    def test_a_record_that_is_in_use_is_told_and_closes_the_port(self):
        with App(plan(), store="in-use.db", channels=[MemoryChannel()]):
            app = App(plan({"channels": {"browser": {}}}), store="in-use.db", address=ANY_PORT)
            with pytest.raises(StoreError, match="in use"):
                app.start()

    def test_an_app_starts_once(self):
        app = App(plan(), store=":memory:", channels=[MemoryChannel()])
        with app:
            pass
        with pytest.raises(RuntimeError, match="make another one"):
            app.start()


class TestClosing:
    def test_closing_twice_closes_once(self, monkeypatch):
        noted = Noted(monkeypatch)
        with noted.app() as app:
            assert app.close(grace_seconds=0) == []
            assert app.close(grace_seconds=0) == []
        assert noted.happened.count("server close") == noted.happened.count("store close") == 1

    def test_an_app_that_was_never_started_has_nothing_to_close(self):
        assert App(plan(), store=":memory:", channels=[MemoryChannel()]).close() == []

    def test_people_are_told_before_their_channel_is_closed_and_all_of_it_is_on_record(self):
        happened: list[str] = []

        class Telling(MemoryChannel):
            def send(self, delivery: Delivery) -> None:
                happened.append(delivery.message.text)
                super().send(delivery)

            def signal(self, participant_id: str, signal: Signal) -> None:
                if isinstance(signal, Ended):
                    happened.append("ended")
                super().signal(participant_id, signal)

            def close(self) -> None:
                happened.append("channel closes")
                super().close()

        channel = Telling()
        with App(plan(), store="told.db", channels=[channel]) as app:
            channel.say("ann", "hello")
            assert app.service.wait_quiet()
            app.close(grace_seconds=0)
        closing_text = app.plan.config.texts.closing
        assert happened == [closing_text, "ended", "channel closes"]
        with closing(sqlite3.connect("told.db")) as record:
            texts = [text for (text,) in record.execute("SELECT text FROM lines ORDER BY seq")]
        assert texts == ["hello", closing_text]


class TestParts:
    def test_without_a_channel_that_needs_a_server_there_is_no_address(self):
        with App(plan(), store=":memory:", channels=[MemoryChannel()]) as app:
            assert app.web_server is None
            assert app.url is None
            assert [(door.name, door.where) for door in app.door_figures()] == [("memory", "")]

    def test_the_page_is_served_at_the_address(self):
        with App.from_config(LEAST, worlds=SimpleNamespace(Hall=Hall), store=":memory:", port=0) as app:
            assert app.url is not None
            assert httpx.get(f"{app.url}/healthz", verify=False).json()["status"] == "ok"
            assert [(door.name, door.where) for door in app.door_figures()] == [("browser", app.url)]

    def test_the_host_and_port_that_are_given_go_before_the_configs(self):
        worlds = SimpleNamespace(Hall=Hall)
        values = {**LEAST, "channels": {"browser": {"host": "127.0.0.2", "port": 1}}}
        with App.from_config(values, worlds=worlds, store=":memory:", port=0) as app:
            assert address_of(app.url or "")[0] == "127.0.0.2"

    def test_a_channel_is_found_by_its_class(self):
        channel = MemoryChannel()
        app = App(plan(), store=":memory:", channels=[channel])
        assert app.channel(MemoryChannel) is channel
        with pytest.raises(LookupError, match=r"expected a BrowserChannel among the channels, got \['memory'\]"):
            app.channel(BrowserChannel)

    def test_constructing_opens_and_writes_nothing(self, tmp_path):
        before = threading.active_count()
        App(plan({"channels": {"browser": {}}}), address=BrowserConfig(port=1))
        assert threading.active_count() == before
        assert list(tmp_path.iterdir()) == []

    def test_secrets_of_a_page_that_nobody_knows_are_named(self, monkeypatch):
        for name in ("PAGE_TOKEN", "APP_SECRET", "VERIFY_TOKEN"):
            monkeypatch.delenv(f"PARLEYRUN_{name}", raising=False)
        monkeypatch.setenv("XDG_CONFIG_HOME", "/nowhere")
        with pytest.raises(ChannelError, match="set PARLEYRUN_PAGE_TOKEN, PARLEYRUN_APP_SECRET and"):
            App(plan({"page_id": 1234}))


@pytest.mark.parametrize("error", [ValueError("no model"), SystemExit("no model")])
def test_a_module_initialize_that_fails_is_named_with_its_line(error):
    def module_initialize(_opt: Any, _service: Any) -> None:
        raise error

    with pytest.raises(WorldError) as raised:
        App(plan(module_initialize=module_initialize), store=":memory:", channels=[MemoryChannel()]).start()
    first, *frames = str(raised.value).splitlines()
    assert first == f"worlds.module_initialize(opt, service) raised {type(error).__name__}: no model"
    assert len(frames) == 1
    assert frames[0].endswith("in module_initialize: raise error")


class TestStoreChoice:
    @pytest.mark.parametrize(
        ("task_name", "path"),
        [
            ("demo", "demo.db"),
            ("A study, 2nd round", "A-study-2nd-round.db"),
            ("../etc/passwd", "etc-passwd.db"),
            ("..", "parleyrun.db"),
            ("🎉", "parleyrun.db"),
            ("  ", "parleyrun.db"),
            ("_ _", "parleyrun.db"),
            (".hidden", "hidden.db"),
            ("漢" * 300, "漢" * 66 + ".db"),
        ],
    )
    def test_the_record_is_named_after_the_task_and_stays_in_this_folder(self, task_name, path):
        assert default_store_path(task_name) == path

    def test_what_is_given_goes_before_the_config_and_that_before_the_name(self, tmp_path):
        timers = VirtualTimers()
        named = config_from_mapping({**LEAST, "store": {"path": str(tmp_path / "config.db")}})
        unnamed = config_from_mapping({**LEAST, "task_name": "lab"})

        assert isinstance(make_store(named, ":memory:", timers), MemoryStore)
        assert make_store(named, tmp_path / "given.db", timers).path == tmp_path / "given.db"
        assert make_store(named, None, timers).path == tmp_path / "config.db"
        assert make_store(unnamed, None, timers).path == Path("lab.db")
