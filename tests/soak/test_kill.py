"""Kill -9 at random moments under load: nothing is lost, nothing comes twice, nobody is stuck.

make soak                                        # 100 kills and more, with the seeds below
SOAK_SEED=17 SOAK_KILLS=300 pytest -m soak       # another one
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from .checker import Finding
from .crowd import Soaked, soak

SHORT_KILLS = 5
LONG_SEEDS = [int(os.environ["SOAK_SEED"])] if "SOAK_SEED" in os.environ else [101, 102, 103]
LONG_KILLS = int(os.environ.get("SOAK_KILLS", "40"))
LONG_SECONDS = 300 + 10 * LONG_KILLS
EVERYWHERE = {"door", "overworld", "onboarding", "waiting", "task"}


def report(seed: int, soaked: Soaked, findings: list[Finding]) -> str:
    """Say what is wrong, and show the logs of those whom it is about."""
    names = {name for finding in findings[:10] for name in finding.person.split(", ")}
    logs = [str(diary) for diary in soaked.diaries if diary.name in names][:4]
    return "\n".join([f"seed {seed}: {len(findings)} findings", *map(str, findings), *logs])


def check(seed: int, soaked: Soaked) -> None:
    findings = soaked.findings()
    assert not findings, report(seed, soaked, findings)


@pytest.mark.process
def test_nothing_is_lost_in_five_kills(tmp_path: Path) -> None:
    seed = 1
    soaked = asyncio.run(soak(seed, SHORT_KILLS, tmp_path, str(tmp_path / "soak.db")))
    check(seed, soaked)
    assert len(soaked.kills) >= SHORT_KILLS


@pytest.mark.soak
@pytest.mark.timeout(LONG_SECONDS)
@pytest.mark.parametrize("seed", LONG_SEEDS)
def test_nothing_is_lost_in_many_kills(seed: int, tmp_path: Path) -> None:
    soaked = asyncio.run(soak(seed, LONG_KILLS, tmp_path, str(tmp_path / "soak.db")))
    check(seed, soaked)
    assert len(soaked.kills) >= LONG_KILLS
    if LONG_KILLS >= 40:
        assert soaked.places.keys() >= EVERYWHERE, (
            f"seed {seed}: nobody was killed at some places: {soaked.places}"
        )
