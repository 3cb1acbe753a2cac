"""The yardstick of models: a client that does nothing but ask a server of chat completions, on threads.

`python benchmarks/bare_model.py PORT COUNT EACH_PER_SECOND SECONDS [TURNS]`: so many threads, each with a
connection of its own, ask that often, staggered evenly; with `0 0` all begin at the same time, and each asks once,
or so many times in a row. Prints JSON: `seconds` from the first question to the last answer, and `median` and
`p95` of one answer in milliseconds.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import requests
from at_once import seconds_at_once
from figures import percentile


def main() -> None:
    port, count = int(sys.argv[1]), int(sys.argv[2])
    each_per_second, seconds = float(sys.argv[3]), float(sys.argv[4])
    address = f"http://127.0.0.1:{port}/v1/chat/completions"
    turns = int(sys.argv[5]) if len(sys.argv) > 5 else 1
    each = round(each_per_second * seconds) or turns
    found: list[float] = []

    def ask(number: int, ready: Callable[[], object]) -> None:
        session = requests.Session()
        body = {"model": "fake", "messages": [{"role": "user", "content": f"{number} hello"}], "stream": True}
        ready()
        began = time.perf_counter()
        for turn in range(each):
            if each_per_second:
                due = began + (number / count + turn) / each_per_second
                time.sleep(max(0.0, due - time.perf_counter()))
            asked = time.perf_counter()
            with session.post(address, json=body, stream=True, timeout=60) as response:
                for _ in response.iter_lines(chunk_size=None):
                    continue
            found.append((time.perf_counter() - asked) * 1000)

    took = seconds_at_once(count, ask)
    print(json.dumps({"seconds": took, "median": percentile(found, 50), "p95": percentile(found, 95)}))


if __name__ == "__main__":
    main()
