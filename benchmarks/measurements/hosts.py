"""Conversations on two hosts (`engine: {ray: {hosts: 2}}`), beside threads in one process, in the same run.

Needs the extra `ray`. Records are in a file. Everything shares this machine: coordinator, two hosts, Ray's own
processes, and the load generator; so with two cores two hosts cannot be twice as fast as one process.

- `hosts-computing`: worlds that compute 5 ms for each line, whose pairs talk as fast as the answers come. Threads,
  hosts, and one and two processes that do nothing but compute take turns. Each ratio is of one round, and their
  median counts. *With one more core* is what follows from the processor time a line took: with as much of each
  core in use as here, and no host, nor the coordinator, using more than one.
- `hosts-empty`: people who each say two lines a second to a world that says them again, by turns on hosts and on
  threads: the median round trip on hosts less that on threads.
- `hosts-pairs`: pairs who talk as fast as they can, one message of each pair on its way.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from config_file import write_config
from figures import Figure
from hosted import HostedServer, Used
from processes import HERE, Load

HOSTS = 2
BOTH = ("threads", "hosts")

COMPUTING_ROUNDS = 5
COMPUTING_PEOPLE = 64
COMPUTING_SECONDS = 1.5
BARE_SECONDS = 0.5
COMPUTING_AT_LEAST = 1.6

EMPTY_ROUNDS = 3
EMPTY_PEOPLE = 20
EMPTY_EACH_PER_SECOND = 2.0
EMPTY_SECONDS = 2.5
EMPTY_AT_MOST_MILLISECONDS = 3.0

PAIRS_ROUNDS = 3
PAIRS_PEOPLE = 200
PAIRS_SECONDS = 2.5
PAIRS_AT_LEAST = 1_500.0

WARM_UP_SECONDS = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Talked:
    """What came of a talk: lines delivered, those that were not as they should be, and the processor time."""

    delivered: int
    wrong: int
    per_second: float
    used: Used
    generator: float

    @property
    def total(self) -> float:
        """Seconds a line, of all that took part."""
        used = self.used
        return (used.coordinator + used.hosts + used.ray + self.generator) / self.delivered


def measure_computing(folder: Path) -> list[Figure]:
    with _served(folder, "threads") as threads, _served(folder, "hosts") as hosts, Load() as load:
        servers = dict(zip(BOTH, (threads, hosts), strict=True))
        _gather(load, servers, COMPUTING_PEOPLE, "compute")
        talked: dict[str, list[Talked]] = {crowd: [] for crowd in BOTH}
        bare: list[float] = []
        for _ in range(COMPUTING_ROUNDS):
            for crowd, server in servers.items():
                talked[crowd].append(_talk(load, server, crowd, COMPUTING_SECONDS))
            bare.append(_bare_per_second(2) / _bare_per_second(1))
    both = list(zip(talked["threads"], talked["hosts"], strict=True))
    three = [_with_cores(on_hosts, (os.cpu_count() or 1) + 1) / alone.per_second for alone, on_hosts in both]
    return [
        Figure(
            "hosts / threads",
            median(on_hosts.per_second / alone.per_second for alone, on_hosts in both),
            "x",
            at_least=COMPUTING_AT_LEAST,
        ),
        Figure("two bare processes / one", median(bare), "x"),
        Figure("with one more core, calculated", median(three), "x"),
        Figure("lost, altered or out of order", sum(each.wrong for pair in both for each in pair), "messages", 0),
        Figure("threads, delivered", median(each.per_second for each in talked["threads"]), "/s"),
        Figure("hosts, delivered", median(each.per_second for each in talked["hosts"]), "/s"),
        *_costs(talked),
    ]


def measure_empty(folder: Path) -> list[Figure]:
    with _served(folder, "threads") as threads, _served(folder, "hosts") as hosts, Load() as load:
        found: dict[str, list[dict[str, float]]] = {crowd: [] for crowd in BOTH}
        for crowd, server in zip(BOTH, (threads, hosts), strict=True):
            load("gather", crowd=crowd, port=server.port, count=EMPTY_PEOPLE, task="echo")
            load("echo", crowd=crowd, each_per_second=EMPTY_EACH_PER_SECOND, seconds=WARM_UP_SECONDS)
        for _ in range(EMPTY_ROUNDS):
            for crowd, trips in found.items():
                trips.append(
                    load("echo", crowd=crowd, each_per_second=EMPTY_EACH_PER_SECOND, seconds=EMPTY_SECONDS)
                )
    p50, p95 = (
        {crowd: median(each[name] for each in found[crowd]) for crowd in BOTH} for name in ("median", "p95")
    )
    wrong = sum(each["unanswered"] + each["strays"] for each in found["hosts"])
    return [
        Figure("p50 on hosts - on threads", p50["hosts"] - p50["threads"], "ms", EMPTY_AT_MOST_MILLISECONDS),
        Figure("unanswered or wrong", wrong, "messages", 0),
        *(Figure(f"{crowd}, p50", p50[crowd], "ms") for crowd in BOTH),
        *(Figure(f"{crowd}, p95", p95[crowd], "ms") for crowd in BOTH),
    ]


def measure_pairs(folder: Path) -> list[Figure]:
    with _served(folder, "threads") as threads, _served(folder, "hosts") as hosts, Load() as load:
        servers = dict(zip(BOTH, (threads, hosts), strict=True))
        _gather(load, servers, PAIRS_PEOPLE, "chat")
        talked: dict[str, list[Talked]] = {crowd: [] for crowd in BOTH}
        for _ in range(PAIRS_ROUNDS):
            for crowd, server in servers.items():
                talked[crowd].append(_talk(load, server, crowd, PAIRS_SECONDS))
    per_second = {crowd: median(each.per_second for each in talked[crowd]) for crowd in BOTH}
    return [
        Figure("hosts, delivered", per_second["hosts"], "/s", at_least=PAIRS_AT_LEAST),
        Figure("lost, altered or out of order", sum(each.wrong for each in talked["hosts"]), "messages", 0),
        Figure("threads, delivered", per_second["threads"], "/s"),
        *_costs(talked),
    ]


def _served(folder: Path, name: str) -> HostedServer:
    """Start a server in a folder of its own, with its conversations on hosts if that is its name."""
    own = folder / name
    own.mkdir()
    engine: dict[str, Any] = {"engine": {"ray": {"hosts": HOSTS}}} if name == "hosts" else {}
    return HostedServer(write_config(own, limits={"messages_per_second": 10_000}, **engine), own / "record.db")


def _gather(load: Load, servers: dict[str, HostedServer], people: int, task: str) -> None:
    for crowd, server in servers.items():
        load("gather", crowd=crowd, port=server.port, count=people, task=task)
        load("talk", crowd=crowd, seconds=WARM_UP_SECONDS, with_each_other=True)


def _talk(load: Load, server: HostedServer, crowd: str, seconds: float) -> Talked:
    hosts = server.hosts().values()
    before, began = server.used(hosts), time.monotonic()
    found = load("talk", crowd=crowd, seconds=seconds, with_each_other=True)
    return Talked(
        delivered=max(1, found["delivered"]),
        wrong=found["lost"] + found["wrong"],
        per_second=found["per_second"],
        used=server.used(hosts).since(before),
        generator=found["generator_cpu"] * (time.monotonic() - began),
    )


def _costs(talked: Mapping[str, Sequence[Talked]]) -> Iterator[Figure]:
    """Yield the processor time a line of each part, over all rounds."""
    parts = {
        ("threads", "CPU a message"): lambda each: each.used.coordinator,
        ("hosts", "coordinator's CPU a message"): lambda each: each.used.coordinator,
        ("hosts", "CPU of both a message"): lambda each: each.used.hosts,
        ("hosts", "Ray's own CPU a message"): lambda each: each.used.ray,
        ("hosts", "load generator's CPU a message"): lambda each: each.generator,
    }
    for (crowd, name), part in parts.items():
        of = talked[crowd]
        yield Figure(f"{crowd}, {name}", 1e6 * sum(map(part, of)) / sum(each.delivered for each in of), "us")


def _with_cores(found: Talked, cores: int) -> float:
    """Return the lines a second that follow with so many cores, of which as much is used as was of those here."""
    share = found.per_second * found.total / (os.cpu_count() or 1)
    used = found.used
    busiest = max(used.hosts / HOSTS, used.coordinator) / found.delivered
    return share * min(cores / found.total, 1 / busiest)


def _bare_per_second(count: int) -> float:
    """Return how much is computed a second by so many processes that do nothing else."""
    command = [sys.executable, str(HERE / "bare_computing.py"), str(time.monotonic() + 0.3), str(BARE_SECONDS)]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE.parent) for _ in range(count)
    ]
    return sum(int(process.communicate()[0]) for process in processes) / BARE_SECONDS
