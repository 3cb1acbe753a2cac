"""One of two hosts gets kill -9 while pairs talk: when their conversations go on, and what others notice.

Needs the extra `ray`. People each say some lines a second to their partner, whoever answers, with the record in a
file. A host's death is known when the coordinator says so in its log, and a conversation goes on when its first
line after that arrives. *Others* are the people whose conversations were on the other host all the time.
*Meanwhile* is from the kill until all conversations of the dead host go on; *until another one is there* goes on
until the log says so, that is while a new process starts. Everything shares this machine.
"""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from config_file import write_config
from figures import Figure, percentile
from hosted import HostedServer
from processes import Failed, Load
from talk import Relayed

from worlds import PAIRS_A_PROCESS

PEOPLE = 200
EACH_PER_SECOND = 2.0
WARM_UP_SECONDS = 1.0
KILL_AFTER_SECONDS = 4.0
SECONDS = 12.0
GOES_ON_AT_MOST_SECONDS = 5.0
OTHERS_AT_MOST = 2.0


class Line(Relayed):
    """One that arrived, and where its conversation was."""

    @property
    def host(self) -> int:
        """The process in which its conversation began."""
        return self.pair // PAIRS_A_PROCESS

    @property
    def heard_at(self) -> float:
        return self.said_at + self.milliseconds / 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """Of the host in that process: when it was killed, when that was known, and when there was another one."""

    host: int
    killed_at: float
    known_at: float
    again_at: float


def measure(folder: Path) -> list[Figure]:
    config = write_config(folder, engine={"ray": {"hosts": 2}})
    with HostedServer(config, folder / "record.db") as server, Load() as load:
        load("gather", crowd="all", port=server.port, count=PEOPLE, task="chat")
        load("relay", crowd="all", each_per_second=EACH_PER_SECOND, seconds=WARM_UP_SECONDS)
        name, pid = min(server.hosts().items())
        killed_at = time.monotonic() + KILL_AFTER_SECONDS
        timer = threading.Timer(KILL_AFTER_SECONDS, os.kill, (pid, signal.SIGKILL))
        timer.start()
        try:
            found = load("relay", crowd="all", each_per_second=EACH_PER_SECOND, seconds=SECONDS)
        finally:
            timer.cancel()
        known_at = server.said_at(f"host {name} is lost")
        again_at = server.said_at(f"host {name} was started again")
    if known_at is None:
        raise Failed("the coordinator did not notice that a host was killed")
    death = Death(host=pid, killed_at=killed_at, known_at=known_at, again_at=again_at or math.inf)
    return [
        *figures([Line(*each) for each in found["heard"]], death),
        Figure("lost, altered or out of order", found["lost"] + found["wrong"], "messages", 0),
    ]


def figures(lines: Sequence[Line], death: Death) -> Iterator[Figure]:
    own = [line for line in lines if line.host == death.host]
    others = [line for line in lines if line.host != death.host]
    first: dict[int, float] = {}
    for line in own:
        if line.heard_at > death.known_at:
            first[line.pair] = min(line.heard_at, first.get(line.pair, math.inf))
    silent = len({line.pair for line in own}) - len(first)
    went_on = [at - death.known_at for at in first.values()]
    back_at = math.inf if silent or not first else max(first.values())
    before = _p95(others, 0.0, death.killed_at)
    meanwhile = _p95(others, death.killed_at, back_at)
    starting = _p95(others, death.killed_at, death.again_at)
    yield Figure("the last conversation goes on after", back_at - death.known_at, "s", GOES_ON_AT_MOST_SECONDS)
    yield Figure("half of them go on after", percentile(went_on, 50), "s")
    yield Figure("conversations that it had", len(first) + silent, "")
    yield Figure("its death is known after", death.known_at - death.killed_at, "s")
    yield Figure("another one is there after", death.again_at - death.killed_at, "s")
    yield Figure("others, p95 meanwhile / before", meanwhile / before, "x", OTHERS_AT_MOST)
    yield Figure("others, p95 until another one is there / before", starting / before, "x", OTHERS_AT_MOST)
    yield Figure("others, p95 before", before, "ms")
    yield Figure("others, p95 meanwhile", meanwhile, "ms")
    yield Figure("others, p95 until another one is there", starting, "ms")


def _p95(lines: Sequence[Line], since: float, until: float) -> float:
    return percentile([line.milliseconds for line in lines if since <= line.said_at < until], 95)
