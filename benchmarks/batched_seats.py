"""Seats of one local model, asked at the same time: `python benchmarks/batched_seats.py SEATS ANSWERS [BATCH]`.

The model takes 20 ms for a call, however many it answers by it, and takes one call at a time. Prints JSON: the
`rate` of answers a second, and how many `calls` it took.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from at_once import seconds_at_once

from parleyrun import Agent
from parleyrun.bots.model_shelf import ModelShelf
from parleyrun.config.plan import config_from_mapping, make_plan
from parleyrun.runner.timers import ThreadTimers

CALL_SECONDS = 0.02


class LocalModel(Agent):
    """Says again what it is told, as slowly as if it had to think about it."""

    def __init__(self, opt: Mapping[str, Any], shared: Mapping[str, Any] | None = None) -> None:
        super().__init__(opt, shared)
        self.in_use: Any = threading.Lock() if shared is None else shared["in_use"]
        self.calls: list[int] = [] if shared is None else shared["calls"]

    def share(self) -> dict[str, Any]:
        return {**super().share(), "in_use": self.in_use, "calls": self.calls}

    def act(self) -> Any:
        return self.batch_act([self.observation])[0]

    def batch_act(self, observations: Sequence[Any]) -> list[Any]:
        with self.in_use:
            self.calls.append(len(observations))
            time.sleep(CALL_SECONDS)
        return [{"id": self.id, "text": observation["text"]} for observation in observations]


def main() -> None:
    seats, answers, *batch = map(int, sys.argv[1:])
    entry = {"model": "batched_seats:LocalModel", "check": False, **({"max_batch": batch[0]} if batch else {})}
    config = {"tasks": {"talk": {"task_world": "parleyrun.ready:Chat"}}, "models": {"local": entry}}
    timers = ThreadTimers()
    timers.start()
    shelf = ModelShelf(make_plan(config_from_mapping(config)).models, timers)
    shelf.start()
    wrong: list[str] = []

    def talk(number: int, ready: Callable[[], object]) -> None:
        seat: Any = shelf.seat("local")
        ready()
        for count in range(answers):
            text = f"{number} {count}"
            seat.observe({"id": "", "text": text})
            if seat.act()["text"] != text:
                wrong.append(text)

    seconds = seconds_at_once(seats, talk)
    seat: Any = shelf.seat("local")
    calls = len(seat.calls)
    shelf.close()
    timers.close()
    if wrong:
        raise SystemExit(f"expected each its own answer, got others for {wrong[:5]}")
    print(json.dumps({"rate": seats * answers / seconds, "calls": calls}))


if __name__ == "__main__":
    main()
