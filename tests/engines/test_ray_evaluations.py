"""`parleyrun eval --engine ray` on a real Ray cluster: interrupted, gone on with, its hosts killed and stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from parleyrun.engines.host.host_folder import HOSTS_PREFIX, remove_dead_folders

pytestmark = [
    pytest.mark.ray,
    pytest.mark.process,
    pytest.mark.skipif(find_spec("ray") is None, reason="needs Ray: pip install 'parleyrun[ray]'"),
]

OWN = """
import os
import time
from pathlib import Path
from parleyrun import Agent, AverageMetric, DialogTeacher

class Sums(DialogTeacher):
    def setup_data(self, datafile):
        for n in range(300):
            yield {"text": f"{n} + {n}?", "labels": [str(2 * n)]}, n % 3 == 0

class Doubler(Agent):
    mean = AverageMetric(0, 0)

    def act(self):
        if Path("slow.txt").exists():
            time.sleep(0.03)
        n = int(self.observation["text"].split()[0])
        self.mean += AverageMetric(n / 3)
        return {"id": self.id, "text": str(2 * n if n % 7 else 0)}

    def report(self):
        return {"mean": self.mean}

    def reset_metrics(self):
        self.mean = AverageMetric(0, 0)
"""
COMMAND = (sys.executable, "-m", "parleyrun", "eval")
WHAT = ("-t", "own_tasks:Sums", "-m", "own_tasks:Doubler", "--metrics", "all")
RAY = ("--engine", "ray", "--hosts", "2", "--host-files", "slow.txt")


class RayEvaluation:
    """A command that goes on in a folder."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        environment = {**os.environ, "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
        self.errors = folder / "errors.txt"
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [*COMMAND, *arguments],
                cwd=folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )

    def hosts(self) -> list[int]:
        """The processes of its hosts, once they are there."""
        self.wait_until(lambda: "hosts are there" in self.errors.read_text())
        return [int(pid) for pid in re.findall(r"process (\d+)", self.errors.read_text())]

    def wait_until(self, holds: Callable[[], object]) -> None:
        until = time.monotonic() + 120
        while not holds():
            assert self.process.poll() is None, self.errors.read_text()
            assert time.monotonic() < until
            time.sleep(0.02)

    def over(self) -> tuple[int, str]:
        out, _ = self.process.communicate(timeout=180)
        return self.process.returncode, out


def lines_of(logs: Path) -> list[str]:
    found = sorted(logs.glob("*.jsonl"))
    return found[-1].read_text().splitlines() if found else []


@pytest.mark.timeout(600)
def test_interrupted_killed_and_stopped_it_comes_to_the_figures_of_one_process(tmp_path: Path) -> None:
    (tmp_path / "own_tasks.py").write_text(OWN)
    logs = tmp_path / "logs"
    here = RayEvaluation(tmp_path, *WHAT, "--report", "here.json")
    code, shown = here.over()
    assert code == 0, here.errors.read_text()
    (tmp_path / "slow.txt").write_text("Answers take their time.")

    began = RayEvaluation(tmp_path, *WHAT, *RAY, "--log", "logs")
    began.wait_until(lambda: len(lines_of(logs)) > 30)
    hosts = began.hosts()
    os.killpg(began.process.pid, signal.SIGINT)  # as Ctrl-C at a terminal does
    code, _ = began.over()
    assert code == 130
    told = began.errors.read_text()
    assert "what was answered is kept: parleyrun eval --resume logs/" in told
    assert told.endswith("parleyrun: interrupted before it was done\n")
    assert "Traceback" not in told
    kept = len(lines_of(logs)) - 1
    assert 30 <= kept < 300
    assert not any(Path(f"/proc/{pid}").exists() for pid in hosts)

    goes_on = RayEvaluation(
        tmp_path, "--resume", "logs", *RAY[:4], "--host-files", "slow.txt", "--report", "b.json"
    )
    killed, stopped = goes_on.hosts()
    goes_on.wait_until(lambda: len(lines_of(logs)) > kept + 30)
    os.kill(killed, signal.SIGKILL)
    goes_on.wait_until(lambda: "is lost" in goes_on.errors.read_text())
    os.kill(stopped, signal.SIGSTOP)
    code, out = goes_on.over()
    told = goes_on.errors.read_text()
    assert code == 0, told
    assert told.count("is lost") == 2
    assert "it has not answered for" in told
    assert out == shown
    one, other = (json.loads((tmp_path / name).read_text()) for name in ("here.json", "b.json"))
    assert other == one
    examples = [json.loads(line) for line in lines_of(logs)[1:-1]]
    again = len(examples) - len({(each["episode"], each["entry"]) for each in examples})
    assert again <= 2 * 2  # of what was interrupted in an episode of three, all is asked again; nothing else
    assert not any(Path(f"/proc/{pid}").exists() for pid in (killed, stopped))
    remove_dead_folders(HOSTS_PREFIX)
