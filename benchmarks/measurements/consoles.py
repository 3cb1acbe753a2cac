"""What three open consoles cost the people who talk.

2,000 people in one-person echo worlds, the record in a file, each sending a line every four seconds; the same with
nobody looking and with three consoles that look at overview, people, tasks and pools, by turns, so that whatever
else the machine does falls on both. The consoles are read by this process.
"""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from config_file import write_config
from figures import Figure
from processes import Load, parleyrun

PEOPLE = 2_000
EACH_PER_SECOND = 0.25
SECONDS = 8.0
CONSOLES = 3
TURNS = 3
RATIO_AT_MOST = 1.10

ASKED = [{"verb": "overview"}, {"verb": "people", "values": {"at_most": 50}}, {"verb": "tasks"}, {"verb": "pools"}]


def measure(folder: Path) -> list[Figure]:
    config = write_config(folder, console=True)
    p95: dict[str, list[float]] = {"without": [], "with": []}
    cpu: dict[str, list[float]] = {"without": [], "with": []}
    with parleyrun(config, store=folder / "talk.db") as server, Load() as load:
        token = (folder / "talk.db.console-token").read_text()
        load("gather", crowd="people", port=server.port, count=PEOPLE, task="echo")
        for turn in range(TURNS):
            # First the one, then the other, as things may grow slower, or faster, by and by.
            for consoles in (0, CONSOLES) if turn % 2 else (CONSOLES, 0):
                name = "with" if consoles else "without"
                with ExitStack() as open_ones:
                    for _ in range(consoles):
                        open_ones.enter_context(console(server.port, token))
                    before = server.cpu_seconds()
                    echoes = load("echo", crowd="people", each_per_second=EACH_PER_SECOND, seconds=SECONDS)
                    cpu[name].append(100 * (server.cpu_seconds() - before) / SECONDS)
                    p95[name].append(echoes["p95"])
    return [
        Figure(
            "p95 with three consoles, against without",
            median(p95["with"]) / median(p95["without"]),
            "×",
            RATIO_AT_MOST,
        ),
        Figure("p95 without", median(p95["without"]), "ms"),
        Figure("CPU of three consoles", median(cpu["with"]) - median(cpu["without"]), "% of a core"),
    ]


@contextmanager
def console(port: int, token: str) -> Iterator[None]:
    """A console that looks, until the end of the block."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    query = urlencode([("ask", json.dumps(each)) for each in ASKED])
    connection.request("GET", f"/console/api/live?{query}", headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    reading = threading.Thread(target=_read, args=(answer,), daemon=True)
    reading.start()
    try:
        yield
    finally:
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)
        reading.join()
        connection.close()


def _read(answer: http.client.HTTPResponse) -> None:
    try:
        while answer.readline():
            pass
    except (OSError, ValueError, AttributeError, http.client.HTTPException):
        return  # it was closed
