"""The demo on a cluster, for real: PostgreSQL, two hosts of Ray, and a kill."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from postgres_server import WHY_NOT, can_run
from serve_process import WatchedProcess

PROJECT = Path(__file__).parents[2]


@pytest.mark.ray
@pytest.mark.postgres
@pytest.mark.process
@pytest.mark.skipif(find_spec("ray") is None, reason="needs Ray: pip install 'parleyrun[ray]'")
@pytest.mark.skipif(not can_run(), reason=WHY_NOT)
@pytest.mark.timeout(240)
def test_two_people_talk_on_after_the_kill_and_all_of_it_closes_in_good_order(tmp_path: Path) -> None:
    script = PROJECT / "benchmarks/cluster_demo.py"
    env = {"DEMO_SECONDS": "0", "PORT": "0"}
    with WatchedProcess(sys.executable, script, folder=tmp_path, env=env) as demo:
        demo.wait_for(r"^==> ready: http://127")
        demo.wait_for(r"^==> host-[12], process \d+, on which they talk, was killed")
        demo.wait_for(r"^==> the talk goes on")
        demo.wait_for(r"^==> host-[12] has it now")
        demo.wait_for(r"^    Bob: 2\. Bread")
        demo.interrupt()
        assert demo.exit_code() == 0, demo.stderr
        assert "==> closed with 0: " in demo.lines[-1]
