"""From the frame to the record: what a page says of delivery, over a real socket and with a real store."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from serving import Serving, serve

from parleyrun.store.sqlite.sqlite_store import SqliteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "study.db"


@pytest.fixture
def recorded(caplog: pytest.LogCaptureFixture, path: Path) -> Iterator[Serving]:
    with serve(caplog, make_store=lambda clock: SqliteStore(path, clock)) as serving:
        yield serving


def until_marked(serving: Serving, path: Path, expected: list[tuple[Any, ...]]) -> None:
    """The sign that others get goes out beside the mark, which may be written a moment later."""
    for _ in range(2_000):
        if (found := marks(serving, path)) == expected:
            return
        serving.ask_health()
    assert found == expected


def marks(serving: Serving, path: Path) -> list[tuple[Any, ...]]:
    assert serving.service.wait_quiet()
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT seq, kind FROM marks ORDER BY kind, seq").fetchall()


def test_what_a_page_says_is_delivered_is_on_record_once(recorded: Serving, path: Path) -> None:
    ann, bob = recorded.pair()
    ann.says("hello")
    seq = bob.line("hello")["seq"]
    for said in (seq - 1, seq, seq, 1, 0, seq + 1_000):
        bob.send(type="delivered", seq=said)
    bob.send(type="typing", on=True)
    ann.get("typing")  # by when all of those were taken
    delivered = [(seq - 1, "delivered"), (seq, "delivered")]
    until_marked(recorded, path, delivered)
    bob.send(type="read", seq=seq)
    ann.get("read")
    until_marked(recorded, path, [*delivered, (seq, "read")])


def test_the_plain_dialect_tells_nothing_of_delivery(recorded: Serving, path: Path) -> None:
    script = recorded.script()
    script.says("hi")
    assert script.texts(1) == ["menu"]
    assert marks(recorded, path) == []
