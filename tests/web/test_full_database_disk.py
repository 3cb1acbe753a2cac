"""The disk of a PostgreSQL server is really full: what people, and those who look after the service, see of it."""

from __future__ import annotations

import os
import random
import shutil
import string
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Visitor, serve
from test_health import until_health

from parleyrun.runner.timers import Clock
from tests.postgres_server import WHY_NOT, PostgresServer, can_run

pytestmark = [pytest.mark.postgres, pytest.mark.process]

DISK_BYTES = 32 * 2**20
LEFT_BYTES = 64 * 2**10
LINES = 60
CHARACTERS = 3_000


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    if not can_run():
        pytest.skip(WHY_NOT)
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture
def disk(server: PostgresServer) -> Iterator[Path]:
    """A small disk of its own, on which the server can keep a database."""
    folder = server.folder / "small"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    done = subprocess.run(mounting, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"expected the right to mount a small disk, as root has it, got: {done.stderr.strip()}")
    try:
        if os.getuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # the server ends after it


@pytest.fixture
def url(server: PostgresServer, disk: Path) -> str:
    """A database on the small disk; the server's log of what is to be written is elsewhere."""
    import psycopg

    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{disk}'")
        connection.execute("CREATE DATABASE study TABLESPACE small")
    return f"{server.url.rpartition('/')[0]}/study"


def fill(disk: Path) -> Path:
    """Leave hardly any room; returns the file that has taken it."""
    ballast = disk / "ballast"
    room = os.statvfs(disk)
    ballast.write_bytes(bytes(room.f_bavail * room.f_frsize - LEFT_BYTES))
    return ballast


def on_record(url: str) -> list[str]:
    import psycopg

    with psycopg.connect(url) as connection:
        return [
            text for (text,) in connection.execute("SELECT text FROM log WHERE mine = 0 ORDER BY n").fetchall()
        ]


@pytest.mark.timeout(180)
def test_a_disk_of_the_server_that_is_really_full_costs_no_line_and_nothing_is_said_that_is_not_on_record(
    caplog: pytest.LogCaptureFixture, disk: Path, url: str, tmp_path: Path
) -> None:
    from parleyrun.store.postgres.postgres_store import PostgresStore

    def make_store(clock: Clock) -> PostgresStore:
        return PostgresStore(url, clock, beside=tmp_path / "study.db")

    chance = random.Random(7)
    texts = ["".join(chance.choices(string.ascii_letters, k=CHARACTERS)) for _ in range(LINES)]
    with serve(caplog, make_store=make_store) as serving:
        serving.tolerated = ("the store cannot record", "the store still cannot record")
        ann, bob = serving.pair()
        ballast = fill(disk)
        for number, text in enumerate(texts):
            ann.send(type="message", message_id=f"m{number}", text=text)
        ill = until_health(serving, "trouble")
        assert ill.status_code == 503
        assert "the server's disk is full; make room on it" in ill.json()["trouble"]
        bob.send(type="message", message_id="refused", text="is anybody there?")
        assert bob.get("error", message_id="refused")["code"] == "refused"
        # What was said to him has come before that.
        assert set(bob.heard) <= set(on_record(url))

        ballast.unlink()
        well = until_health(serving, "ok")
        assert (well.status_code, well.json()["trouble"]) == (200, None)
        taken = [text for number, text in enumerate(texts) if is_taken(ann, f"m{number}")]
        assert taken
        for text in taken:
            bob.line(text)
        ann.says("that is all")
        bob.line("that is all")
        assert bob.heard[-len(taken) - 1 :] == [*taken, "that is all"]
    assert [text for text in on_record(url) if len(text) == CHARACTERS] == taken


def is_taken(person: Visitor, message_id: str) -> bool:
    """Whether a message was put on record, rather than refused."""
    while True:
        for index, frame in enumerate(person.passed_over):
            if frame["type"] in ("ack", "error") and frame.get("message_id") == message_id:
                return bool(person.passed_over.pop(index)["type"] == "ack")
        person.passed_over.append(person.recv())
