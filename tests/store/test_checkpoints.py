"""What is written ahead gets into the file beside the writer."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from keeping import ANN, DEADLINE_SECONDS, Keeper, ask

from parleyrun.store.sqlite import sqlite_store
from parleyrun.store.sqlite.checkpoints import Checkpoints
from parleyrun.store.sqlite.connection import Connection, connect


class Tries:
    """Opens connections for checkpoints, and is told when each is closed. The first `failures` do not open."""

    def __init__(self, path: Path, failures: int = 0) -> None:
        self._path = path
        self._failures = failures
        self.closed = threading.Semaphore(0)

    def __call__(self) -> Connection:
        tries = self
        if self._failures:
            self._failures -= 1
            self.closed.release()
            raise sqlite3.OperationalError("unable to open database file")

        class Told:
            def __init__(self) -> None:
                self._connection = connect(tries._path, "full")
                self.execute = self._connection.execute

            def close(self) -> None:
                self._connection.close()
                tries.closed.release()

        return Told()  # type: ignore[return-value]

    def wait(self) -> None:
        assert self.closed.acquire(timeout=DEADLINE_SECONDS)


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    """A store whose own checkpoints do not come about within a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite_store, "PAUSE_SECONDS", 10 * DEADLINE_SECONDS)
        with Keeper(tmp_path / "demo.db") as keeper:
            yield keeper


def texts_in_file_alone(path: Path) -> list[str]:
    """Return what the file holds without its log."""
    alone = path.with_name("alone.db")
    shutil.copyfile(path, alone)
    return [text for (text,) in ask(alone, "SELECT text FROM lines ORDER BY n")]


def run_checkpoints(tries: Tries, times: int) -> None:
    checkpoints = Checkpoints(tries, pause_seconds=0.001)
    checkpoints.start()
    for _ in range(times):
        checkpoints.recorded()
        tries.wait()
    checkpoints.close()


def test_what_is_recorded_gets_into_the_file_while_the_writer_goes_on(keeper: Keeper) -> None:
    keeper.hears(ANN, "hello")
    run_checkpoints(Tries(keeper.path), times=1)
    assert "hello" in texts_in_file_alone(keeper.path)
    keeper.hears(ANN, "again")
    assert keeper.texts(ANN) == ["hello", "again"]


def test_a_checkpoint_that_fails_is_made_the_next_time(keeper: Keeper) -> None:
    keeper.hears(ANN, "hello")
    run_checkpoints(Tries(keeper.path, failures=1), times=2)
    assert "hello" in texts_in_file_alone(keeper.path)


def test_closing_does_not_wait_for_the_next_checkpoint(tmp_path: Path) -> None:
    with Keeper(tmp_path / "demo.db") as keeper:
        keeper.hears(ANN, "hello")
    assert texts_in_file_alone(keeper.path)[0] == "hello"
