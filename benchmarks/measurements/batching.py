"""Answers of many conversations by one call of a local model that takes 20 ms for it: 64 seats, against one.

The seats are those that a service's bots have (`max_batch: 64`, waiting at most 10 ms for others, as by default),
each on a thread of its own, as thoughts are; each asks again as soon as it has its answer. One at a time is the
same model without `max_batch`, and one seat.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from figures import Figure
from processes import HERE, Failed

SEATS = 64
ANSWERS = 60
RATIO_AT_LEAST = 15.0


def measure(_folder: Path) -> list[Figure]:
    alone = _run(1, ANSWERS)
    together = _run(SEATS, ANSWERS, SEATS)
    return [
        Figure(
            "64 at once / one at a time, speed", together["rate"] / alone["rate"], "x", at_least=RATIO_AT_LEAST
        ),
        Figure("64 at once", together["rate"], "answers/s"),
        Figure("one at a time", alone["rate"], "answers/s"),
        Figure("answers a call", SEATS * ANSWERS / together["calls"], "answers"),
    ]


def _run(*arguments: int) -> dict[str, Any]:
    command = [sys.executable, str(HERE / "batched_seats.py"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise Failed(f"batched_seats.py failed: {done.stderr[-500:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found
