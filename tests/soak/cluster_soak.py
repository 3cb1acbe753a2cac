"""The soak on a cluster: a coordinator with two hosts of Ray, of which one or the other is killed under load."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
import urllib.request
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random
from urllib.error import HTTPError

from .crowd import NEWCOMERS_A_ROUND, PEOPLE_AT_FIRST, PEOPLE_AT_MOST, Crowd, Soaked
from .record import Kill, newest_commit, newest_line, read_record
from .server import Server
from .words import OVERWORLDS

HOSTS = 2
COORDINATORS_SHARE = 0.25
"""How many of the kills are of the coordinator, whose hosts end with it, and which takes some seconds to start."""

GONE_WITHIN_SECONDS = 30.0
READY_WITHIN_SECONDS = 150.0
"""So long may Ray and two hosts take to start where much else goes on."""

LOST_AFTER_SECONDS = 30
"""So that no host is taken for lost that is only slow: what is asked again then is asked without a kill."""


class ClusterServer(Server):
    """The same server with hosts. Where its record is in a database it is started in another place each time."""

    environment = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}  # loopback only
    ready_within = READY_WITHIN_SECONDS

    def __init__(self, folder: Path, overworld: str, store: str) -> None:
        super().__init__(folder, overworld, store)
        self.killed_hosts: set[int] = set()
        engine = {"ray": {"hosts": HOSTS, "lost_after": LOST_AFTER_SECONDS}}
        with_hosts = {**json.loads(self._config_path.read_text()), "engine": engine}
        self._config_path.write_text(json.dumps(with_hosts))
        self._starts = 0

    async def spawn(self, doomed_after_steps: int | None = None) -> None:
        """Start a process, with a database in another folder and on another port than before."""
        if not isinstance(as_store(self.store), Path):
            self._starts += 1
            elsewhere = self.folder / f"place-{self._starts}"
            elsewhere.mkdir()
            self._config_path = self._config_path.rename(elsewhere / self._config_path.name)
            self._port = 0
        await super().spawn(doomed_after_steps)

    async def all_hosts(self) -> list[int]:
        """Wait until all hosts are there; return their processes.

        One that was killed a moment ago, which the coordinator does not know yet, is none of them.
        """
        async with asyncio.timeout(GONE_WITHIN_SECONDS):
            while len(pids := await asyncio.to_thread(self._hosts)) < HOSTS:
                await asyncio.sleep(0.1)
        return pids

    def _hosts(self) -> list[int]:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz") as answer:
                told = json.load(answer)
        except HTTPError as error:  # 503 while conversations wait for a host
            with error:
                told = json.load(error)
        hosts = told.get("hosts", [])
        there = {int(host["where"].rpartition(" ")[2]) for host in hosts if host["state"] == "there"}
        return sorted(there - self.killed_hosts)


async def soak_cluster(
    seed: int,
    kills: int,
    folder: Path,
    place: str,
    *,
    coordinators_share: float = COORDINATORS_SHARE,
    people: int = PEOPLE_AT_FIRST,
) -> Soaked:
    """Let people talk, kill a host or the coordinator `kills` times, bring everybody home.

    `place` is the record's: a path, or the URL of a database. `people` is how many come at first.
    """
    random = Random(seed)
    store = as_store(place)
    server = ClusterServer(folder, OVERWORLDS[seed % len(OVERWORLDS)], place)
    killed: list[Kill] = []
    places: Counter[str] = Counter()
    try:
        await server.start()
        crowd = Crowd(server, random)
        try:
            crowd.invite(people)
            for crowd.round in range(1, kills + 1):
                crowd.invite(min(NEWCOMERS_A_ROUND, PEOPLE_AT_MOST - len(crowd.people)))
                await crowd.move_on(random.randint(20, 400))
                places += crowd.places
                hosts = await server.all_hosts()
                if random.random() < coordinators_share:
                    killed.append(await _kill_coordinator(server, hosts, store))
                    await server.start()
                else:
                    killed.append(_kill_host(server, random.choice(hosts), store))
            await crowd.come_home()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, round {crowd.round}: {error}\n{server.last_words()}") from error
        finally:
            await crowd.leave()
        hosts = await server.all_hosts()
        await server.kill()
        await _until_gone(hosts)
    finally:
        await server.end()
    diaries = [person.diary for person in crowd.people]
    return Soaked(diaries, server.asked(), killed, read_record(store), server.troubles, places)


def as_store(place: str) -> Path | str:
    """Return a record's place as what reads it takes it: the path of a file, or the URL of a database."""
    return place if "://" in place else Path(place)


async def _kill_coordinator(server: ClusterServer, hosts: list[int], store: Path | str) -> Kill:
    await server.kill()
    await _until_gone(hosts)  # they may ask the oracle until then
    return Kill(len(server.asked()), newest_commit(store))


def _kill_host(server: ClusterServer, host: int, store: Path | str) -> Kill:
    """Kill a host. It stands still while we look, as its conversations go on elsewhere the moment it is dead."""
    os.kill(host, signal.SIGSTOP)
    _wait_stopped(host)
    try:
        return Kill(len(server.asked()), newest_line(store))
    finally:
        os.kill(host, signal.SIGKILL)
        server.killed_hosts.add(host)


def _wait_stopped(pid: int) -> None:
    """Wait until each of its threads stands still: one that runs on another processor does so a moment later."""
    until = time.monotonic() + GONE_WITHIN_SECONDS
    for thread in Path(f"/proc/{pid}/task").iterdir():
        while _state(thread) not in ("T", "gone"):
            assert time.monotonic() < until, f"process {pid} does not stand still"
            time.sleep(0.001)


def _state(thread: Path) -> str:
    try:
        return (thread / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:  # it has ended before it was to stand still
        return "gone"


async def _until_gone(pids: Iterable[int]) -> None:
    async with asyncio.timeout(GONE_WITHIN_SECONDS):
        for pid in pids:
            while Path(f"/proc/{pid}").exists():
                await asyncio.sleep(0.05)
