"""Where the tests of the durable store keep it: in a file, and in a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from parleyrun.store.record import writer
from parleyrun.store.sqlite import connection
from tests.postgres_server import WHY_NOT, PostgresServer, can_run

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    if not can_run():
        pytest.skip(WHY_NOT)
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[Any]:
    """A place for a store in a database."""
    from database_place import DatabasePlace

    place = DatabasePlace(postgres_server.url, f"store_{next(_numbers)}", keeps_connection=True)
    yield place
    place.close()


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server for a test that ends it."""
    if not can_run():
        pytest.skip(WHY_NOT)
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A place for a durable store: a file, or a database."""
    if request.param == "postgres":
        return request.getfixturevalue("database")
    return tmp_path / "demo.db"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer tries again after hardly any time."""
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.01)
    monkeypatch.setattr(writer, "FIRST_DELAY_SECONDS", 0.01)
    monkeypatch.setattr(writer, "LONGEST_DELAY_SECONDS", 0.02)
