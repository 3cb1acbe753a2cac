"""How much memory a server keeps of people who have come and gone.

They come over plain websockets, 100 at a time, each for a task of one line, say goodbye and hang up. Who has left
is in the store; nothing of them is to stay in memory. RSS is read once those who have hung up are out of sight. It
grows at first, as SQLite fills its page caches and the allocator its arenas; that has an end.
"""

from __future__ import annotations

import time
from pathlib import Path

from config_file import write_config
from figures import Figure
from processes import Load, parleyrun

FIRST_VISITS = 1_000
ALL_VISITS = 20_000
VISITS_AT_A_TIME = 1_000
SETTLE_SECONDS = 3.0
MEGABYTES_AT_MOST = 15.0


def measure(folder: Path) -> list[Figure]:
    config = write_config(folder)
    with parleyrun(config, store=folder / "visits.db") as server, Load() as load:
        resident: dict[int, float] = {}
        for visits in range(VISITS_AT_A_TIME, ALL_VISITS + 1, VISITS_AT_A_TIME):
            load("come_and_go", port=server.port, count=VISITS_AT_A_TIME)
            if visits in (FIRST_VISITS, ALL_VISITS):
                time.sleep(SETTLE_SECONDS)
                resident[visits] = server.resident_bytes() / 1e6
    grown = resident[ALL_VISITS] - resident[FIRST_VISITS]
    return [
        Figure(f"after {FIRST_VISITS:,} visits", resident[FIRST_VISITS], "MB"),
        Figure(f"after {ALL_VISITS:,} visits", resident[ALL_VISITS], "MB"),
        Figure("grown", grown, "MB", MEGABYTES_AT_MOST),
    ]
