from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from parleyrun import World
from parleyrun.app.app import Composition, default_store_path, make_store
from parleyrun.channels.memory_channel import MemoryChannel
from parleyrun.config.plan import Plan, config_from_mapping, make_plan
from parleyrun.errors import ChannelError, WorldError
from parleyrun.runner.timers import SystemClock
from parleyrun.service.service import Service
from parleyrun.store.memory_store import MemoryStore

LEAST = {"world_module": "worlds", "overworld": "Hall", "tasks": {}}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records are made in the current folder."""
    monkeypatch.chdir(tmp_path)


class Hall(World):
    """Where nothing happens."""

    def parley(self) -> None:
        self.agents[0].act()


class RecordedChannel(MemoryChannel):
    """Notes when it is opened and closed."""

    def __init__(self, happened: list[str]) -> None:
        super().__init__()
        self._happened = happened

    def start(self, deliver: Any, log: Any) -> None:
        super().start(deliver, log)
        self._happened.append("channel opens")

    def close(self) -> None:
        super().close()
        self._happened.append("channel closes")


class RecordedServer:
    """Notes when it is opened, started and closed; fails where it is told to."""

    url = "http://127.0.0.1:1"

    def __init__(self, service: Service, happened: list[str], fails_to: str = "") -> None:
        self.service = service
        self._happened = happened
        self._fails_to = fails_to

    def open(self) -> None:
        self._do("open")

    def start(self) -> None:
        self._do("start")

    def close(self) -> None:
        self._do("close")

    def _do(self, what: str) -> None:
        self._happened.append(f"server {what}s")
        if what == self._fails_to:
            raise ChannelError(f"the server cannot {what}")


def plan(**hooks: Any) -> Plan:
    values = {"world_module": "worlds", "overworld": "Hall", "tasks": {}}
    return make_plan(config_from_mapping(values), SimpleNamespace(Hall=Hall, **hooks))


def composed(happened: list[str], fails_to: str = "", **hooks: Any) -> Composition:
    return Composition(
        plan(**hooks),
        [RecordedChannel(happened)],
        make_server=lambda service: RecordedServer(service, happened, fails_to),
    )


def test_the_server_takes_its_address_first_and_lets_people_in_last() -> None:
    happened: list[str] = []

    def module_initialize(opt: Any, service: Any) -> None:
        happened.append("worlds set up")

    with composed(happened, module_initialize=module_initialize) as composition:
        assert composition.url == RecordedServer.url
        assert happened == ["server opens", "worlds set up", "channel opens", "server starts"]
        happened.clear()
    assert happened == ["channel closes", "server closes"]


def test_closing_twice_closes_once() -> None:
    happened: list[str] = []
    with composed(happened) as composition:
        composition.close(grace_seconds=0)
    assert happened.count("server closes") == 1


def test_without_a_server_there_is_no_address() -> None:
    with Composition(plan(), [MemoryChannel()]) as composition:
        assert composition.url is None


def test_a_server_that_cannot_open_leaves_the_worlds_alone() -> None:
    happened: list[str] = []
    with pytest.raises(ChannelError, match="cannot open"), composed(happened, fails_to="open"):
        pass
    assert happened == ["server opens"]


def test_a_server_that_cannot_start_leaves_nothing_open() -> None:
    happened: list[str] = []
    with pytest.raises(ChannelError, match="cannot start"), composed(happened, fails_to="start"):
        pass
    assert happened[-2:] == ["channel closes", "server closes"]


@pytest.mark.parametrize("error", [ValueError("no model"), SystemExit("no model")])
def test_a_module_initialize_that_fails_is_named_and_leaves_nothing_open(error: BaseException) -> None:
    happened: list[str] = []

    def module_initialize(opt: Any, service: Any) -> None:
        raise error

    with pytest.raises(WorldError) as raised, composed(happened, module_initialize=module_initialize):
        pass
    first, *frames = str(raised.value).splitlines()
    assert first == f"worlds.module_initialize(opt, service) raised {type(error).__name__}: no model"
    assert len(frames) == 1
    assert frames[0].endswith("in module_initialize: raise error")
    assert happened[-1] == "server closes"


@pytest.mark.parametrize(
    ("task_name", "path"),
    [("demo", "demo.db"), ("A study, 2nd round", "A-study-2nd-round.db"), ("../etc/passwd", "etc-passwd.db")],
)
def test_the_record_is_named_after_the_task_and_stays_in_this_folder(task_name: str, path: str) -> None:
    assert default_store_path(task_name) == path


def test_the_command_line_goes_before_the_config_and_that_before_the_name(tmp_path: Path) -> None:
    clock = SystemClock()
    named = config_from_mapping({**LEAST, "store": {"path": str(tmp_path / "config.db")}})
    unnamed = config_from_mapping({**LEAST, "task_name": "lab"})

    assert isinstance(make_store(named, ":memory:", clock), MemoryStore)
    assert make_store(named, None, clock).path == tmp_path / "config.db"  # type: ignore[attr-defined]
    assert make_store(unnamed, None, clock).path == Path("lab.db")  # type: ignore[attr-defined]
