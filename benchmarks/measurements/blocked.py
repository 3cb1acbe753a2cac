"""2,000 worlds blocked in `act_blocking()`: each holds a thread, and nobody else may notice.

Memory is the growth of the server's resident set, divided by the worlds: once from the moment at which the same
people stood at the menu, which is the world and its thread (this has the target), and once from an empty server,
which has each person's connection, session and overworld in it too. While they are blocked, 100 others in echo
worlds are timed as in the echo measurement, and held to the same targets; before it they are timed on the same
server without. At the end each blocked world is spoken to and must answer.
"""

from __future__ import annotations

from pathlib import Path

from config_file import write_config
from figures import Figure
from processes import Load, parleyrun

from measurements import echo

WORLDS = 2000
BYTES_AT_MOST = 40_000


def measure(folder: Path) -> list[Figure]:
    timing = {"crowd": "others", "each_per_second": echo.EACH_PER_SECOND, "seconds": echo.SECONDS}
    with parleyrun(write_config(folder)) as server, Load() as load:
        load("gather", crowd="others", port=server.port, count=echo.PEOPLE, task="echo")
        alone = load("echo", **timing)
        empty = server.resident_bytes()
        load("gather", crowd="blocked", port=server.port, count=WORLDS, task=None)
        at_menu = server.resident_bytes()
        load("choose", crowd="blocked", task="block")
        blocked = server.resident_bytes()
        threads = server.threads()
        beside = load("echo", **timing)
        heard = load("say_once", crowd="blocked", to_partner=False)["heard"]
    return [
        Figure("memory a world and its thread", (blocked - at_menu) / WORLDS / 1000, "kB", BYTES_AT_MOST / 1000),
        Figure("with the person in it", (blocked - empty) / WORLDS / 1000, "kB"),
        Figure("worlds that do not answer", WORLDS - heard, "worlds", 0),
        Figure("threads of the server", threads, "threads"),
        Figure("others' round trip, median", beside["median"], "ms", echo.MEDIAN_AT_MOST),
        Figure("others' round trip, p99", beside["p99"], "ms", echo.P99_AT_MOST),
        Figure("others' unanswered or wrong", beside["unanswered"] + beside["strays"], "messages", 0),
        Figure("without the blocked, median", alone["median"], "ms"),
        Figure("without the blocked, p99", alone["p99"], "ms"),
    ]
