"""Sending over Messenger: a Graph API that takes 200 ms for each answer, and a record in a file.

200 people ask for ten lines each at the same moment. How many of the 2,000 are sent a second is counted from
posting what they ask until the last answer; each person's lines have to come once and in order.

Then 50 people write once a second, and it is timed how long after that their answer arrives at the Graph API:
through the webhook, two commits, a world, and the queue of the sender. The first time all is well. The second time
the sends to five of them hang for two seconds and then break, again and again; what that adds for the other 45
is the difference. The p99 has the target, as the worst of all may be any program's on this machine.
"""

from __future__ import annotations

from pathlib import Path

from config_file import write_config
from figures import Figure
from processes import Load, Server

ANSWER_SECONDS = 0.2
PEOPLE, EACH = 200, 10
AT_LEAST_PER_SECOND = 150
CHATTING, HANGING = 50, 5
SECONDS = 12.0
ADDED_AT_MOST = 50.0

PAGE_ID = "1234567890"
APP_SECRET = "sesame"


def measure(folder: Path) -> list[Figure]:
    with Load() as load:
        with _serve(load, folder, "count") as server:
            load("start_out", port=server.port, people=PEOPLE)
            cpu = server.cpu_seconds()
            counted = load("count_out", each=EACH)
            cpu = server.cpu_seconds() - cpu
            threads = server.threads()
        with _serve(load, folder, "chat") as server:
            load("start_out", port=server.port, people=CHATTING)
            well = load("chat_out", seconds=SECONDS, hanging=0)
            beside = load("chat_out", seconds=SECONDS, hanging=HANGING)
    return [
        Figure("side by side", counted["per_second"], "sends/s", at_least=AT_LEAST_PER_SECOND),
        Figure("lost, repeated or out of order", counted["wrong"], "lines", 0),
        Figure("server CPU, worlds too", cpu / (PEOPLE * EACH) * 1000, "ms/line"),
        Figure("threads of the server", threads, "threads"),
        Figure("until sent, median", well["median"], "ms"),
        Figure("until sent, p99", well["p99"], "ms"),
        Figure("while others hang, median", beside["median"], "ms"),
        Figure("while others hang, p99", beside["p99"], "ms"),
        Figure("added by others, p99", beside["p99"] - well["p99"], "ms", ADDED_AT_MOST),
        Figure("added by others, worst", beside["worst"] - well["worst"], "ms"),
        Figure("not sent in time", well["missing"] + beside["missing"], "lines", 0),
        Figure("sends that hung", beside["hung"], "sends", at_least=HANGING),
    ]


def _serve(load: Load, folder: Path, name: str) -> Server:
    """Start a server for a page of a Graph API of the load generator's, which it does not ask about the page."""
    graph = load("open_graph", page_id=PAGE_ID, secret=APP_SECRET, answer_seconds=ANSWER_SECONDS)
    messenger = {
        "app_secret": APP_SECRET,
        "page_token": "none",
        "verify_token": "none",
        "graph_url": f"http://127.0.0.1:{graph['port']}",
        "max_sends_per_second": 300,
    }
    config = write_config(
        folder, overworld="CountingOverworld", tasks={}, page_id=PAGE_ID, channels={"messenger": messenger}
    )
    options = ["--port", "0", "--store", str(folder / f"{name}.db"), "--grace", "0", "--bypass-server"]
    return Server("-m", "parleyrun", "serve", str(config), *options)
