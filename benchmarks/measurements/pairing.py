"""Pairing: how long the second person of a pair waits until both are in the task world.

Two loads. *Steady*: 1,000 people arrive one by one at 100 a second (at random moments with that mean), and each
connects, opens the overworld and chooses the task, so the server does all of that at the same time. *At once*:
1,000 more, who are at the menu, choose the task in the same moment, while the first stay in their conversations.

Each is seen twice. *Inside* is stamped by the worlds: from the overworld's returning the later one's choice (just
before their entry into the pool) to the pair's first parley (just after their entry into the task world). It has
the target. *Outside* is what the people see: from sending the later choice to both having the first line, with
the network, the queue in front of the overworld and the load generator's own work in it. At once, the outside
figure is mostly the time that the server needs to read 1,000 choices.

The task has an `eligibility_function` and an `assign_roles`, so that matching runs author code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from config_file import write_config
from figures import Figure
from processes import Load, parleyrun

PEOPLE = 1000
PER_SECOND = 100.0
STEADY_AT_MOST = 10.0
AT_ONCE_AT_MOST = 200.0


def measure(folder: Path) -> list[Figure]:
    with parleyrun(write_config(folder)) as server, Load() as load:
        steady = load(
            "arrivals", crowd="steady", port=server.port, task="roles", count=PEOPLE, per_second=PER_SECOND
        )
        load("gather", crowd="rush", port=server.port, count=PEOPLE, task=None)
        rush = load("rush", crowd="rush", task="roles")
    return [
        *_figures("100/s", steady, STEADY_AT_MOST),
        *_figures("1,000 at once", rush, AT_ONCE_AT_MOST),
    ]


def _figures(load: str, found: dict[str, Any], at_most: float) -> list[Figure]:
    return [
        Figure(f"{load}: people not paired", PEOPLE - 2 * found["pairs"], "people", 0),
        Figure(f"{load}: inside, p95", found["inside_p95"], "ms", at_most),
        Figure(f"{load}: inside, median", found["inside_median"], "ms"),
        Figure(f"{load}: outside, p95", found["outside_p95"], "ms"),
        Figure(f"{load}: outside, median", found["outside_median"], "ms"),
    ]
