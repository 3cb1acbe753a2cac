"""One process at a time holds a store, and a dead one holds nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from keeping import ANN, Keeper, StandingClock

from parleyrun.errors import StoreError
from parleyrun.store.sqlite.lock import StoreLock
from parleyrun.store.sqlite.sqlite_store import SqliteStore

_HOLDER = """
import sys
from pathlib import Path
from parleyrun.store.sqlite.lock import StoreLock

StoreLock(Path(sys.argv[1])).acquire()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "demo.db"


@pytest.mark.process
def test_a_second_process_is_told_who_holds_the_store_until_that_one_is_killed(path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdin is not None
    assert child.stdout is not None
    with child.stdin, child.stdout:
        assert child.stdout.readline() == "held\n"
        with pytest.raises(StoreError) as refused:
            SqliteStore(path, StandingClock()).open()
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    assert f"demo.db is in use by process {child.pid} on {socket.gethostname()}" in str(refused.value)
    with Keeper(path) as keeper:
        assert keeper.hears(ANN, "hello").seq == 1


def test_the_same_process_cannot_open_a_store_twice(path: Path) -> None:
    with Keeper(path), pytest.raises(StoreError, match=f"in use by process {os.getpid()} on"):
        SqliteStore(path, StandingClock()).open()


def test_a_store_is_free_after_closing(path: Path) -> None:
    for _ in range(2):
        with Keeper(path):
            pass


def test_a_store_that_could_not_be_opened_is_free(path: Path) -> None:
    path.write_bytes(b"no database" * 100)
    with pytest.raises(StoreError):
        SqliteStore(path, StandingClock()).open()
    with StoreLock(path):
        pass


def test_two_ways_to_the_same_file_are_one_store(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    path.touch()
    other.symlink_to(path)
    with StoreLock(path), pytest.raises(StoreError, match="in use"):
        StoreLock(other).acquire()


def test_a_holder_that_has_not_said_its_name_yet_is_another_process(path: Path) -> None:
    with StoreLock(path) as held:
        held.path.write_text("")
        with pytest.raises(StoreError, match="in use by another process"):
            StoreLock(path).acquire()


def test_letting_go_twice_is_harmless(path: Path) -> None:
    lock = StoreLock(path)
    lock.release()
    lock.acquire()
    lock.release()
    lock.release()
    other = StoreLock(path)
    other.acquire()
    with pytest.raises(StoreError, match="in use"):
        lock.acquire()
    other.release()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot lock the store: .*nowhere.*No such file"):
        SqliteStore(tmp_path / "nowhere" / "demo.db", StandingClock()).open()
