"""People talk while attackers do their worst beside them: the people notice nothing.

make soak                     # the long one, among others: p95 within 1.5 times, from the same run
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import statistics
import sys
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

import parleyrun

from .server import Server
from .talkers import Couple, bring_together

TESTS = Path(__file__).parents[1]
PROJECT = Path(str(parleyrun.__file__)).parents[1]

SHORT_SECONDS = 3.0
SHORT_RATIO = 10.0
SHORT_FREE_SECONDS = 0.5  # machines that run many tests at once are slow by themselves; on record it was 1.8
LONG_ROUNDS = 6
LONG_SECONDS = 10.0
LONG_RATIO = 1.5


@dataclass
class Measured:
    """How many seconds words took without and with attackers, and what those did, how often."""

    without: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    deeds: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        alone, beside = (
            f"median {1000 * statistics.median(trips):.1f} ms, p95 {1000 * p95(trips):.1f} ms, "
            f"longest {1000 * max(trips):.0f} ms of {len(trips)}"
            for trips in (self.without, self.beside)
        )
        return f"without attackers: {alone}; beside them: {beside}; deeds: {dict(self.deeds)}"


def p95(trips: list[float]) -> float:
    return statistics.quantiles(trips, n=20)[-1]


async def alone(couples: list[Couple], seconds: float) -> list[float]:
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + seconds
    trips = await asyncio.gather(*(couple.talk(lambda: loop.time() >= ends_at) for couple in couples))
    return list(itertools.chain.from_iterable(trips))


async def beside_attackers(couples: list[Couple], url: str, seconds: float, deeds: Counter[str]) -> list[float]:
    attackers = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "soak.attackers", url.removeprefix("http://"), str(seconds)),
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (PROJECT, TESTS / "attacks")))},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    assert attackers.stdout is not None
    try:
        assert await attackers.stdout.readline() == b"begun\n"
        trips = await alone(couples, seconds)
        deeds.update(json.loads(await attackers.stdout.read()))
        assert await attackers.wait() == 0
    finally:
        if attackers.returncode is None:
            attackers.kill()
            await attackers.wait()
    return trips


async def measure(folder: Path, couples: int, rounds: int, seconds: float) -> Measured:
    """Measure in turns, so that whatever else the machine does falls into both."""
    server = Server(folder, "Hall", str(folder / "soak.db"), limits={})
    measured = Measured()
    try:
        await server.start()
        async with AsyncExitStack() as all_:
            talking = await bring_together(server.url, couples, Random(1), all_)
            await alone(talking, 1.0)  # what is slow the first time is nobody's fault
            for _ in range(rounds):
                measured.without += await alone(talking, seconds)
                measured.beside += await beside_attackers(talking, server.url, seconds, measured.deeds)
        assert not server.is_gone
        assert server.troubles == []
    finally:
        await server.end()
    print(measured)
    assert all(measured.deeds.values()), f"somebody never got to attack: {measured}"
    return measured


@pytest.mark.process
def test_attackers_of_all_kinds_at_once_keep_nobody_from_talking(tmp_path: Path) -> None:
    measured = asyncio.run(measure(tmp_path, couples=5, rounds=1, seconds=SHORT_SECONDS))
    usual, beside = statistics.median(measured.without), statistics.median(measured.beside)
    assert beside < SHORT_RATIO * usual + SHORT_FREE_SECONDS, str(measured)


@pytest.mark.soak
@pytest.mark.timeout(120 + 4 * LONG_ROUNDS * LONG_SECONDS)
def test_who_talks_beside_attackers_notices_nothing(tmp_path: Path) -> None:
    measured = asyncio.run(measure(tmp_path, couples=20, rounds=LONG_ROUNDS, seconds=LONG_SECONDS))
    assert p95(measured.beside) < LONG_RATIO * p95(measured.without), str(measured)
