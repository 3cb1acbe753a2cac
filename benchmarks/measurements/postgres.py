"""The record in a PostgreSQL database on this machine, beside one in a file, in the same run.

A server of its own is started for it, in a temporary folder, with nothing but its defaults: each commit waits for
the disk, as it does in the file (`synchronous: full`). The two take turns, so that both find the same machine.

- `store alone`: a message and the turn that answers it (with a snapshot of two kilobytes), each put on record
  before the next step; then 500 people at once. No service and no socket is in it.
- the echo measurement's people and messages: `round trip` is what they see.
- the pairs measurement's 500 pairs.

`postgres-restart` is a kill -9 with 10,000 live conversations, and a new start with the same database.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from config_file import write_config
from figures import Figure
from processes import PROJECT, Failed, Load, parleyrun
from store_turns import StoreTurns

from measurements import echo
from measurements.pairs import PEOPLE, talk
from parleyrun.store.protocol import Store
from parleyrun.store.sqlite.sqlite_store import SqliteStore

sys.path.append(str(PROJECT))
from tests.postgres_server import WHY_NOT, PostgresServer, can_run

TURN_AT_MOST = 3.0
THROUGHPUT_AT_LEAST = 0.5
DOORS_AT_MOST_SECONDS = 15.0
TURNS_ALONE = 300
ROUNDS_ALONE = 6
SPEAKERS_ALONE = 500
STRETCHES = 2
CONVERSATIONS = 10_000


def measure(folder: Path) -> list[Figure]:
    if not can_run():
        raise Failed(WHY_NOT)
    with closing(PostgresServer(syncing=True)) as server:
        load = Figure("load of the machine, before", os.getloadavg()[0], "processes")
        return [*_alone(folder, server), *_end_to_end(folder, server), load]


def measure_restart(folder: Path) -> list[Figure]:
    if not can_run():
        raise Failed(WHY_NOT)
    with closing(PostgresServer(syncing=True)) as server:
        return list(_restart(folder, server))


def _alone(folder: Path, server: PostgresServer) -> Iterator[Figure]:
    from parleyrun.store.postgres.postgres_store import PostgresStore

    with (
        _open(SqliteStore(folder / "alone.db", time)) as file,
        _open(PostgresStore(server.new_database("alone"), time)) as database,
    ):
        turns = StoreTurns(file, SPEAKERS_ALONE), StoreTurns(database, SPEAKERS_ALONE)
        of_file, of_database = (each.one_after_another(TURNS_ALONE) for each in turns)
        yield Figure("store alone, turn / in a file", of_database / of_file, "x")
        yield Figure("store alone, turn", of_database, "ms")
        yield Figure("store alone, turn in a file", of_file, "ms")
        of_file, of_database = (each.at_once(ROUNDS_ALONE) for each in turns)
        yield Figure("store alone, 500 at once / in a file", of_database / of_file, "x")
        yield Figure("store alone, 500 at once", of_database, "/s")
        yield Figure("store alone, 500 at once in a file", of_file, "/s")


def _end_to_end(folder: Path, server: PostgresServer) -> Iterator[Figure]:
    config = write_config(folder, limits={"messages_per_second": 10_000})
    timing = {"each_per_second": echo.EACH_PER_SECOND, "seconds": echo.SECONDS}
    with (
        parleyrun(config, store=folder / "pairs.db") as file,
        parleyrun(config, store=server.new_database("pairs")) as database,
        Load() as load,
    ):
        servers = {"file": file, "database": database}
        for crowd, each in servers.items():
            load("gather", crowd=f"{crowd}-echo", port=each.port, count=echo.PEOPLE, task="echo")
        trips = {crowd: load("echo", crowd=f"{crowd}-echo", **timing) for crowd in servers}
        for crowd, each in servers.items():
            load("gather", crowd=crowd, port=each.port, count=PEOPLE, task="chat")
        talks = [
            {crowd: talk(load, each, crowd, with_each_other=True) for crowd, each in servers.items()}
            for _ in range(STRETCHES)
        ]
    per_second = {crowd: sum(each[crowd]["per_second"] for each in talks) / STRETCHES for crowd in servers}
    ratio = trips["database"]["median"] / trips["file"]["median"]
    yield Figure("round trip, median / in a file", ratio, "x", TURN_AT_MOST)
    for crowd, where in (("database", ""), ("file", " in a file")):
        yield Figure(f"round trip, median{where}", trips[crowd]["median"], "ms")
        yield Figure(f"round trip, p99{where}", trips[crowd]["p99"], "ms")
    unanswered = trips["database"]["unanswered"] + trips["database"]["strays"]
    yield Figure("unanswered or wrong", unanswered, "messages", 0)
    pairs = per_second["database"] / per_second["file"]
    yield Figure("500 pairs, turns / in a file", pairs, "x", at_least=THROUGHPUT_AT_LEAST)
    yield Figure("500 pairs, turns", per_second["database"], "/s")
    yield Figure("500 pairs, turns in a file", per_second["file"], "/s")
    wrong = sum(each["database"]["lost"] + each["database"]["wrong"] for each in talks)
    yield Figure("500 pairs, lost or out of order", wrong, "messages", 0)


def _restart(folder: Path, server: PostgresServer) -> Iterator[Figure]:
    config, store = write_config(folder), server.new_database("restart")
    with Load() as load:
        with parleyrun(config, store=store) as before:
            load("visit", crowd="all", port=before.port, count=CONVERSATIONS, task="echo")
            before.kill()
        with parleyrun(config, store=store, port=before.port) as again:
            back = load("come_back", crowd="all", port=again.port)
    yield Figure("doors open", again.ready_seconds, "s", DOORS_AT_MOST_SECONDS)
    yield Figure("first answer, after that", back["first_at"] - again.ready_at, "s")
    yield Figure("unknown, unanswered or wrong", back["wrong"], "people", 0)
    yield Figure("load of the machine, after", os.getloadavg()[0], "processes")


@contextmanager
def _open(store: Store) -> Iterator[Store]:
    store.open()
    try:
        yield store
    finally:
        store.close()
