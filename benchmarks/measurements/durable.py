"""A durable turn under light load: the echo measurement, with the record in a file.

The same 100 people, each sending two messages a second; between a message in and its answer out lie two commits
to the disk, with `synchronous: full`: that of the message itself, and that of the turn (what the world heard and
said, and its snapshot). Timed like the echo measurement, in the load generator over the websocket, and beside it
the same people and messages on a server whose record is in memory: the difference is what the file adds.

Much of that difference may be the disk's: `one commit` is a transaction of one row in a file of its own on the
same disk, made by this process before the servers start, and there are two of them in each round trip.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from time import perf_counter

from config_file import write_config
from figures import Figure, percentile
from processes import Load, parleyrun

from measurements import echo

MEDIAN_AT_MOST = 1.5
P99_AT_MOST = 10.0
COMMITS = 300


def measure(folder: Path) -> list[Figure]:
    commit = _one_commit_milliseconds(folder / "commits.db")
    config = write_config(folder)
    timing = {"each_per_second": echo.EACH_PER_SECOND, "seconds": echo.SECONDS}
    with parleyrun(config) as memory, parleyrun(config, store=folder / "durable.db") as file, Load() as load:
        load("gather", crowd="memory", port=memory.port, count=echo.PEOPLE, task="echo")
        load("gather", crowd="file", port=file.port, count=echo.PEOPLE, task="echo")
        in_memory = load("echo", crowd="memory", **timing)
        in_file = load("echo", crowd="file", **timing)
    return [
        Figure("round trip, median", in_file["median"], "ms", MEDIAN_AT_MOST),
        Figure("round trip, p99", in_file["p99"], "ms", P99_AT_MOST),
        Figure("unanswered or wrong", in_file["unanswered"] + in_file["strays"], "messages", 0),
        Figure("record in memory, median", in_memory["median"], "ms"),
        Figure("record in memory, p99", in_memory["p99"], "ms"),
        Figure("one commit, median", percentile(commit, 50), "ms"),
        Figure("one commit, p99", percentile(commit, 99), "ms"),
    ]


def _one_commit_milliseconds(path: Path) -> list[float]:
    """Time transactions of one row each, one after the other, on a file that nobody else uses."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE lines (text TEXT)")
    milliseconds = []
    for _ in range(COMMITS):
        start = perf_counter()
        connection.execute("INSERT INTO lines VALUES (?)", ("x" * 200,))
        milliseconds.append((perf_counter() - start) * 1000)
    connection.close()
    return milliseconds
