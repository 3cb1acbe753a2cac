"""Hosts and coordinator are killed -9 under load: nothing is lost, nothing comes twice, nobody is stuck.

make soak-cluster                      # 40 kills
make soak-cluster SOAK_KILLS=10        # fewer; SOAK_SEED=17 has people do something else
make soak-cluster SOAK_STORE=postgres  # the record in PostgreSQL, and the coordinator elsewhere after each kill
"""

from __future__ import annotations

import asyncio
import os
from contextlib import ExitStack, closing
from importlib.util import find_spec
from pathlib import Path

import pytest
from postgres_server import WHY_NOT, PostgresServer, can_run

from .cluster_soak import soak_cluster
from .test_kill import check

SEED = int(os.environ.get("SOAK_SEED", "201"))
IN_POSTGRES = os.environ.get("SOAK_STORE", "") == "postgres"
KILLS = int(os.environ.get("SOAK_KILLS", "40"))


pytestmark = [
    pytest.mark.ray,
    pytest.mark.process,
    pytest.mark.skipif(find_spec("ray") is None, reason="needs Ray: pip install 'parleyrun[ray]'"),
]


@pytest.mark.postgres
@pytest.mark.skipif(not can_run(), reason=WHY_NOT)
@pytest.mark.timeout(400)
def test_a_coordinator_that_is_killed_goes_on_elsewhere_on_the_same_database(tmp_path: Path) -> None:
    with closing(PostgresServer()) as server:
        soaked = asyncio.run(soak_cluster(1, 1, tmp_path, server.url, coordinators_share=1, people=8))
    check(1, soaked)
    assert [folder.name for folder in sorted(tmp_path.glob("place-*"))] == ["place-1", "place-2"]


@pytest.mark.soak_cluster
@pytest.mark.skipif(IN_POSTGRES and not can_run(), reason=WHY_NOT)
@pytest.mark.timeout(300 + 20 * KILLS)
def test_nothing_is_lost_as_hosts_and_coordinator_are_killed(tmp_path: Path) -> None:
    with ExitStack() as ends:
        place = str(tmp_path / "soak.db")
        if IN_POSTGRES:
            place = ends.enter_context(closing(PostgresServer(syncing=True))).url
        soaked = asyncio.run(soak_cluster(SEED, KILLS, tmp_path, place))
    check(SEED, soaked)
    assert len(soaked.kills) == KILLS
