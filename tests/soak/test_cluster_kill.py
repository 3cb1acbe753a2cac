"""Hosts and coordinator are killed -9 under load: nothing is lost, nothing comes twice, nobody is stuck.

make soak-cluster                      # 40 kills
make soak-cluster SOAK_KILLS=10        # fewer; SOAK_SEED=17 has people do something else
"""

from __future__ import annotations

import asyncio
import os
from importlib.util import find_spec
from pathlib import Path

import pytest

from .cluster_soak import soak_cluster
from .test_kill import check

SEED = int(os.environ.get("SOAK_SEED", "201"))
KILLS = int(os.environ.get("SOAK_KILLS", "40"))


@pytest.mark.ray
@pytest.mark.process
@pytest.mark.soak_cluster
@pytest.mark.skipif(find_spec("ray") is None, reason="needs Ray: pip install 'parleyrun[ray]'")
@pytest.mark.timeout(300 + 20 * KILLS)
def test_nothing_is_lost_as_hosts_and_coordinator_are_killed(tmp_path: Path) -> None:
    soaked = asyncio.run(soak_cluster(SEED, KILLS, tmp_path, tmp_path / "soak.db"))
    check(SEED, soaked)
    assert len(soaked.kills) == KILLS
