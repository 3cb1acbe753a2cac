"""What `/healthz` tells those who look after the service, over a real socket and with a real store."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from serving import Serving, serve
from starlette.requests import Request

from parleyrun.runner.timers import Clock
from parleyrun.store.sqlite.sqlite_store import SqliteStore
from parleyrun.web.health import Health


class Disk:
    """Full for as long as a test wants it to be."""

    full = False

    def statement(self, name: str) -> None:
        if self.full and name in ("begin", "commit"):
            raise sqlite3.OperationalError("database or disk is full")


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "study.db"


@pytest.fixture
def recorded(caplog: pytest.LogCaptureFixture, path: Path, disk: Disk) -> Iterator[Serving]:
    """A service with a store on disk."""

    def make_store(clock: Clock) -> SqliteStore:
        return SqliteStore(path, clock, fault=disk.statement)

    with serve(caplog, make_store=make_store) as serving:
        serving.tolerated = ("the store cannot record", "the store still cannot record")
        yield serving


def until_health(serving: Serving, status: str) -> Any:
    """Ask until the answer has that status; return it."""
    told: list[Any] = []

    def looks_right(_figures: object) -> bool:
        told.append(serving.ask_health())
        return told[-1].json()["status"] == status

    serving.until(looks_right)
    return told[-1]


def test_all_is_well_while_the_store_records(recorded):
    recorded.visitor().line("menu")
    health = recorded.ask_health()
    assert health.status_code == 200
    assert health.json()["status"] == "ok"
    assert health.json()["trouble"] is None


def test_a_full_disk_is_told_with_its_cause_and_so_is_its_end(recorded, disk):
    person = recorded.visitor()
    person.line("menu")
    disk.full = True
    person.send(type="message", message_id="m1", text="echo")
    ill = until_health(recorded, "trouble")
    assert ill.status_code == 503
    assert "disk is full" in ill.json()["trouble"]
    assert ill.json()["places"] == {"overworld": 1}
    disk.full = False
    well = until_health(recorded, "ok")
    assert (well.status_code, well.json()["trouble"]) == (200, None)
    person.get("ack", message_id="m1")
    person.line("you are Person 1")


def test_what_is_refused_in_trouble_is_heard_by_nobody(recorded, disk):
    ann, bob = recorded.pair()
    disk.full = True
    ann.send(type="message", message_id="m1", text="kept")
    until_health(recorded, "trouble")
    ann.send(type="message", message_id="m2", text="refused")
    assert ann.get("error", message_id="m2")["code"] == "refused"
    disk.full = False
    ann.get("ack", message_id="m1")
    bob.line("kept")
    ann.says_as("m2", "said again")
    assert bob.get("message")["text"] == "said again"


def test_a_deleted_file_is_told_before_anybody_speaks(recorded, path):
    recorded.visitor().line("menu")
    recorded.settle()
    path.rename(path.with_suffix(".moved"))
    ill = recorded.ask_health()
    assert ill.status_code == 503
    assert "deleted or moved away" in ill.json()["trouble"]
    path.with_suffix(".moved").rename(path)
    assert recorded.ask_health().status_code == 200


def test_trouble_is_told_before_closing(recorded, disk):
    person = recorded.visitor()
    person.line("menu")
    disk.full = True
    person.send(type="message", message_id="m1", text="echo")
    until_health(recorded, "trouble")
    closing = threading.Thread(target=recorded.service.close, args=(None,))
    closing.start()
    recorded.until(lambda _: recorded.service.closing)
    assert recorded.ask_health().json()["status"] == "trouble"
    disk.full = False
    assert until_health(recorded, "closing").status_code == 503
    recorded.service.hurry()
    closing.join()


@dataclass
class Calm:
    """Figures of a service in which nothing goes on."""

    busy: bool = False
    not_taken: dict[str, int] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("peer", "status", "trouble"), [("127.0.0.1", "degraded", "max_cost is reached"), ("9.9.9.9", "ok", None)]
)
def test_a_limit_that_is_reached_is_told_but_not_to_strangers_where_bots_are_hidden(
    peer: str, status: str, trouble: str | None
) -> None:
    health = Health(lambda: Calm(), shortage=lambda: "max_cost is reached", hides_models=True)  # type: ignore[arg-type,return-value]
    request = Request({"type": "http", "method": "GET", "headers": [], "client": (peer, 1234)})
    answer = asyncio.run(health.answer(request))
    told = json.loads(bytes(answer.body))
    assert (answer.status_code, told["status"], told["trouble"]) == (200, status, trouble)
