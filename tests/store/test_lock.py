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

from parleyrun.archive.archive import Archive
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


def test_a_hard_link_is_the_same_store(path: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    other = tmp_path / "elsewhere" / "other.db"
    with Keeper(path) as keeper:
        other.hardlink_to(path)
        with pytest.raises(StoreError, match=rf"other.db is in use by process {os.getpid()} on .*, as .*demo.db"):
            SqliteStore(other, StandingClock()).open()
        assert keeper.hears(ANN, "hello").seq == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has locks that go with an open file")
@pytest.mark.process
def test_another_process_is_kept_out_by_whatever_name_it_comes(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with Keeper(path) as keeper:
        other.hardlink_to(path)
        tried = subprocess.run(
            [sys.executable, "-c", _HOLDER, str(other)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[2],
            check=False,
        )
        assert "other.db is in use by another process, under another name" in tried.stderr
        # Neither that attempt nor whatever else reads the store here has taken the lock away.
        with Archive(path):
            pass
        again = [sys.executable, "-c", _HOLDER, str(other)]
        assert subprocess.run(again, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode != 0
        assert keeper.hears(ANN, "hello").seq == 1


@pytest.mark.process
def test_a_second_try_in_the_same_process_leaves_the_locks_of_sqlite_alone(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with Keeper(path) as keeper:
        other.hardlink_to(path)
        for name in (path, other):
            with pytest.raises(StoreError, match="in use"):
                StoreLock(name).acquire()
        # A process that finds the file unlocked may empty it, and delete the log beside it, as it closes.
        looking = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA journal_mode = DELETE')"
        tried = subprocess.run(
            [sys.executable, "-c", looking, str(path)], capture_output=True, text=True, check=False
        )
        assert "database is locked" in tried.stderr
        assert keeper.hears(ANN, "hello").seq == 1


def test_a_store_with_two_names_is_not_opened(path: Path, tmp_path: Path) -> None:
    with Keeper(path):
        pass
    (tmp_path / "other.db").hardlink_to(path)
    for name in ("demo.db", "other.db"):
        with pytest.raises(StoreError, match=r"cannot open the store .*: expected a file with one name, got one"):
            SqliteStore(tmp_path / name, StandingClock()).open()
    (tmp_path / "other.db").unlink()
    with Keeper(path):
        pass


@pytest.mark.parametrize("name", ["file:demo.db?mode=memory", "file:demo.db", "100%.db", "a?b#c.db"])
def test_a_name_that_looks_like_an_address_is_a_name(tmp_path: Path, name: str) -> None:
    with Keeper(tmp_path / name) as keeper:
        keeper.hears(ANN, "hello")
        with pytest.raises(StoreError, match="in use"):
            StoreLock(tmp_path / name).acquire()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, f"{name}.lock"])


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
