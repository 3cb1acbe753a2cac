"""Kill -9 with 10,000 live conversations, and a new start with the same store.

Each conversation has one person, who has been answered once. `doors open` is from starting the new process to
its `ready:` line: Python and the web server, reading the record, and building 10,000 worlds and 10,000 sleeping
overworlds. From that line on people come back, as the chat page does, in `parleyrun.v1` with their token and the
number of the last line they have. `first answer` is from the `ready:` line until the first of them, who connects
at once and says something, has the answer of their world. Then all others do the same, a hundred at a time;
everybody must be known, hear their one answer, and nothing else.

`disconnect_grace` is its default, so whoever was not back within a minute would have left.
"""

from __future__ import annotations

from pathlib import Path

from config_file import write_config
from figures import Figure
from processes import Load, parleyrun

CONVERSATIONS = 10_000
DOORS_AT_MOST_SECONDS = 10.0
ANSWER_AT_MOST_SECONDS = 1.0


def measure(folder: Path) -> list[Figure]:
    config, store = write_config(folder), folder / "restart.db"
    with Load() as load:
        with parleyrun(config, store=store) as server:
            load("visit", crowd="all", port=server.port, count=CONVERSATIONS, task="echo")
            server.kill()
        with parleyrun(config, store=store, port=server.port) as again:
            back = load("come_back", crowd="all", port=again.port)
    return [
        Figure("doors open", again.ready_seconds, "s", DOORS_AT_MOST_SECONDS),
        Figure("first answer, after that", back["first_at"] - again.ready_at, "s", ANSWER_AT_MOST_SECONDS),
        Figure("unknown, unanswered or wrong", back["wrong"], "people", 0),
        Figure("everybody answered, after that", back["last_at"] - again.ready_at, "s"),
    ]
