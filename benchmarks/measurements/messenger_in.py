"""The Messenger webhook: signed notifications, each answered once every message in it is on record.

1,000 people are in worlds that hear what they say and say nothing. The load generator posts as Meta does, over
connections that are kept open, with bodies that it has signed before the clock starts. The server checks the
signature, reads the body, journals each message in a file with `synchronous: full`, and answers; beside that the
worlds run, which costs a second commit for each message. Nothing is sent to Meta.

How many events a second is found with connections that post again as soon as they are answered. How long an
answer takes is found at 2,000 events a second, which come when they are due whatever has been answered, and is
timed in the generator from that moment. Both are done with one event a post, and with twenty.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from config_file import write_config
from figures import Figure
from processes import Load, Server

PEOPLE = 1_000
SECONDS = 8.0
AT_LEAST_PER_SECOND = 2_000
P99_AT_MOST = 50.0
BATCH = 20
SINGLE_CONNECTIONS, BATCH_CONNECTIONS = 32, 8
PATIENT_CONNECTIONS = 64
LONG = 5_000

PAGE_ID = "1234567890"
APP_SECRET = "sesame"
MESSENGER = {
    "app_secret": APP_SECRET,
    "page_token": "none",
    "verify_token": "none",
    "graph_url": "http://127.0.0.1:9",  # nobody is there, and nobody is asked
}


def measure(folder: Path) -> list[Figure]:
    config = write_config(
        folder, overworld="ListeningOverworld", tasks={}, page_id=PAGE_ID, channels={"messenger": MESSENGER}
    )
    store = folder / "messenger.db"
    with _serve(config, store) as server, Load() as load:
        load("open_page", page_id=PAGE_ID, secret=APP_SECRET, people=PEOPLE)

        def post(posts: float, events: int, connections: int, **how: Any) -> dict[str, Any]:
            where = {"page_id": PAGE_ID, "port": server.port}
            return load("post", **where, posts=int(posts), events=events, connections=connections, **how)

        arrival = post(PEOPLE, 1, SINGLE_CONNECTIONS)
        cpu = server.cpu_seconds()
        fast = post(AT_LEAST_PER_SECOND * SECONDS, 1, SINGLE_CONNECTIONS)
        cpu = server.cpu_seconds() - cpu
        steady = _at_rate(post, 1)
        fast_batches = post(2 * AT_LEAST_PER_SECOND * SECONDS / BATCH, BATCH, BATCH_CONNECTIONS)
        steady_batches = _at_rate(post, BATCH)
        long = post(1, LONG, 1)
    found = (arrival, fast, steady, fast_batches, steady_batches, long)
    expected = PEOPLE + SECONDS * AT_LEAST_PER_SECOND * 5 + LONG - sum(one["refused"] for one in found)
    return [
        Figure("one a post, accepted", fast["per_second"], "events/s", at_least=AT_LEAST_PER_SECOND),
        Figure("one a post, median", steady["median"], "ms"),
        Figure("one a post, p99", steady["p99"], "ms", P99_AT_MOST),
        Figure("twenty a post, accepted", fast_batches["per_second"], "events/s", at_least=AT_LEAST_PER_SECOND),
        Figure("twenty a post, median", steady_batches["median"], "ms"),
        Figure("twenty a post, p99", steady_batches["p99"], "ms", P99_AT_MOST),
        Figure("refused", sum(one["refused"] for one in found), "events", 0),
        Figure("accepted and not on record", expected - _on_record(store), "events", 0),
        Figure(f"{LONG:,} at once, answered after", long["median"], "ms"),
        Figure("server CPU, worlds too", cpu / (AT_LEAST_PER_SECOND * SECONDS) * 1e6, "µs/event"),
        Figure("generator CPU", 100 * fast["generator_cpu"], "% of a core"),
    ]


def _serve(config: Path, store: Path) -> Server:
    """Start a server that does not ask Meta about the page."""
    options = ["--port", "0", "--store", str(store), "--grace", "0", "--bypass-server"]
    return Server("-m", "parleyrun", "serve", str(config), *options)


def _at_rate(post: Any, events: int) -> dict[str, Any]:
    per_second = AT_LEAST_PER_SECOND / events
    answer: dict[str, Any] = post(per_second * SECONDS, events, PATIENT_CONNECTIONS, per_second=per_second)
    return answer


def _on_record(store: Path) -> int:
    """Count people's messages, once the server has gone."""
    with closing(sqlite3.connect(store)) as connection, connection:
        count = connection.execute("SELECT count(*) FROM lines WHERE mine = 1").fetchone()[0]
    connection.close()
    return int(count)
