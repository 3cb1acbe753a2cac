"""Models in seats: 1,000 conversations that wait for a model at once, and what is added to one answer.

The model is a loopback server that repeats what it is asked, in a process of its own. The yardstick, in the same
run, is a client that does nothing but ask it (`bare_model.py`). All are on defaults, but for the model's
`max_concurrency`, of which 1,000 conversations at once need as much.

- All at once: 1,000 people say a line in the same moment, each to a model that takes two seconds; from the first
  word to the last answer, against the bare client that asks 1,000 times in the same moment. Beside them the people
  of the echo measurement are timed.
- One answer: 200 people ask a model that takes a second, about 160 a second; from the word to the answer, less
  what the bare client needs for the same.
- The first word: from when the server sends it until it is on a page's connection (`growing` of `parleyrun.v1`).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from config_file import TASKS, write_config
from figures import Figure
from processes import HERE, Failed, Load, model_server, parleyrun

from measurements import echo

CONVERSATIONS = 1_000
SLOW_SECONDS = 2.0
RATIO_AT_MOST = 1.25
ECHO_MEDIAN_AT_MOST = 1.5

ASKING = 200
ANSWER_SECONDS = 1.0
EACH_PER_SECOND = 0.8
SECONDS = 10.0
ADDED_AT_MOST = 5.0
FIRST_WORD_AT_MOST = 20.0


def measure(folder: Path) -> list[Figure]:
    return [*_all_at_once(folder), *_one_answer(folder)]


def _all_at_once(folder: Path) -> list[Figure]:
    with model_server(SLOW_SECONDS) as model:
        bare = _bare(model.port, CONVERSATIONS)
        with parleyrun(_config(folder, model.port)) as server, Load() as load:
            load("gather", crowd="others", port=server.port, count=echo.PEOPLE, task="echo")
            load("gather", crowd="asking", port=server.port, count=CONVERSATIONS, task="ask")
            found = load(
                "both",
                first={"do": "say_once", "crowd": "asking", "to_partner": False},
                second={"do": "echo", "crowd": "others", "each_per_second": echo.EACH_PER_SECOND, "seconds": 4.0},
            )
    ours, beside = found["first"], found["second"]
    return [
        Figure("all answered / bare client's", ours["seconds"] / bare["seconds"], "x", RATIO_AT_MOST),
        Figure("not answered", CONVERSATIONS - ours["heard"], "conversations", 0),
        Figure("echo beside them, median", beside["median"], "ms", ECHO_MEDIAN_AT_MOST),
        Figure("echo beside them, p99", beside["p99"], "ms"),
        Figure("all answered", ours["seconds"], "s"),
        Figure("bare client", bare["seconds"], "s"),
    ]


def _one_answer(folder: Path) -> list[Figure]:
    with model_server(ANSWER_SECONDS) as model:
        bare = _bare(model.port, ASKING, EACH_PER_SECOND, SECONDS)
        with parleyrun(_config(folder, model.port)) as server, Load() as load:
            load("gather", crowd="asking", port=server.port, count=ASKING, task="ask")
            ours = load("echo", crowd="asking", each_per_second=EACH_PER_SECOND, seconds=SECONDS)
            first = load("first_words", port=server.port, task="ask", count=50)
    return [
        Figure("added to one answer, p95", ours["p95"] - bare["p95"], "ms", ADDED_AT_MOST),
        Figure("added to one answer, median", ours["median"] - bare["median"], "ms"),
        Figure("unanswered or wrong", ours["unanswered"] + ours["strays"], "messages", 0),
        Figure("first word on the page, p95", first["p95"], "ms", FIRST_WORD_AT_MOST),
        Figure("first word on the page, median", first["median"], "ms"),
        Figure("bare client, p95", bare["p95"] - ANSWER_SECONDS * 1000, "ms over the model's time"),
    ]


def _config(folder: Path, port: int) -> Path:
    model = {
        "model": "chat_completions",
        "base_url": f"http://127.0.0.1:{port}/v1",
        "name": "fake",
        "check": False,
        "max_concurrency": CONVERSATIONS,
    }
    ask = {"task_world": "parleyrun.ready:Chat", "bots": {"Bot": {"model": "fake"}}}
    return write_config(
        folder, models={"fake": model}, tasks={**TASKS, "ask": ask}, opt={"chat": {"welcome": "ready"}}
    )


def _bare(port: int, count: int, each_per_second: float = 0.0, seconds: float = 0.0) -> dict[str, Any]:
    command = [
        sys.executable,
        str(HERE / "bare_model.py"),
        str(port),
        str(count),
        str(each_per_second),
        str(seconds),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise Failed(f"the bare client failed: {done.stderr[-500:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found
