"""10,000 people in 5,000 conversations, all silent: what somebody costs who only thinks.

Memory is the growth of the server's resident set from just after its start (with one pair already served, so that
no code is loaded later) to all people being in conversation, divided by the people. Everything is in it:
connection, session, record, seats, worlds. Idle CPU is that of the server's process over 20 s, begun 10 s after
the last arrival, when the ticks of parked worlds have become as rare as they get; keep-alive pings of the
websockets go on and are in it. Threads are those of the process. `max_workers` is 30.

Afterwards everybody says one line at the same moment, and it must arrive at the partner.
"""

from __future__ import annotations

from pathlib import Path

from config_file import write_config
from figures import Figure
from processes import Load, parleyrun

PEOPLE = 10_000
SETTLE_SECONDS = 10.0
IDLE_SECONDS = 20.0
BYTES_AT_MOST = 60_000
THREADS_AT_MOST = 60
IDLE_AT_MOST = 5.0


def measure(folder: Path) -> list[Figure]:
    with parleyrun(write_config(folder, max_workers=30)) as server, Load() as load:
        load("gather", crowd="first", port=server.port, count=2, task="chat")
        before = server.resident_bytes()
        load("gather", crowd="silent", port=server.port, count=PEOPLE, task="chat")
        load("idle", seconds=SETTLE_SECONDS)
        grown = server.resident_bytes() - before
        threads = server.threads()
        cpu = server.cpu_seconds()
        load("idle", seconds=IDLE_SECONDS)
        cpu = server.cpu_seconds() - cpu
        heard = load("say_once", crowd="silent", to_partner=True)["heard"]
    return [
        Figure("memory a person", grown / PEOPLE / 1000, "kB", BYTES_AT_MOST / 1000),
        Figure("threads of the server", threads, "threads", THREADS_AT_MOST),
        Figure("idle CPU", cpu / IDLE_SECONDS * 100, "% of a core", IDLE_AT_MOST),
        Figure("lines not heard afterwards", PEOPLE - heard, "lines", 0),
    ]
