"""5,000 connections that never speak: others go on talking.

100 people in echo worlds are timed as in the echo measurement: without the flood, while it comes in, and while it
is held. The flood is 3,000 websockets of the plain protocol without a first message, 1,000 of `parleyrun.v1`
without a session frame, and 1,000 TCP connections that do not even ask for a page, at 500 connections a second.
The others are held to the echo targets while the flood is there; while it comes in the server also shakes
5,000 hands, and the figure is shown without a target.

The server may hang up on connections that stay silent for too long; how many it kept is shown.
"""

from __future__ import annotations

from pathlib import Path

from config_file import write_config
from figures import Figure
from processes import Load, parleyrun

from measurements import echo

FLOOD = {"plain": 3000, "v1": 1000, "tcp": 1000}
PER_SECOND = 500.0


def measure(folder: Path) -> list[Figure]:
    timing = {"crowd": "others", "each_per_second": echo.EACH_PER_SECOND}
    held = {**timing, "seconds": echo.SECONDS}
    with parleyrun(write_config(folder)) as server, Load() as load:
        load("gather", crowd="others", port=server.port, count=echo.PEOPLE, task="echo")
        before = load("echo", **held)
        refused, arriving = 0, []
        for kind, count in FLOOD.items():
            intrusion = {
                "do": "intrude", "crowd": kind, "port": server.port,
                "count": count, "per_second": PER_SECOND, "kind": kind,
            }  # fmt: skip
            meanwhile = {"do": "echo", **timing, "seconds": count / PER_SECOND}
            answer = load("both", first=intrusion, second=meanwhile)
            refused += answer["first"]["refused"]
            arriving.append(answer["second"])
        during = load("echo", **held)
        kept = sum(load("still_there", crowd=kind)["there"] for kind in FLOOD)
    lost = sum(found["unanswered"] + found["strays"] for found in (before, *arriving, during))
    return [
        Figure("others' round trip, median", during["median"], "ms", echo.MEDIAN_AT_MOST),
        Figure("others' round trip, p99", during["p99"], "ms", echo.P99_AT_MOST),
        Figure("others' unanswered or wrong", lost, "messages", 0),
        Figure("others who lost their connection", during["gone"], "people", 0),
        Figure("without the flood, median", before["median"], "ms"),
        Figure("without the flood, p99", before["p99"], "ms"),
        Figure("while it comes in, median", max(found["median"] for found in arriving), "ms"),
        Figure("while it comes in, p99", max(found["p99"] for found in arriving), "ms"),
        Figure("silent connections refused", refused, "connections"),
        Figure("silent connections kept", kept, "connections"),
    ]
