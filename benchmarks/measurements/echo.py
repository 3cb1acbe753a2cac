"""Echo round trip under light load: what a person feels.

100 people in one-person echo worlds, each sending two messages a second, staggered evenly. Timed in the load
generator from writing the frame to having parsed the answer, so loopback and both event loops are in it. Beside
it the same 100 people and messages on the bare echo server: the difference is what parleyrun adds.
"""

from __future__ import annotations

from pathlib import Path

from config_file import write_config
from figures import Figure
from processes import Load, bare_echo, parleyrun

PEOPLE = 100
EACH_PER_SECOND = 2.0
SECONDS = 8.0
MEDIAN_AT_MOST = 1.0
P99_AT_MOST = 5.0


def measure(folder: Path) -> list[Figure]:
    with bare_echo() as bare, parleyrun(write_config(folder)) as server, Load() as load:
        load("connect", crowd="bare", port=bare.port, count=PEOPLE)
        load("gather", crowd="ours", port=server.port, count=PEOPLE, task="echo")
        echoes = {
            crowd: load("echo", crowd=crowd, each_per_second=EACH_PER_SECOND, seconds=SECONDS)
            for crowd in ("bare", "ours")
        }
    ours, bare_ones = echoes["ours"], echoes["bare"]
    return [
        Figure("round trip, median", ours["median"], "ms", MEDIAN_AT_MOST),
        Figure("round trip, p99", ours["p99"], "ms", P99_AT_MOST),
        Figure("unanswered or wrong", ours["unanswered"] + ours["strays"], "messages", 0),
        Figure("bare server, median", bare_ones["median"], "ms"),
        Figure("bare server, p99", bare_ones["p99"], "ms"),
    ]
