"""10,000 conversations on a durable record, all waiting for their person.

Each conversation has one person (connected) and one world; their overworld sleeps behind it, so there are 20,000
runs. Memory is the growth of the server's resident set from just after its start (with one person already
served, so that no code is loaded later) to all being in conversation, divided by the conversations, each of
which has one person: connection, session, overworld, world, seats, and their share of what the store keeps in
memory (its page cache too, up to 64 MB in all). Idle CPU is taken as in the silent measurement. `max_workers` is
30.

Afterwards everybody says one line at the same moment, and it must be answered.
"""

from __future__ import annotations

from pathlib import Path

from config_file import write_config
from figures import Figure
from processes import Load, parleyrun

from measurements import silent

CONVERSATIONS = 10_000
BYTES_AT_MOST = 70_000


def measure(folder: Path) -> list[Figure]:
    config = write_config(folder, max_workers=30)
    with parleyrun(config, store=folder / "silent.db") as server, Load() as load:
        load("gather", crowd="first", port=server.port, count=1, task="echo")
        before = server.resident_bytes()
        load("gather", crowd="silent", port=server.port, count=CONVERSATIONS, task="echo")
        load("idle", seconds=silent.SETTLE_SECONDS)
        grown = server.resident_bytes() - before
        threads = server.threads()
        cpu = server.cpu_seconds()
        load("idle", seconds=silent.IDLE_SECONDS)
        cpu = server.cpu_seconds() - cpu
        heard = load("say_once", crowd="silent", to_partner=False)["heard"]
    return [
        Figure("memory a conversation", grown / CONVERSATIONS / 1000, "kB", BYTES_AT_MOST / 1000),
        Figure("threads of the server", threads, "threads", silent.THREADS_AT_MOST),
        Figure("idle CPU", cpu / silent.IDLE_SECONDS * 100, "% of a core", silent.IDLE_AT_MOST),
        Figure("lines not answered afterwards", CONVERSATIONS - heard, "lines", 0),
    ]
