"""`eval` with a model that takes 50 ms to answer: 64 examples at once, against one at a time.

The model is a loopback server that repeats what it is asked, in a process of its own; the evaluation runs in
another, from the first example to the report, with all on defaults. The yardstick, in the same run, are 64 threads
that do nothing but ask that server as often (`bare_model.py`).

64 at once cannot be more than 64 times as fast. What is missing is what it takes to ask an example and to score
it, as only one thread at a time does that.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from figures import Figure
from processes import HERE, Failed, Server

ANSWER_SECONDS = 0.05
AT_ONCE = 64
ONE_AT_A_TIME = 100
FEW = 237
"""So many take four rounds of 64, the last of which is not full."""

EACH_AT_ONCE = 40
RATIO_AT_LEAST = 50.0


def measure(_folder: Path) -> list[Figure]:
    with Server(str(HERE / "model_server.py"), str(ANSWER_SECONDS)) as model:
        bare = _run("bare_model.py", model.port, AT_ONCE, 0, 0, EACH_AT_ONCE)
        alone = _run("model_evaluation.py", model.port, ONE_AT_A_TIME, 1)
        beside = _run("model_evaluation.py", model.port, AT_ONCE * EACH_AT_ONCE, AT_ONCE)
        few = _run("model_evaluation.py", model.port, FEW, AT_ONCE)
    acts_alone = _run("model_evaluation.py", 0, ONE_AT_A_TIME, 1)
    acts_beside = _run("model_evaluation.py", 0, FEW, AT_ONCE)
    bare_rate = AT_ONCE * EACH_AT_ONCE / bare["seconds"]
    return [
        Figure("64 at once / one at a time, speed", beside["rate"] / alone["rate"], "x", at_least=RATIO_AT_LEAST),
        Figure(
            "237 acts of 50 ms, 64 at once / one at a time, speed",
            acts_beside["rate"] / acts_alone["rate"],
            "x",
            at_least=RATIO_AT_LEAST,
        ),
        Figure("237 examples, 64 at once / one at a time, speed", few["rate"] / alone["rate"], "x"),
        Figure("64 at once / bare client, speed", beside["rate"] / bare_rate, "x"),
        Figure("64 at once", beside["rate"], "examples/s"),
        Figure("one at a time", alone["rate"], "examples/s"),
        Figure("bare client, 64 at once", bare_rate, "answers/s"),
        Figure("CPU for an example, 64 at once", beside["cpu_milliseconds"], "ms"),
    ]


def _run(script: str, *arguments: float) -> dict[str, Any]:
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise Failed(f"{script} failed: {done.stderr[-500:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found
